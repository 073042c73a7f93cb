"""Asking for a scan and asking it to stop: rows only, so that the pages need not load what runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlmodel import Session, col, select

from tracker.clock import STOCKHOLM, local_date
from tracker.errors import NotFoundError, RefusedError
from tracker.narrowings import standings
from tracker.tables import Network, Scan
from tracker.words import Profile, ScanCause, ScanState

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo


def ask_for_scan(
    session: Session, network_id: int, by_id: int | None, now: datetime, zone: ZoneInfo = STOCKHOLM
) -> int:
    """Write down that a scan is wanted; the scheduler, or the caller, runs it. A second ask joins the first.

    Raises:
        NotFoundError: no such network.
        RefusedError: the network may not be scanned, or is paused.
    """
    network = session.get(Network, network_id)
    if network is None or not network.is_configured:
        raise NotFoundError
    standing = standings(session, local_date(now, zone))[network_id]
    if standing.profile is Profile.NEVER:
        raise RefusedError("scans.never", network=network.name)
    if standing.paused_until is not None:
        raise RefusedError("scans.paused", network=network.name, day=standing.paused_until.isoformat())
    waiting = session.exec(
        select(Scan.id).where(
            Scan.network_id == network_id, col(Scan.state).in_([ScanState.WANTED, ScanState.RUNNING])
        )
    ).first()
    if waiting is not None:
        return waiting
    scan = Scan(
        network_id=network_id, cause=ScanCause.ASKED, state=ScanState.WANTED, asked_by_id=by_id, asked_at=now
    )
    session.add(scan)
    session.flush()
    return scan.id or 0


def ask_to_stop(session: Session, scan_id: int, now: datetime) -> None:
    """Ask a running scan to stop; one that has not begun ends at once."""
    scan = session.get(Scan, scan_id)
    if scan is None:
        raise NotFoundError
    if scan.state is ScanState.WANTED:
        scan.state, scan.ended_at = ScanState.STOPPED, now
    scan.stop_asked = True
