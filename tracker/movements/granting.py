"""Give and take roles over units, and what guards every deed about accounts."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict
from sqlmodel import Session, col, func, select

from tracker import journal
from tracker.errors import InvalidError, NotFoundError, RefusedError, TrackerError
from tracker.governing import BY_NAME, may_give, may_govern
from tracker.movements.versions import change
from tracker.queries.reach import root_path, user_for
from tracker.requests import once
from tracker.roles import known
from tracker.tables import Grant, Role, Unit, User
from tracker.users import viewer_of
from tracker.words import Permission

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from tracker.roles import Viewer


class GiveRole(BaseModel):
    """A role over a unit and everything below it. `confirm`: the login written out, for a role given by name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    user_id: int
    version: int
    role_id: int
    unit_id: int
    confirm: str = ""
    request_id: str


class TakeRole(BaseModel):
    """Take a grant away."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    user_id: int
    version: int
    grant_id: int
    request_id: str


def administrators(session: Session) -> int:
    """How many can log in and edit users over the whole municipality."""
    rows = session.exec(
        select(User.id, Role.permissions)
        .join(Grant, col(Grant.user_id) == col(User.id))
        .join(Role, col(Grant.role_id) == col(Role.id))
        .join(Unit, col(Grant.unit_id) == col(Unit.id))
        .where(col(User.is_active).is_(True), Unit.path == root_path(session))
    ).all()
    return len({user_id for user_id, held in rows if Permission.USER_EDIT.value in held})


@contextmanager
def guarding_administrators(session: Session) -> Iterator[None]:
    """Whatever is done inside leaves an administrator, if there was one. One such deed at a time.

    Raises:
        RefusedError: it would not.
    """
    # The rows of roles are the lock: on PostgreSQL two who disable each other would both see the other active.
    session.exec(select(Role.id).order_by(col(Role.id)).with_for_update()).all()
    before = administrators(session)
    yield
    session.flush()
    if before and not administrators(session):
        raise RefusedError("users.last_administrator")


def user_to_govern(session: Session, user_id: int, by: Viewer) -> User:
    """The account, when the actor holds every right that it has.

    Raises:
        NotFoundError: it is not there for this actor.
        RefusedError: it has rights that the actor has not.
    """
    user = user_for(session, user_id, by)
    if not may_govern(by, viewer_of(session, user).grants, root_path(session)):
        raise RefusedError("users.beyond_you", name=user.name)
    return user


def role_over(
    session: Session, role_id: int, unit_id: int, by: Viewer, named: tuple[str, str]
) -> tuple[Role, Unit]:
    """The role and the unit, when the actor may give the one over the other.

    Args:
        session: the register.
        role_id: which role.
        unit_id: over which unit.
        by: who gives.
        named: the login that receives, and the login as the giver wrote it out.

    Raises:
        NotFoundError: the unit is outside the actor's reach.
        RefusedError: the role holds what the actor has not.
        InvalidError: no role or no unit is chosen, or the role is given by name, and the name was not written.
    """
    role, unit = session.get(Role, role_id), session.get(Unit, unit_id)
    wrong = {}
    if role is None:
        wrong["role"] = TrackerError("users.no_role")
    if unit_id <= 0:
        wrong["unit"] = TrackerError("users.no_unit")
    if wrong:
        raise InvalidError(wrong)
    if role is None or unit is None or not by.may(Permission.USER_EDIT, unit.path):
        raise NotFoundError
    permissions = known(role.permissions)
    if not may_give(by, permissions, unit.path, root_path(session)):
        raise RefusedError("users.not_yours_to_give")
    login, written = named
    if permissions & BY_NAME and written.strip().casefold() != login:
        raise InvalidError({"confirm": TrackerError("users.write_login")})
    return role, unit


def give_role(session: Session, command: GiveRole, *, by: Viewer, now: datetime) -> None:
    """Give the role over the unit. What the account has already it keeps.

    Raises:
        RefusedError: the role holds what the actor has not, the account has it already, or it is by name and to oneself.
        InvalidError, NotFoundError, StaleError: as they say.
    """

    def act() -> dict[str, object]:
        user = user_for(session, command.user_id, by)
        role, unit = role_over(session, command.role_id, command.unit_id, by, (user.login, command.confirm))
        if user.id == by.user_id and known(role.permissions) & BY_NAME:
            raise RefusedError("users.not_to_yourself")
        same = select(func.count()).where(
            Grant.user_id == user.id, Grant.role_id == role.id, Grant.unit_id == unit.id
        )
        if session.exec(same).one():
            raise RefusedError("users.has_it", name=user.name)
        change(session, user, command.version)
        session.add(Grant(user_id=user.id or 0, role_id=role.id or 0, unit_id=unit.id or 0))
        facts = {"role": role.name, "unit": unit.id}
        journal.record(session, "user:role:give", f"user:{user.id}", by=by, now=now, facts=facts)
        return {}

    once(session, command.request_id, by=by, what="user:give", now=now, act=act)


def take_role(session: Session, command: TakeRole, *, by: Viewer, now: datetime) -> None:
    """Take the grant away.

    Raises:
        RefusedError: it holds what the actor has not, is the actor's own way in, or the last administrator's.
        NotFoundError, StaleError: as they say.
    """

    def act() -> dict[str, object]:
        with guarding_administrators(session):
            user = user_for(session, command.user_id, by)
            grant = session.get(Grant, command.grant_id)
            if grant is None or grant.user_id != user.id:
                raise NotFoundError
            role, unit = session.get_one(Role, grant.role_id), session.get_one(Unit, grant.unit_id)
            if not by.may(Permission.USER_EDIT, unit.path):
                raise NotFoundError
            permissions = known(role.permissions)
            if not may_give(by, permissions, unit.path, root_path(session)):
                raise RefusedError("users.not_yours_to_take")
            if user.id == by.user_id and Permission.USER_EDIT in permissions:
                raise RefusedError("users.own_way_in")
            change(session, user, command.version)
            session.delete(grant)
        facts = {"role": role.name, "unit": unit.id}
        journal.record(session, "user:role:take", f"user:{user.id}", by=by, now=now, facts=facts)
        return {}

    once(session, command.request_id, by=by, what="user:take", now=now, act=act)
