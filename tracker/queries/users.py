"""Who may log in and what each may do, as far as this viewer edits users."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from tracker.errors import NotFoundError
from tracker.governing import BY_NAME, is_for_all, may_give, may_govern
from tracker.queries.narrowing import within
from tracker.queries.reach import root_path, user_for
from tracker.roles import is_built_in, known
from tracker.swedish import sort_key
from tracker.tables import Grant, Role, Unit, User
from tracker.users import viewer_of
from tracker.words import Language, Permission

if TYPE_CHECKING:
    from tracker.roles import Viewer


@dataclass(frozen=True, slots=True)
class GrantRow:
    """A role over a unit; `role` is the stored name, `may_take` whether this viewer may take it away."""

    id: int
    role: str
    unit: str
    unit_id: int
    may_take: bool


@dataclass(frozen=True, slots=True)
class UserRow:
    """One account in the list."""

    id: int
    login: str
    name: str
    is_active: bool
    grants: tuple[GrantRow, ...]


@dataclass(frozen=True, slots=True)
class UserPage:
    """One account's page.

    Attributes:
        elsewhere: it has roles over units outside this viewer's reach.
        may_govern: this viewer may change the account itself.
    """

    row: UserRow
    version: int
    language: Language
    elsewhere: bool
    may_govern: bool
    is_self: bool


@dataclass(frozen=True, slots=True)
class RoleRow:
    """A role, what it may do, and how many have it."""

    id: int
    version: int
    name: str
    permissions: tuple[Permission, ...]
    is_built_in: bool
    users: int
    by_name: bool


def _grants(session: Session, viewer: Viewer, user_ids: list[int]) -> dict[int, list[GrantRow]]:
    top = root_path(session)
    rows = session.exec(
        select(Grant, Role, Unit)
        .join(Role, col(Grant.role_id) == col(Role.id))
        .join(Unit, col(Grant.unit_id) == col(Unit.id))
        .where(col(Grant.user_id).in_(user_ids), within(viewer, Permission.USER_EDIT, col(Grant.unit_id)))
        .order_by(col(Unit.path), col(Role.name))
    ).all()
    found: dict[int, list[GrantRow]] = {}
    for grant, role, unit in rows:
        may_take = may_give(viewer, known(role.permissions), unit.path, top)
        row = GrantRow(grant.id or 0, role.name, unit.name, unit.id or 0, may_take)
        found.setdefault(grant.user_id, []).append(row)
    return found


def _row(user: User, grants: list[GrantRow]) -> UserRow:
    return UserRow(user.id or 0, user.login, user.name, user.is_active, tuple(grants))


def list_users(session: Session, viewer: Viewer, text: str) -> tuple[UserRow, ...]:
    """The accounts with a role over a unit of the viewer's; all of them for who edits users over everything."""
    query = select(User)
    if not is_for_all(viewer, root_path(session)):
        reached = sa.select(col(Grant.user_id)).where(
            within(viewer, Permission.USER_EDIT, col(Grant.unit_id))
        )
        query = query.where(col(User.id).in_(reached))
    wanted = text.casefold().split()
    users = [
        user
        for user in session.exec(query)
        if all(word in f"{user.login} {user.name.casefold()}" for word in wanted)
    ]
    users.sort(key=lambda user: (not user.is_active, sort_key(user.name), user.login))
    grants = _grants(session, viewer, [user.id or 0 for user in users])
    return tuple(_row(user, grants.get(user.id or 0, [])) for user in users)


def user_page(session: Session, viewer: Viewer, user_id: int) -> UserPage:
    """One account.

    Raises:
        NotFoundError: it is not there for this viewer.
    """
    user = user_for(session, user_id, viewer)
    shown = _grants(session, viewer, [user.id or 0]).get(user.id or 0, [])
    held = viewer_of(session, user).grants
    return UserPage(
        row=_row(user, shown),
        version=user.version,
        language=user.language,
        elsewhere=len(held) > len(shown),
        may_govern=may_govern(viewer, held, root_path(session)),
        is_self=user.id == viewer.user_id,
    )


def list_roles(session: Session) -> tuple[RoleRow, ...]:
    """Every role, the built-in ones first."""
    counts = dict(
        session.exec(
            select(Grant.role_id, func.count(func.distinct(col(Grant.user_id)))).group_by(col(Grant.role_id))
        ).all()
    )
    order = list(Permission)
    rows = [
        RoleRow(
            id=role.id or 0,
            version=role.version,
            name=role.name,
            permissions=tuple(sorted(known(role.permissions), key=order.index)),
            is_built_in=is_built_in(role.name),
            users=counts.get(role.id or 0, 0),
            by_name=bool(known(role.permissions) & BY_NAME),
        )
        for role in session.exec(select(Role).order_by(col(Role.id)))
    ]
    rows.sort(key=lambda row: (not row.is_built_in, "" if row.is_built_in else sort_key(row.name)))
    return tuple(rows)


def role_row(session: Session, role_id: int) -> RoleRow:
    """One role.

    Raises:
        NotFoundError: there is none.
    """
    found = next((row for row in list_roles(session) if row.id == role_id), None)
    if found is None:
        raise NotFoundError
    return found


def roles_to_give(session: Session, viewer: Viewer) -> tuple[RoleRow, ...]:
    """The roles that the viewer may give over some unit."""
    top = root_path(session)
    paths = viewer.paths(Permission.USER_EDIT)
    return tuple(
        row
        for row in list_roles(session)
        if any(may_give(viewer, row.permissions, path, top) for path in paths)
    )


def edits_roles(session: Session, viewer: Viewer) -> bool:
    """Whether the viewer may add and change roles."""
    return is_for_all(viewer, root_path(session))
