"""Compare-and-set of a row with a version: of two stale forms one wins, and the other is told who was first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from tracker.movements.acting import faster
from tracker.tables import DeviceModel, JournalEntry, Person, Role, Room, Site, Unit, User

if TYPE_CHECKING:
    from sqlmodel import SQLModel

    from tracker.errors import StaleError

Versioned = Unit | Site | Room | User | Role | Person | DeviceModel

_SUBJECTS: dict[type[SQLModel], str] = {
    Unit: "unit",
    Site: "site",
    Room: "room",
    User: "user",
    Role: "role",
    Person: "person",
    DeviceModel: "model",
}


def subject(row: Versioned) -> str:
    """What the journal calls the row: ``unit:4``."""
    return f"{_SUBJECTS[type(row)]}:{row.id}"


def who_was_first(session: Session, about: str) -> StaleError:
    """The error that tells the loser who changed the row last, and when."""
    query = select(JournalEntry).where(JournalEntry.subject == about).order_by(col(JournalEntry.id).desc())
    last = session.exec(query.limit(1)).first()
    return faster(session, last.user_id, last.at) if last is not None else faster(session, None, None)


def change(session: Session, row: Versioned, version: int, **values: Any) -> None:
    """Set the values if the row still has the version that the form was made from.

    Raises:
        StaleError: someone else was faster.
    """
    table = type(row)
    made = session.connection().execute(
        update(table)
        .where(col(table.id) == row.id, col(table.version) == version)
        .values(version=version + 1, **values)
    )
    if made.rowcount != 1:
        raise who_was_first(session, subject(row))
    session.refresh(row)


def remove(session: Session, row: Versioned, version: int) -> None:
    """Take the row away if it still has the version that the form was made from.

    Raises:
        StaleError: someone else was faster.
    """
    table = type(row)
    made = session.connection().execute(
        delete(table).where(col(table.id) == row.id, col(table.version) == version)
    )
    if made.rowcount != 1:
        raise who_was_first(session, subject(row))
    session.expunge(row)
