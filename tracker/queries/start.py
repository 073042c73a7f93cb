"""What needs me today? Counts and the top of each list, by what the viewer may do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlmodel import Session, col, select

from tracker.queries.counting import Counts
from tracker.queries.findings import Group, QueueFilter, kinds, queue
from tracker.queries.narrowing import within
from tracker.queries.scans import last_night
from tracker.tables import Asset, Device, Movement, Network, Scan
from tracker.words import AssetStatus, FindingKind, MovementKind, Permission, ScanState

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from tracker.roles import Viewer

TOP = 5
_IS_OUT = col(Asset.status) == AssetStatus.HANDED_OUT


@dataclass(frozen=True, slots=True)
class Start:
    """The start page's figures; None where the viewer may not see them.

    Attributes:
        failed: scans of the last day that failed, were interrupted or missed.
        out: units handed out in the viewer's units; `returned_today`: taken back since midnight.
        finds: unknown codes kept in the last week.
    """

    findings: int | None
    kinds: dict[FindingKind, int]
    top: tuple[Group, ...]
    failed: tuple[tuple[Scan, str], ...]
    last_scan: Scan | None
    devices: int | None
    networks: int | None
    assets: int
    out: int
    returned_today: int
    finds: int


def _count(session: Session, *conditions: sa.ColumnElement[bool], of: type = Asset) -> int:
    return int(session.exec(select(sa.func.count()).select_from(of).where(*conditions)).one())


def start(session: Session, viewer: Viewer, now: datetime, zone: ZoneInfo) -> Start:
    """The figures."""
    mine = within(viewer, Permission.ASSET_VIEW, col(Asset.unit_id))
    moved = within(viewer, Permission.ASSET_VIEW, col(Movement.unit_id))
    midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    sees_findings = viewer.may(Permission.FINDING_VIEW)
    sees_scans = viewer.may(Permission.SCAN_VIEW)
    found = queue(session, viewer, QueueFilter(), most=TOP) if sees_findings else None
    bad = col(Scan.state).in_([ScanState.FAILED, ScanState.INTERRUPTED, ScanState.MISSED])
    failed: tuple[tuple[Scan, str], ...] = ()
    if sees_scans:
        rows = session.exec(
            select(Scan, Network)
            .join(Network, col(Scan.network_id) == col(Network.id))
            .where(bad, col(Scan.asked_at) >= now - timedelta(days=1))
            .order_by(col(Scan.id).desc())
            .limit(TOP)
        ).all()
        failed = tuple((scan, network.name) for scan, network in rows)
    counts, reach = Counts(session), viewer.paths(Permission.ASSET_VIEW)
    returned = col(Movement.kind) == MovementKind.RETURNED
    find = col(Movement.kind) == MovementKind.FIND
    return Start(
        findings=found.whole if found is not None else None,
        kinds=kinds(session, viewer) if sees_findings else {},
        top=found.groups if found is not None else (),
        failed=failed,
        last_scan=last_night(session) if sees_scans else None,
        devices=_count(session, of=Device) if sees_scans else None,
        networks=_count(session, col(Network.is_configured).is_(True), of=Network) if sees_scans else None,
        assets=counts.of(("whole", reach), lambda: _count(session, mine)),
        out=counts.of(("out", reach), lambda: _count(session, mine, _IS_OUT)),
        returned_today=_count(session, moved, returned, col(Movement.at) >= midnight, of=Movement),
        finds=_count(session, moved, find, col(Movement.at) >= now - timedelta(days=7), of=Movement),
    )
