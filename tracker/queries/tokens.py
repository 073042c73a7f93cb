"""Tokens as their pages show them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlmodel import Session, col, select

from tracker.tables import ApiToken, Unit, User
from tracker.words import Permission

if TYPE_CHECKING:
    from tracker.roles import Viewer


@dataclass(frozen=True, slots=True)
class TokenRow:
    """One token: whose it is, and the unit below which it holds."""

    token: ApiToken
    owner: str
    unit: str


def _rows(session: Session, *conditions: object) -> tuple[TokenRow, ...]:
    units = {path: name for path, name in session.exec(select(Unit.path, Unit.name))}  # noqa: C416 -- a result is no list of pairs to dict()
    rows = session.exec(
        select(ApiToken, User.name)
        .join(User, col(ApiToken.user_id) == col(User.id))
        .where(*conditions)  # type: ignore[arg-type]
        .order_by(col(ApiToken.revoked_at).is_not(None), col(ApiToken.id).desc())
        .limit(500)
    ).all()
    return tuple(TokenRow(token, owner, units.get(token.unit_path, "?")) for token, owner in rows)


def own(session: Session, viewer: Viewer) -> tuple[TokenRow, ...]:
    """The viewer's own tokens, those that hold first."""
    return _rows(session, col(ApiToken.user_id) == viewer.user_id)


def everyones(session: Session, viewer: Viewer) -> tuple[TokenRow, ...]:
    """Every token below the units over which the viewer may end them."""
    paths = viewer.paths(Permission.TOKEN_EDIT)
    if not paths:
        return ()
    return _rows(session, sa.or_(*(col(ApiToken.unit_path).startswith(path) for path in paths)))


def units(session: Session, viewer: Viewer) -> tuple[tuple[int, str], ...]:
    """Units over which the viewer has any right, the highest first."""
    paths = {grant.unit_path for grant in viewer.grants}
    rows = session.exec(select(Unit.id, Unit.name, Unit.path).order_by(col(Unit.path))).all()
    return tuple((number or 0, name) for number, name, path in rows if any(path.startswith(p) for p in paths))
