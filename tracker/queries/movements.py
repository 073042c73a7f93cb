"""Movements, newest first, for programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlmodel import Session, col

from tracker.names import shown_name
from tracker.queries.narrowing import within
from tracker.tables import Movement, Person, Unit, User
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
    statement: Any = (
        sa.select(
            Movement, col(User.name).label("by"), col(Person.name), col(Person.is_protected), col(Unit.path)
        )
        .join(User, col(Movement.by_id) == col(User.id), isouter=True)
        .join(Person, col(Movement.holder_id) == col(Person.id), isouter=True)
        .join(Unit, col(Person.unit_id) == col(Unit.id), isouter=True)
        .where(within(viewer, Permission.ASSET_VIEW, col(Movement.unit_id)))
    )
    if asset_id is not None:
        statement = statement.where(col(Movement.asset_id) == asset_id)
    if kind is not None:
        statement = statement.where(col(Movement.kind) == kind)
    if since is not None:
        statement = statement.where(col(Movement.at) >= since)
    if before is not None:
        statement = statement.where(col(Movement.id) < before)
    found = session.execute(statement.order_by(col(Movement.id).desc()).limit(limit + 1)).all()
    rows = tuple(
        MovementRow(
            one.Movement,
            one.by,
            shown_name(one, one.path or "", viewer, language) if one.name is not None else None,
        )
        for one in found[:limit]
    )
    return rows, len(found) > limit
