"""The daily copy that nobody has to remember: when it is due, how many are kept, and what happens when it fails."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlmodel import Session, col, select

from tracker import journal
from tracker.backup import copies
from tracker.clock import local_date
from tracker.db import reading, writing
from tracker.errors import RefusedError, TrackerError
from tracker.tables import JournalEntry

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, time
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from sqlalchemy import Engine

log = logging.getLogger("tracker.backup")
DAILY = "register:backup:daily"
FAILED = "register:backup:fail"
AGAIN = timedelta(hours=1)
"""How long after a failure the day's copy is tried again."""


def due(now: datetime, at: time, zone: ZoneInfo, *, made: datetime | None, failed: datetime | None) -> bool:
    """Whether the local day's copy should be made now. Pure.

    `made` and `failed` are when the last one was made and when the last try failed.
    """
    if now.astimezone(zone).time().replace(tzinfo=None) < at:
        return False
    if made is not None and local_date(made, zone) >= local_date(now, zone):
        return False
    return failed is None or now - failed >= AGAIN


def superfluous(names: Sequence[str], keep: int) -> list[str]:
    """The copies that are over `keep`, oldest first; names that are not ours are nobody's business. Pure."""
    ours = sorted(name for name in names if copies.OWN_NAME.fullmatch(name))
    return ours[: max(len(ours) - keep, 0)]


def latest(session: Session, what: str) -> JournalEntry | None:
    """The newest journal entry of one kind."""
    query = select(JournalEntry).where(JournalEntry.what == what).order_by(col(JournalEntry.id).desc())
    return session.exec(query.limit(1)).first()


def _fail(engine: Engine, error: TrackerError, now: datetime) -> None:
    log.error("the daily backup failed: %s %s", error.code, error.data)
    with writing(engine) as session:
        said = {key: str(value)[:400] for key, value in error.data.items()}
        facts = {"code": error.code, "data": said}
        journal.record(session, FAILED, "register:0", by=None, now=now, facts=facts)


def _copy(engine: Engine, folder: Path, keep: int, now: datetime) -> None:
    if not folder.is_dir():
        raise RefusedError("backup.no_folder", path=str(folder))
    copies.make(engine, folder, now, what=DAILY)
    for name in superfluous([file.name for file in folder.iterdir()], keep):
        (folder / name).unlink()


def run(engine: Engine, folder: Path, *, at: time, keep: int, zone: ZoneInfo, now: datetime) -> bool:
    """Make the day's copy if it is due, and remove those over `keep`; whether one was tried.

    A copy that fails is written down, never raised: the scans go on, and the health page says it.
    """
    with reading(engine) as session:
        made, failed = latest(session, DAILY), latest(session, FAILED)
    if not due(now, at, zone, made=made.at if made else None, failed=failed.at if failed else None):
        return False
    try:
        _copy(engine, folder, keep, now)
    except TrackerError as error:
        _fail(engine, error, now)
    except OSError as error:
        _fail(engine, TrackerError("cli.system", file=error.filename or "-", said=error.strerror or "?"), now)
    return True
