"""Asking for a scan and asking it to stop: rows only, so that the pages need not load what runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlmodel import Session, col, select

from tracker.errors import NotFoundError, RefusedError
from tracker.tables import Network, Scan
from tracker.words import Profile, ScanCause, ScanState

if TYPE_CHECKING:
    from datetime import datetime


def ask_for_scan(
    session: Session, network_id: int, by_id: int | None, now: datetime, cause: ScanCause = ScanCause.ASKED
) -> int:
    """Write down that a scan is wanted; the scheduler, or the caller, runs it. A second ask joins the first.

    Raises:
        NotFoundError: no such network.
        RefusedError: the network may not be scanned.
    """
    network = session.get(Network, network_id)
    if network is None or not network.is_configured:
        raise NotFoundError
    if network.profile is Profile.NEVER:
        raise RefusedError("scans.never", network=network.name)
    waiting = session.exec(
        select(Scan.id).where(
            Scan.network_id == network_id, col(Scan.state).in_([ScanState.WANTED, ScanState.RUNNING])
        )
    ).first()
    if waiting is not None:
        return waiting
    scan = Scan(network_id=network_id, cause=cause, state=ScanState.WANTED, asked_by_id=by_id, asked_at=now)
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
