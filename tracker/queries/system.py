"""How the product itself is: nights, probes that failed, ages of what was brought in, copies, disk, database."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext
from sqlmodel import Session, col, func, select

from discovery.coverage import MethodState
from tracker.backup.by_itself import DAILY, FAILED, latest
from tracker.backup.copies import MADE
from tracker.db import sqlite_warning
from tracker.errors import NotFoundError, TrackerError
from tracker.narrowings import pauses
from tracker.tables import Asset, Device, Finding, JournalEntry, Network, Scan, ScanMethod
from tracker.words import AssetStatus, FindingKind, FindingState, Permission, Profile, ScanState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tracker.roles import Viewer

IMPORTED = "asset:import:store"
PEOPLE_IMPORTED = "people:import:store"
LITTLE_DISK = 0.1
"""The share of the disk that should be free."""


@dataclass(frozen=True, slots=True)
class NetworkHealth:
    """A network's last scan that ended, and the ways of looking that did not work in it."""

    name: str
    scan: Scan | None
    failed: tuple[ScanMethod, ...]


@dataclass(frozen=True, slots=True)
class Disk:
    """Bytes of the disk that the register is on."""

    free: int
    total: int

    @property
    def is_short(self) -> bool:
        """Whether too little is left."""
        return self.free < LITTLE_DISK * self.total


@dataclass(frozen=True, slots=True)
class Database:
    """The database: its kind and version, the register's migration, its size in bytes, and what is wrong with the version."""

    kind: str
    version: str
    migration: str
    size: int
    warning: str | None


@dataclass(frozen=True, slots=True)
class System:
    """Everything the page shows.

    Attributes:
        copied: when and into which file the last copy was made.
        copy_failed: why the last daily copy failed, where none was made since.
        imported: when and from which file assets were last brought in; `people_imported`: when people were.
        files: the lease files that are read, with when each was last written (None: not there).
    """

    networks: tuple[NetworkHealth, ...]
    copied: JournalEntry | None
    copy_failed: TrackerError | None
    imported: JournalEntry | None
    people_imported: JournalEntry | None
    files: tuple[tuple[str, datetime | None], ...]
    disk: Disk | None
    database: Database
    entries: int


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts for a monitoring system. Nothing personal. `networks`: each with whether its scans are paused."""

    networks: tuple[tuple[str, bool], ...]
    assets: dict[AssetStatus, int]
    devices: int
    devices_matched: int
    findings: dict[FindingKind, int]
    scans: tuple[tuple[str, Scan], ...]
    copied: datetime | None
    journal_entries: int


def _latest_scans(session: Session) -> dict[int, Scan]:
    ended = (ScanState.WANTED, ScanState.RUNNING)
    newest = select(func.max(Scan.id)).where(col(Scan.state).not_in(ended)).group_by(col(Scan.network_id))
    return {scan.network_id: scan for scan in session.exec(select(Scan).where(col(Scan.id).in_(newest)))}


def _configured(session: Session) -> list[Network]:
    rows = session.exec(
        select(Network).where(col(Network.is_configured).is_(True), Network.profile != Profile.NEVER)
    ).all()
    return sorted(rows, key=lambda network: network.name)


def _networks(session: Session) -> tuple[NetworkHealth, ...]:
    scans = _latest_scans(session)
    wrong = (MethodState.FAILED.value, MethodState.PARTIAL.value)
    failed: dict[int, list[ScanMethod]] = {}
    for method in session.exec(
        select(ScanMethod)
        .where(
            col(ScanMethod.scan_id).in_([scan.id for scan in scans.values()]),
            col(ScanMethod.state).in_(wrong),
        )
        .order_by(col(ScanMethod.id))
    ):
        failed.setdefault(method.scan_id, []).append(method)
    found = []
    for network in _configured(session):
        scan = scans.get(network.id or 0)
        found.append(NetworkHealth(network.name, scan, tuple(failed.get(scan.id or 0, ())) if scan else ()))
    return tuple(found)


def _newer(one: JournalEntry | None, other: JournalEntry | None) -> JournalEntry | None:
    found = [entry for entry in (one, other) if entry is not None]
    return max(found, key=lambda entry: entry.id or 0, default=None)


def _failure(copied: JournalEntry | None, failed: JournalEntry | None) -> TrackerError | None:
    if failed is None or (copied is not None and (copied.id or 0) > (failed.id or 0)):
        return None
    return TrackerError(str(failed.facts["code"]), **dict(failed.facts["data"]))


def _file(session: Session) -> Path | None:
    url = session.connection().engine.url
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def _database(session: Session) -> Database:
    connection = session.connection()
    migration = MigrationContext.configure(connection).get_current_revision() or "?"
    file = _file(session)
    if file is not None:
        version = str(session.execute(sa.text("SELECT sqlite_version()")).scalar_one())
        size = sum(
            part.stat().st_size for part in file.parent.glob(f"{file.name}*") if part.name in _parts(file)
        )
        return Database("SQLite", version, migration, size, sqlite_warning())
    version = str(session.execute(sa.text("SHOW server_version")).scalar_one()).split()[0]
    size = int(session.execute(sa.text("SELECT pg_database_size(current_database())")).scalar_one())
    return Database("PostgreSQL", version, migration, size, None)


def _parts(file: Path) -> set[str]:
    return {file.name, f"{file.name}-wal"}


def _disk(session: Session) -> Disk | None:
    file = _file(session)
    if file is None:
        return None  # another machine's, perhaps
    usage = shutil.disk_usage(file.parent)
    return Disk(usage.free, usage.total)


def system(session: Session, viewer: Viewer, files: Iterable[tuple[str, datetime | None]]) -> System:
    """How the product is; `files` are the lease files with when each was written.

    Raises:
        NotFoundError: not for this viewer.
    """
    if not viewer.may(Permission.SYSTEM_VIEW):
        raise NotFoundError
    copied = _newer(latest(session, MADE), latest(session, DAILY))
    return System(
        networks=_networks(session),
        copied=copied,
        copy_failed=_failure(copied, latest(session, FAILED)),
        imported=latest(session, IMPORTED),
        people_imported=latest(session, PEOPLE_IMPORTED),
        files=tuple(files),
        disk=_disk(session),
        database=_database(session),
        entries=session.exec(select(func.count()).select_from(JournalEntry)).one(),
    )


def figures(session: Session, today: date) -> Figures:
    """Counts for a monitoring system; `today` is the local date."""
    assets = session.exec(select(Asset.status, func.count()).group_by(col(Asset.status))).all()
    findings = session.exec(
        select(Finding.kind, func.count())
        .where(Finding.state == FindingState.OPEN)
        .group_by(col(Finding.kind))
    ).all()
    networks = _configured(session)
    names = {network.id: network.name for network in networks}
    paused = pauses(session, today)
    scans = sorted(
        ((names[number], scan) for number, scan in _latest_scans(session).items() if number in names),
        key=lambda pair: pair[0],
    )
    copied = _newer(latest(session, MADE), latest(session, DAILY))
    return Figures(
        networks=tuple((network.name, network.name in paused) for network in networks),
        assets={AssetStatus(status): count for status, count in assets},
        devices=session.exec(select(func.count()).select_from(Device)).one(),
        devices_matched=session.exec(select(func.count(col(Device.asset_id)))).one(),
        findings={FindingKind(kind): count for kind, count in findings},
        scans=tuple(scans),
        copied=copied.at if copied is not None else None,
        journal_entries=session.exec(select(func.count()).select_from(JournalEntry)).one(),
    )
