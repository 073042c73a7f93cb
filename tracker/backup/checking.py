"""Whether a register holds: its database, its references, and the journal's chain. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from alembic.runtime.migration import MigrationContext
from sqlalchemy import text as sql
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session, col, func, select

from tracker import journal
from tracker.db import reading
from tracker.errors import RegisterUnavailableError, TrackerError
from tracker.sqlite_driver import sqlite
from tracker.tables import Asset, JournalEntry

if TYPE_CHECKING:
    from sqlalchemy import Engine

SHOWN = 20
"""Places that one complaint names at most."""


@dataclass(frozen=True, slots=True)
class Checkup:
    """What a check of one register found.

    Attributes:
        problems: everything that does not hold; empty when all does.
        version: the register's migration, None where there is none.
        assets, entries: rows in the register and in the journal.
        last: the newest journal entry as (id, chain), for comparing one register with another.
    """

    problems: tuple[TrackerError, ...] = ()
    version: str | None = None
    assets: int = 0
    entries: int = 0
    last: tuple[int, str] | None = None


def _database(session: Session) -> list[TrackerError]:
    if session.get_bind().dialect.name != "sqlite":
        return []  # PostgreSQL checks its pages and keys as it reads them
    said = [str(row[0]) for row in session.execute(sql("PRAGMA integrity_check(20)"))]
    found = [] if said == ["ok"] else [TrackerError("backup.damaged", said="; ".join(said)[:400])]
    loose = session.execute(sql("PRAGMA foreign_key_check")).fetchmany(SHOWN)
    if loose:
        rows = ", ".join(f"{table} {row}" for table, row, *_ in loose)
        found.append(TrackerError("backup.loose", rows=rows))
    return found


def _chain(session: Session) -> list[TrackerError]:
    broken = journal.verify(session)
    if not broken:
        return []
    ids = ", ".join(str(problem.entry_id) for problem in broken[:SHOWN])
    return [TrackerError("cli.verify_bad", ids=ids)]


def check(engine: Engine) -> Checkup:
    """Check a whole register; a broken one is an answer, not an error."""
    try:
        with reading(engine) as session:
            problems = _database(session)
            if problems:
                return Checkup(tuple(problems))
            version = MigrationContext.configure(session.connection()).get_current_revision()
            if version is None:
                return Checkup((TrackerError("backup.no_register"),))
            newest = session.exec(select(JournalEntry).order_by(col(JournalEntry.id).desc()).limit(1)).first()
            return Checkup(
                tuple(_chain(session)),
                version,
                session.exec(select(func.count()).select_from(Asset)).one(),
                session.exec(select(func.count()).select_from(JournalEntry)).one(),
                (newest.id or 0, newest.chain) if newest is not None else None,
            )
    except (DatabaseError, sqlite.DatabaseError) as error:
        return Checkup((TrackerError("backup.damaged", said=str(getattr(error, "orig", error))[:400]),))
    except RegisterUnavailableError as error:
        said = str(getattr(error.__cause__, "orig", error.__cause__))
        return Checkup((TrackerError("backup.damaged", said=said[:400]),))


def continues(engine: Engine, copy: Checkup) -> bool:
    """Whether the register's journal goes on from the copy's: nothing that the copy holds was cut off or rewritten."""
    if copy.last is None:
        return True
    number, chain = copy.last
    with reading(engine) as session:
        entry = session.get(JournalEntry, number)
        return entry is not None and entry.chain == chain
