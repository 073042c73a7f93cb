"""Who may log in, and what they may do where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlmodel import Session, col, select

from tracker.errors import RefusedError
from tracker.passwords import complaint, hash_password, verify
from tracker.roles import GrantFact, Viewer, known
from tracker.tables import Grant, LoginSession, Role, Unit, User

if TYPE_CHECKING:
    from datetime import datetime

    from tracker.words import RoleName


def create_user(  # noqa: PLR0913 -- a user is all of these
    session: Session, *, login: str, name: str, password: str, role: RoleName, unit_id: int, now: datetime
) -> User:
    """A user with one role over a unit and all below it.

    Raises:
        RefusedError: the login is taken or the password cannot be used.
    """
    folded = login.strip().casefold()
    if wrong := complaint(password):
        raise RefusedError(wrong)
    if session.exec(select(User.id).where(User.login == folded)).first() is not None:
        raise RefusedError("error.login_taken", login=folded)
    user = User(login=folded, name=name, password_hash=hash_password(password), created_at=now)
    session.add(user)
    session.flush()
    kind = session.exec(select(Role).where(Role.name == role.value)).one()
    session.add(Grant(user_id=user.id or 0, role_id=kind.id or 0, unit_id=unit_id))
    session.flush()
    return user


def check_password(session: Session, login: str, password: str) -> User | None:
    """The active user with this login and password, None otherwise; equal work for all three ways to be wrong."""
    user = session.exec(select(User).where(User.login == login.strip().casefold())).first()
    matches = verify(password, user.password_hash if user is not None else None)
    return user if matches and user is not None and user.is_active else None


def viewer_of(session: Session, user: User) -> Viewer:
    """What the user may do where."""
    rows = session.exec(
        select(Role.permissions, Unit.path)
        .join(Grant, col(Grant.role_id) == col(Role.id))
        .join(Unit, col(Grant.unit_id) == col(Unit.id))
        .where(Grant.user_id == user.id)
    ).all()
    grants = tuple(GrantFact(known(found), path) for found, path in rows)
    return Viewer(user.id, user.name, grants)


def disable(session: Session, user: User) -> None:
    """End a user's access at once, open sessions included."""
    user.is_active = False
    for own in session.exec(select(LoginSession).where(LoginSession.user_id == user.id)):
        session.delete(own)
