"""A browser's session with the user behind it and what the user may do: one question, asked for every page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from tracker.roles import GrantFact, Viewer, known
from tracker.tables import Grant, LoginSession, Role, Unit, User
from tracker.words import Language


@dataclass(frozen=True, slots=True)
class KnownUser:
    """A user that may log in, as much as a page says of one."""

    id: int
    login: str
    name: str
    language: Language
    is_active: bool
    password_hash: str | None
    viewer: Viewer


@dataclass(frozen=True, slots=True)
class Opened:
    """A stored session: its data as JSON, its age, and its user; None before a login."""

    data: str
    created_at: datetime
    seen_at: datetime
    user: KnownUser | None


_OPENED = (
    sa.select(
        col(LoginSession.data),
        col(LoginSession.created_at),
        col(LoginSession.seen_at),
        col(User.id),
        col(User.login),
        col(User.name),
        col(User.language),
        col(User.is_active),
        col(User.password_hash),
        col(Role.permissions),
        col(Unit.path),
    )
    .select_from(LoginSession)
    .join(User, col(User.id) == col(LoginSession.user_id), isouter=True)
    .join(Grant, col(Grant.user_id) == col(User.id), isouter=True)
    .join(Role, col(Role.id) == col(Grant.role_id), isouter=True)
    .join(Unit, col(Unit.id) == col(Grant.unit_id), isouter=True)
    .where(col(LoginSession.token_hash) == sa.bindparam("token_hash"))
)
"""A row for each of the user's grants; built once, for it is asked with every page."""


def opened(session: Session, token_hash: str) -> Opened | None:
    """The session that the register keeps under this hash."""
    rows = session.execute(_OPENED, {"token_hash": token_hash}).all()
    if not rows:
        return None
    first = rows[0]
    if first.id is None:
        return Opened(first.data, first.created_at, first.seen_at, None)
    grants = tuple(GrantFact(known(row.permissions), row.path) for row in rows if row.path is not None)
    user = KnownUser(
        first.id,
        first.login,
        first.name,
        first.language,
        first.is_active,
        first.password_hash,
        Viewer(first.id, first.name, grants),
    )
    return Opened(first.data, first.created_at, first.seen_at, user)
