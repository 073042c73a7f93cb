"""Movements, newest first, for programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlmodel import Session, col, select

from tracker.queries.narrowing import within
from tracker.queries.people import named
from tracker.tables import Movement, User
from tracker.words import Permission

if TYPE_CHECKING:
    from datetime import datetime

    from tracker.roles import Viewer
    from tracker.words import Language, MovementKind


@dataclass(frozen=True, slots=True)
class MovementRow:
    """One step, with the names as this viewer may see them."""

    movement: Movement
    by: str | None
    holder: str | None


def list_movements(  # noqa: PLR0913 -- a filter and a place in the list
    session: Session,
    viewer: Viewer,
    language: Language,
    *,
    asset_id: int | None,
    kind: MovementKind | None,
    since: datetime | None,
    before: int | None,
    limit: int,
) -> tuple[tuple[MovementRow, ...], bool]:
    """The rows, and whether more follow."""
    statement = select(Movement).where(within(viewer, Permission.ASSET_VIEW, col(Movement.unit_id)))
    if asset_id is not None:
        statement = statement.where(Movement.asset_id == asset_id)
    if kind is not None:
        statement = statement.where(Movement.kind == kind)
    if since is not None:
        statement = statement.where(col(Movement.at) >= since)
    if before is not None:
        statement = statement.where(col(Movement.id) < before)
    found = session.exec(statement.order_by(col(Movement.id).desc()).limit(limit + 1)).all()
    rows = found[:limit]
    ids = {row.by_id for row in rows if row.by_id is not None}
    users = dict(session.exec(select(User.id, User.name).where(col(User.id).in_(ids))).all())
    return (
        tuple(
            MovementRow(row, users.get(row.by_id), named(session, row.holder_id, viewer, language))
            for row in rows
        ),
        len(found) > limit,
    )
