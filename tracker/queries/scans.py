"""Scans: the latest per network, a strip of thirty nights, one scan with its coverage."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlmodel import Session, col, select

from tracker.clock import local_date
from tracker.errors import NotFoundError
from tracker.narrowings import Standing, standings
from tracker.tables import Network, Night, Scan, ScanMethod, Site, User
from tracker.words import Permission, ScanState

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from tracker.roles import Viewer

NIGHTS = 30


@dataclass(frozen=True, slots=True)
class NightSquare:
    """One night of a network: the best state of the day's scans, None when there was none."""

    day: date
    state: ScanState | None
    scan_id: int | None
    is_paused: bool = False


@dataclass(frozen=True, slots=True)
class NetworkRow:
    """One network with its latest scan and its nights."""

    network: Network
    site: str | None
    latest: Scan | None
    running: Scan | None
    standing: Standing
    nights: tuple[NightSquare, ...]


@dataclass(frozen=True, slots=True)
class ScanPage:
    """One scan."""

    scan: Scan
    network: Network
    asked_by: str | None
    methods: tuple[ScanMethod, ...]


_RANK = {
    state: rank
    for rank, state in enumerate(
        (
            ScanState.DONE,
            ScanState.PARTIAL,
            ScanState.RUNNING,
            ScanState.WANTED,
            ScanState.STOPPED,
            ScanState.INTERRUPTED,
            ScanState.FAILED,
            ScanState.MISSED,
        )
    )
}


def _nights(scans: list[Scan], paused: set[date], today: date, zone: ZoneInfo) -> tuple[NightSquare, ...]:
    best: dict[date, Scan] = {}
    for scan in scans:
        day = local_date(scan.asked_at, zone)
        if day not in best or _RANK[scan.state] < _RANK[best[day].state]:
            best[day] = scan
    days = [today - timedelta(days=back) for back in range(NIGHTS - 1, -1, -1)]
    return tuple(
        NightSquare(d, best[d].state, best[d].id) if d in best else NightSquare(d, None, None, d in paused)
        for d in days
    )


def networks(session: Session, viewer: Viewer, now: datetime, zone: ZoneInfo) -> tuple[NetworkRow, ...]:
    """Every network, those of the configuration first."""
    if not viewer.may(Permission.SCAN_VIEW):
        raise NotFoundError
    since = now - timedelta(days=NIGHTS + 1)
    by_network: dict[int, list[Scan]] = {}
    for scan in session.exec(select(Scan).where(col(Scan.asked_at) >= since).order_by(col(Scan.id).desc())):
        by_network.setdefault(scan.network_id, []).append(scan)
    rested: dict[int, set[date]] = {}
    for night in session.exec(
        select(Night).where(col(Night.is_paused).is_(True), Night.local_date >= local_date(since, zone))
    ):
        rested.setdefault(night.network_id, set()).add(night.local_date)
    stand = standings(session, local_date(now, zone))
    sites = {site.id: site.name for site in session.exec(select(Site))}
    rows = session.exec(
        select(Network).order_by(sa.desc(col(Network.is_configured)), col(Network.name))
    ).all()
    active = {ScanState.WANTED, ScanState.RUNNING}
    found = []
    for network in rows:
        scans = by_network.get(network.id or 0, [])
        ended = next((scan for scan in scans if scan.state not in active), None)
        running = next((scan for scan in scans if scan.state in active), None)
        paused = rested.get(network.id or 0, set())
        nights = _nights(scans, paused, local_date(now, zone), zone)
        site = sites.get(network.site_id)
        found.append(NetworkRow(network, site, ended, running, stand[network.id or 0], nights))
    return tuple(found)


def list_scans(
    session: Session,
    viewer: Viewer,
    *,
    network: str | None,
    state: ScanState | None,
    before: int | None,
    limit: int,
) -> tuple[tuple[tuple[Scan, str], ...], bool]:
    """Scans, newest first, with their networks' names, for programs; and whether more follow."""
    if not viewer.may(Permission.SCAN_VIEW):
        raise NotFoundError
    statement = select(Scan, Network.name).join(Network, col(Scan.network_id) == col(Network.id))
    if network is not None:
        statement = statement.where(Network.name == network)
    if state is not None:
        statement = statement.where(Scan.state == state)
    if before is not None:
        statement = statement.where(col(Scan.id) < before)
    rows = session.exec(statement.order_by(col(Scan.id).desc()).limit(limit + 1)).all()
    return tuple((scan, name) for scan, name in rows[:limit]), len(rows) > limit


def scan_page(session: Session, viewer: Viewer, scan_id: int) -> ScanPage:
    """One scan.

    Raises:
        NotFoundError: it is not there, or not for this viewer.
    """
    scan = session.get(Scan, scan_id) if viewer.may(Permission.SCAN_VIEW) else None
    network = session.get(Network, scan.network_id) if scan is not None else None
    if scan is None or network is None:
        raise NotFoundError
    user = session.get(User, scan.asked_by_id) if scan.asked_by_id is not None else None
    methods = session.exec(
        select(ScanMethod).where(ScanMethod.scan_id == scan_id).order_by(col(ScanMethod.id))
    ).all()
    return ScanPage(scan, network, user.name if user is not None else None, tuple(methods))


def last_night(session: Session) -> Scan | None:
    """The latest scan that ended, for "the last scan saw ..."."""
    ended = col(Scan.state).in_([ScanState.DONE, ScanState.PARTIAL])
    return session.exec(select(Scan).where(ended).order_by(col(Scan.id).desc()).limit(1)).first()
