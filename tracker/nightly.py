"""One night: each network exactly once per local date, across restarts, two schedulers and daylight saving.

The claim is a row in `night` (unique on network and local date). Who inserts it runs the scan. A night that was missed
while the scheduler was off runs at start before `LATEST`; after that it is recorded as missed. A run that died is marked
interrupted, and run again the same night.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from tracker.clock import local_date
from tracker.db import reading, writing
from tracker.narrowings import standings
from tracker.scanning import LEASE, mark_interrupted, run_scan
from tracker.tables import Network, Night, Scan
from tracker.words import Profile, ScanCause, ScanState

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from sqlalchemy import Engine

    from tracker.clock import Clock
    from tracker.looking import Look

log = logging.getLogger("tracker.nightly")
LATEST = time(6, 0)
"""Local time after which a missed night is not made up for."""


def due(now: datetime, at: time, zone: ZoneInfo) -> date | None:
    """The local date whose night should run now: from its hour until `LATEST` (else midnight); None otherwise. Pure.

    Wall-clock comparison: an hour that daylight saving skips or repeats changes neither the date nor the answer.
    """
    clock = now.astimezone(zone).time().replace(tzinfo=None)
    latest = LATEST if at < LATEST else time.max
    return local_date(now, zone) if at <= clock <= latest else None


def is_over(now: datetime, at: time, zone: ZoneInfo) -> bool:
    """Whether today's hour has passed for good."""
    local = now.astimezone(zone)
    return local.time().replace(tzinfo=None) > at and due(now, at, zone) is None


def _networks(session: Session, day: date, *, paused: bool = False) -> list[Network]:
    """The networks that have a night on that day, or those that a pause keeps from it."""
    stand = standings(session, day)
    rows = session.exec(select(Network).where(col(Network.is_configured).is_(True))).all()
    chosen = [
        network
        for network in rows
        if stand[network.id or 0].profile is not Profile.NEVER
        and (stand[network.id or 0].paused_until is not None) == paused
    ]
    return sorted(chosen, key=lambda network: network.name)


def _claim(engine: Engine, network_id: int, day: date, now: datetime, state: ScanState) -> int | None:
    """Take a network's night; the scan's id, None when someone has it."""
    try:
        with writing(engine) as session:
            scan = Scan(network_id=network_id, cause=ScanCause.NIGHTLY, state=state, asked_at=now)
            if state is ScanState.MISSED:
                scan.ended_at = now
            session.add(scan)
            session.flush()
            session.add(Night(network_id=network_id, local_date=day, scan_id=scan.id, claimed_at=now))
            session.flush()
            return scan.id
    except IntegrityError:
        return None


def _rest(engine: Engine, network_id: int, day: date, now: datetime) -> None:
    """Write down that a network had no night because it was paused; nothing where the night was taken."""
    with suppress(IntegrityError), writing(engine) as session:
        session.add(Night(network_id=network_id, local_date=day, claimed_at=now, is_paused=True))
        session.flush()


def _again(engine: Engine, network_id: int, day: date, now: datetime) -> int | None:
    """Take over a night whose run died: a new scan under the same claim; None when it needs none."""
    with writing(engine) as session:
        night = session.exec(
            select(Night).where(Night.network_id == network_id, Night.local_date == day)
        ).first()
        scan = session.get(Scan, night.scan_id) if night is not None and night.scan_id is not None else None
        if night is None or scan is None:
            return None
        if scan.state is ScanState.WANTED and now - scan.asked_at > LEASE:
            return scan.id  # claimed, never begun: its process died in between
        if scan.state is not ScanState.INTERRUPTED:
            return None
        fresh = Scan(network_id=network_id, cause=ScanCause.NIGHTLY, state=ScanState.WANTED, asked_at=now)
        session.add(fresh)
        session.flush()
        night.scan_id, night.claimed_at = fresh.id, now
        session.add(night)
        return fresh.id


def run_night(engine: Engine, *, at: time, zone: ZoneInfo, look: Look, clock: Clock) -> list[int]:
    """Run what this night still lacks; the ids of the scans that this call ran.

    Safe to call at any time and from several processes.
    """
    mark_interrupted(engine, clock())
    ran: list[int] = []
    with reading(engine) as session:
        networks = _networks(session, local_date(clock(), zone))
    for network in networks:
        now = clock()
        day = due(now, at, zone)
        if day is None:
            break
        network_id = network.id or 0
        scan_id = _claim(engine, network_id, day, now, ScanState.WANTED) or _again(
            engine, network_id, day, now
        )
        if scan_id is not None and run_scan(engine, scan_id, look=look, clock=clock, zone=zone) is not None:
            ran.append(scan_id)
    return ran


def record_missed(engine: Engine, *, at: time, zone: ZoneInfo, now: datetime) -> int:
    """Write down the nights of today that nobody ran, once their time is over; how many.

    A network that the configuration holds only since later has missed nothing, and one that is paused has rested.
    """
    if not is_over(now, at, zone):
        return 0
    day = local_date(now, zone)
    hour = datetime.combine(day, at, zone)
    with reading(engine) as session:
        networks = [n for n in _networks(session, day) if n.configured_at is None or n.configured_at <= hour]
        resting = _networks(session, day, paused=True)
    for network in resting:
        _rest(engine, network.id or 0, day, now)
    missed = [_claim(engine, n.id or 0, day, now, ScanState.MISSED) for n in networks]
    return sum(scan_id is not None for scan_id in missed)
