"""What every act shares: the change that only one of two people can make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import bindparam, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from tracker.errors import StaleError
from tracker.tables import Asset, Movement, User

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from sqlalchemy import Executable


_Made = TypeVar("_Made")


def faster(session: Session, user_id: int | None, at: datetime | None) -> StaleError:
    """The error that names who was faster, and when, as far as they are known."""
    user = session.get(User, user_id) if user_id is not None else None
    when = at.isoformat() if at is not None else ""
    return StaleError(who=user.name if user is not None else "?", when=when)


def who_was_first(session: Session, asset_id: int) -> StaleError:
    """The error that tells the loser of a race who was faster, and when."""
    last = session.exec(
        select(Movement).where(Movement.asset_id == asset_id).order_by(col(Movement.id).desc()).limit(1)
    ).first()
    return faster(session, last.by_id, last.at) if last is not None else faster(session, None, None)


_COMPARED = update(Asset).where(
    col(Asset.id) == bindparam("seen_id"),
    col(Asset.version) == bindparam("seen_version"),
    col(Asset.status) == bindparam("seen_status"),
)


def change(session: Session, asset: Asset, now: datetime, **values: Any) -> None:
    """Compare-and-set on status and version: of two people at one device one wins.

    Raises:
        StaleError: someone else was faster.
    """
    seen = {"seen_id": asset.id, "seen_version": asset.version, "seen_status": asset.status}
    made = session.connection().execute(
        _COMPARED, {**seen, "version": asset.version + 1, "changed_at": now, **values}
    )
    if made.rowcount != 1:
        raise who_was_first(session, asset.id or 0)
    session.expire(asset)


def told_apart(session: Session, act: Callable[[], _Made]) -> _Made:
    """Do what makes something that must be the only one, and do it again where somebody made the same at that moment.

    On PostgreSQL two may look, find nothing, and both write: the database keeps the second out. What the first wrote can be
    seen by then, so that the second look finds it and says so, as if it had been there all the time.
    """
    try:
        with session.begin_nested():
            return act()
    except IntegrityError:
        session.expire_all()
        return act()


def set_versioned(session: Session, key: Any, value: object, version: int, values: Mapping[str, Any]) -> bool:
    """Compare-and-set on a row's version; version 0 makes the row. Of two people at once one is told True.

    Args:
        session: inside `tracker.db.writing`.
        key: the column that names the row, unique.
        value: of that column in the row.
        version: as the page showed it; 0 where there was no row.
        values: the other columns.
    """
    table = key.class_
    statement: Executable
    if version == 0:
        insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        made = insert(table).values({key.key: value, "version": 1, **values})
        statement = made.on_conflict_do_nothing().returning(key)
    else:
        statement = (
            update(table)
            .where(key == value, col(table.version) == version)
            .values(version=version + 1, **values)
            .returning(key)
        )
    return session.connection().execute(statement).first() is not None
