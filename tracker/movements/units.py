"""The tree of units: add, rename, move, remove. Rights follow paths, so a move is a change of who may see what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict
from sqlalchemy import func, literal, update
from sqlmodel import Session, col, select

from tracker import journal
from tracker.errors import InvalidError, NotFoundError, RefusedError, TrackerError
from tracker.governing import widens
from tracker.movements.versions import change, remove
from tracker.queries.hanging import hanging_on
from tracker.requests import once
from tracker.setup import add_unit as put_unit
from tracker.swedish import sort_key
from tracker.tables import Unit
from tracker.tables.units import PLACE_KEY
from tracker.words import Permission, UnitKind

if TYPE_CHECKING:
    from datetime import datetime

    from tracker.roles import Viewer

MOST_NAME, MOST_CODE = 120, 40
DEEPEST = 12
"""Levels below the municipality. The path holds an id for each and must fit its column."""


class AddUnit(BaseModel):
    """A unit below another."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    parent_id: int
    name: str
    kind: UnitKind
    code: str = ""
    request_id: str


class ChangeUnit(BaseModel):
    """A unit's name, kind and code."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    unit_id: int
    version: int
    name: str
    kind: UnitKind
    code: str = ""
    request_id: str


class MoveUnit(BaseModel):
    """A unit, with everything below it, to below another."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    unit_id: int
    version: int
    parent_id: int
    request_id: str


class RemoveUnit(BaseModel):
    """A unit that nothing hangs on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    unit_id: int
    version: int
    request_id: str


def lock_tree(session: Session) -> None:
    """One change of the tree at a time: two moves at once could make a ring."""
    session.exec(
        select(Unit.id).where(col(Unit.parent_id).is_(None)).order_by(col(Unit.id)).with_for_update()
    ).all()


def unit_for(
    session: Session, unit_id: int, by: Viewer, permission: Permission = Permission.UNIT_EDIT
) -> Unit:
    """The unit, when the actor holds the permission over it.

    Raises:
        NotFoundError: it is not there for this actor.
    """
    unit = session.get(Unit, unit_id)
    if unit is None or not by.may(permission, unit.path):
        raise NotFoundError
    return unit


def _name_taken(session: Session, name: str, parent_id: int | None, but: int | None) -> bool:
    siblings = session.exec(select(Unit).where(Unit.parent_id == parent_id)).all()
    return any(one.name.casefold() == name.casefold() for one in siblings if one.id != but)


def _code_taken(session: Session, code: str, but: int | None) -> bool:
    rows = session.exec(select(Unit).where(col(Unit.code).is_not(None))).all()
    return any((one.code or "").casefold() == code.casefold() for one in rows if one.id != but)


def _named(
    session: Session, name: str, code: str, parent: Unit | None, but: int | None
) -> tuple[str, str | None, dict[str, TrackerError]]:
    wrong: dict[str, TrackerError] = {}
    name, code = " ".join(name.split()), " ".join(code.split())
    if not name:
        wrong["name"] = TrackerError("units.no_name")
    elif len(name) > MOST_NAME:
        wrong["name"] = TrackerError("imports.too_long", most=MOST_NAME)
    elif _name_taken(session, name, parent.id if parent is not None else None, but):
        above = parent.name if parent is not None else ""
        wrong["name"] = TrackerError("units.name_taken", name=name, parent=above)
    if len(code) > MOST_CODE:
        wrong["code"] = TrackerError("imports.too_long", most=MOST_CODE)
    elif code and _code_taken(session, code, but):
        wrong["code"] = TrackerError("units.code_taken", value=code)
    return name, code or None, wrong


def _check_place(parent: Unit, levels: int) -> None:
    """Whether something with so many levels (itself included) may stand below the parent."""
    if parent.kind is UnitKind.CLASS:
        raise RefusedError("units.under_class", name=parent.name)
    if parent.path.count("/") - 2 + levels > DEEPEST:
        raise RefusedError("units.too_deep")


def add_unit(session: Session, command: AddUnit, *, by: Viewer, now: datetime) -> int:
    """Add the unit; its id.

    Raises:
        InvalidError: a name or code that is missing or taken, or a second municipality.
        NotFoundError: the parent is not there for this actor.
        RefusedError: below a class, or too deep.
    """

    def act() -> dict[str, object]:
        lock_tree(session)
        parent = unit_for(session, command.parent_id, by)
        _check_place(parent, 1)
        name, code, wrong = _named(session, command.name, command.code, parent, None)
        if command.kind is UnitKind.MUNICIPALITY:
            wrong["kind"] = TrackerError("units.one_municipality")
        if wrong:
            raise InvalidError(wrong)
        unit = put_unit(session, name, command.kind, parent)
        unit.code = code
        session.flush()
        facts = {"name": name, "kind": command.kind.value, "code": code, "parent": parent.id}
        journal.record(session, "unit:add:record", f"unit:{unit.id}", by=by, now=now, facts=facts)
        return {"unit": unit.id}

    return int(once(session, command.request_id, by=by, what="unit:add", now=now, act=act)["unit"])


def _check_kind(session: Session, unit: Unit, kind: UnitKind) -> TrackerError | None:
    is_root = unit.parent_id is None
    if (kind is UnitKind.MUNICIPALITY) != is_root:
        return TrackerError("units.root_stays" if is_root else "units.one_municipality")
    # A class owns nothing and holds nothing but people (`tracker.queries.places`).
    holds = {"unit", "asset", "site"} & {one.what for one in hanging_on(session, unit)}
    return TrackerError("units.class_holds_people") if kind is UnitKind.CLASS and holds else None


def change_unit(session: Session, command: ChangeUnit, *, by: Viewer, now: datetime) -> None:
    """Set the unit's name, kind and code.

    Raises:
        InvalidError, NotFoundError, StaleError: as they say.
    """

    def act() -> dict[str, object]:
        lock_tree(session)
        unit = unit_for(session, command.unit_id, by)
        parent = session.get(Unit, unit.parent_id) if unit.parent_id is not None else None
        name, code, wrong = _named(session, command.name, command.code, parent, unit.id)
        if command.kind is not unit.kind and (problem := _check_kind(session, unit, command.kind)):
            wrong["kind"] = problem
        if wrong:
            raise InvalidError(wrong)
        before = {"name": unit.name, "kind": unit.kind.value, "code": unit.code}
        change(
            session,
            unit,
            command.version,
            name=name,
            kind=command.kind,
            code=code,
            sort_key=sort_key(name, PLACE_KEY),
        )
        after = {"name": name, "kind": command.kind.value, "code": code}
        facts = {"before": before, "after": after}
        journal.record(session, "unit:change:record", f"unit:{unit.id}", by=by, now=now, facts=facts)
        return {}

    once(session, command.request_id, by=by, what="unit:change", now=now, act=act)


def _levels(session: Session, unit: Unit) -> int:
    paths = session.exec(select(Unit.path).where(col(Unit.path).startswith(unit.path))).all()
    return max(path.count("/") for path in paths) - unit.path.count("/") + 1


def _may_move(session: Session, unit: Unit, target: Unit, by: Viewer) -> None:
    if target.path.startswith(unit.path):
        raise RefusedError("units.under_itself", name=unit.name)
    _check_place(target, _levels(session, unit))
    if _name_taken(session, unit.name, target.id, unit.id):
        raise InvalidError({"parent": TrackerError("units.name_taken", name=unit.name, parent=target.name)})
    # Who has more rights where the unit goes than where it is would give them to themselves.
    if widens(by, unit.path, f"{target.path}{unit.id}/"):
        raise RefusedError("units.move_widens", name=unit.name, target=target.name)


def move_unit(session: Session, command: MoveUnit, *, by: Viewer, now: datetime) -> None:
    """Move the unit; the paths of its whole subtree change in this transaction.

    The actor needs the right over where it is, over where it goes, and over the unit; moving away takes it from those
    above, moving in gives it to those who have rights there.

    Raises:
        NotFoundError: one of the three is not there for this actor.
        RefusedError: under itself, the root, under a class, too deep, or the actor would gain rights by it.
        InvalidError, StaleError: as they say.
    """

    def act() -> dict[str, object]:
        lock_tree(session)
        unit = unit_for(session, command.unit_id, by)
        if unit.parent_id is None:
            raise RefusedError("units.root_stays")
        old = unit_for(session, unit.parent_id, by)
        target = unit_for(session, command.parent_id, by)
        _may_move(session, unit, target, by)
        before, after = unit.path, f"{target.path}{unit.id}/"
        change(session, unit, command.version, parent_id=target.id)
        session.connection().execute(
            update(Unit)
            .where(col(Unit.path).startswith(before))
            .values(path=literal(after).concat(func.substr(col(Unit.path), len(before) + 1)))
        )
        session.expire_all()
        facts = {"from": old.id, "to": target.id, "before": before, "after": after}
        journal.record(session, "unit:move:record", f"unit:{command.unit_id}", by=by, now=now, facts=facts)
        return {}

    once(session, command.request_id, by=by, what="unit:move", now=now, act=act)


def remove_unit(session: Session, command: RemoveUnit, *, by: Viewer, now: datetime) -> int:
    """Take the unit away; the id of what it hung on.

    Raises:
        RefusedError: the root, or something hangs on it.
        NotFoundError: it, or what it hangs on, is not there for this actor.
        StaleError: someone was faster.
    """

    def act() -> dict[str, object]:
        lock_tree(session)
        unit = unit_for(session, command.unit_id, by)
        if unit.parent_id is None:
            raise RefusedError("units.root_stays")
        unit_for(session, unit.parent_id, by)
        if hanging_on(session, unit):
            raise RefusedError("units.holds", name=unit.name)
        facts = {"name": unit.name, "kind": unit.kind.value, "code": unit.code, "parent": unit.parent_id}
        remove(session, unit, command.version)
        journal.record(session, "unit:remove:record", f"unit:{command.unit_id}", by=by, now=now, facts=facts)
        return {"unit": facts}

    answer = once(session, command.request_id, by=by, what="unit:remove", now=now, act=act)
    return int(answer["unit"]["parent"])
