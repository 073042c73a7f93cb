"""Slows down guessing: counts failures by login and by address in the database, so that restarts forgive nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tracker.tables import Throttle

if TYPE_CHECKING:
    from sqlmodel import Session

FREE = {"login": 5, "address": 20}
"""Failures without delay: of one account, and of one address (a school may share one)."""
WINDOW = timedelta(minutes=15)
"""A series of failures is forgotten after so long without one."""
FIRST = timedelta(seconds=30)
LONGEST = timedelta(minutes=15)
_DOUBLINGS = 10


def delay(failures: int, free: int) -> timedelta:
    """How long the next try must wait: nothing, then half a minute, doubling, at most a quarter of an hour. Pure."""
    if failures < free:
        return timedelta(0)
    doubled: timedelta = FIRST * 2 ** min(failures - free, _DOUBLINGS)
    return min(doubled, LONGEST)


def _subjects(login: str, address: str) -> dict[str, str]:
    return {"login": f"login:{login.strip().casefold()}"[:120], "address": f"address:{address}"[:120]}


def is_locked(session: Session, login: str, address: str, now: datetime) -> datetime | None:
    """Until when this account and this address must wait, None when they may try."""
    rows = (session.get(Throttle, subject) for subject in _subjects(login, address).values())
    moments = [row.locked_until for row in rows if row is not None]
    return max((moment for moment in moments if moment is not None and moment > now), default=None)


def failed(session: Session, login: str, address: str, now: datetime) -> None:
    """Count a failure."""
    for kind, subject in _subjects(login, address).items():
        row = session.get(Throttle, subject) or Throttle(subject=subject, failures=0, window_started=now)
        if now - max(row.window_started, row.locked_until or row.window_started) > WINDOW:
            row.failures = 0
        row.failures += 1
        row.window_started = now
        wait = delay(row.failures, FREE[kind])
        row.locked_until = now + wait if wait else None
        session.add(row)


def succeeded(session: Session, login: str, address: str) -> None:
    """Forget the account's failures; an address that guesses at many accounts keeps its own."""
    row = session.get(Throttle, _subjects(login, address)["login"])
    if row is not None:
        session.delete(row)
