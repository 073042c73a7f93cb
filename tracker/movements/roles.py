"""Roles of one's own: a named set of permissions, made by whoever edits users over the whole municipality."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict
from sqlmodel import Session, col, func, select

from tracker import journal
from tracker.errors import InvalidError, NotFoundError, RefusedError, TrackerError
from tracker.governing import BY_NAME, is_for_all, may_give
from tracker.movements.granting import guarding_administrators
from tracker.movements.versions import change, remove
from tracker.queries.reach import root_path
from tracker.requests import once
from tracker.roles import is_built_in, known
from tracker.tables import Grant, Role
from tracker.texts import text
from tracker.words import Language, Permission, RoleName

if TYPE_CHECKING:
    from datetime import datetime

    from tracker.roles import Viewer

MOST = 60


class SaveRole(BaseModel):
    """A role as it shall be; without `role_id` a new one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    role_id: int | None = None
    version: int = 0
    name: str
    permissions: frozenset[Permission]
    request_id: str


class RemoveRole(BaseModel):
    """Take away a role that nobody has."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    role_id: int
    version: int
    request_id: str


def _taken(session: Session, name: str, role_id: int | None) -> bool:
    # A role that looks like a built-in one in either language would mislead who gives it.
    reserved = {text(f"words.role_name.{one.value}", language) for one in RoleName for language in Language}
    names = {
        one.name.casefold() for one in session.exec(select(Role)) if role_id is None or one.id != role_id
    }
    return name.casefold() in names | {one.casefold() for one in reserved} | {one.value for one in RoleName}


def _check(session: Session, command: SaveRole, name: str) -> None:
    wrong: dict[str, TrackerError] = {}
    if not name:
        wrong["name"] = TrackerError("users.no_role_name")
    elif len(name) > MOST:
        wrong["name"] = TrackerError("imports.too_long", most=MOST)
    elif _taken(session, name, command.role_id):
        wrong["name"] = TrackerError("users.role_taken", name=name)
    if not command.permissions:
        wrong["permissions"] = TrackerError("users.no_permissions")
    elif command.permissions & BY_NAME and len(command.permissions) > 1:
        wrong["permissions"] = TrackerError("users.stands_alone")
    if wrong:
        raise InvalidError(wrong)


def _own_role(session: Session, role_id: int) -> Role:
    role = session.get(Role, role_id)
    if role is None:
        raise NotFoundError
    if is_built_in(role.name):
        raise RefusedError("users.built_in")
    return role


def _may_hold(session: Session, permissions: frozenset[Permission], by: Viewer) -> None:
    top = root_path(session)
    if not is_for_all(by, top):
        raise RefusedError("users.roles_for_all")
    if not may_give(by, permissions, top, top):
        raise RefusedError("users.not_yours_to_give")


def save_role(session: Session, command: SaveRole, *, by: Viewer, now: datetime) -> int:
    """Add or change a role of one's own; its id. Who has it has what it holds, at once.

    Raises:
        RefusedError: built in, beyond the actor's own rights, or it would take the last administrator away.
        InvalidError, NotFoundError, StaleError: as they say.
    """

    def act() -> dict[str, object]:
        name = " ".join(command.name.split())
        held = sorted(one.value for one in command.permissions)
        if command.role_id is None:
            _may_hold(session, command.permissions, by)
            _check(session, command, name)
            role = Role(name=name, permissions=held)
            session.add(role)
            session.flush()
            what = "user:role:add"
        else:
            role = _own_role(session, command.role_id)
            before = known(role.permissions)
            # What is added must be the actor's to give; a right by name neither comes nor goes with people in the role.
            _may_hold(session, command.permissions - before, by)
            _check(session, command, name)
            if (command.permissions ^ before) & BY_NAME:
                raise RefusedError("users.by_name_stays")
            with guarding_administrators(session):
                change(session, role, command.version, name=name, permissions=held)
            what = "user:role:change"
        facts = {"name": name, "permissions": held}
        journal.record(session, what, f"role:{role.id}", by=by, now=now, facts=facts)
        return {"role": role.id}

    return int(once(session, command.request_id, by=by, what="role:save", now=now, act=act)["role"])


def remove_role(session: Session, command: RemoveRole, *, by: Viewer, now: datetime) -> None:
    """Take the role away.

    Raises:
        RefusedError: built in, somebody has it, or the actor does not edit users over the whole municipality.
        NotFoundError, StaleError: as they say.
    """

    def act() -> dict[str, object]:
        role = _own_role(session, command.role_id)
        _may_hold(session, frozenset(), by)
        users = session.exec(
            select(func.count(func.distinct(col(Grant.user_id)))).where(Grant.role_id == role.id)
        ).one()
        if users:
            raise RefusedError("users.role_in_use", n=users)
        facts = {"name": role.name, "permissions": role.permissions}
        remove(session, role, command.version)
        journal.record(session, "user:role:remove", f"role:{command.role_id}", by=by, now=now, facts=facts)
        return {}

    once(session, command.request_id, by=by, what="role:remove", now=now, act=act)
