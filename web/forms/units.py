"""The forms about units, sites and rooms as commands. Only what a form names is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracker.errors import InvalidError, TrackerError
from tracker.movements.places import Remove, SaveRoom, SaveSite
from tracker.movements.units import AddUnit, ChangeUnit, MoveUnit, RemoveUnit
from tracker.words import UnitKind
from web.forms.reading import line, number, request_id

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

    Form = MultiDict[str, str]


def _kind(form: Form) -> UnitKind:
    said = form.get("kind", "")
    if said not in set(UnitKind):
        raise InvalidError({"kind": TrackerError("units.no_kind")})
    return UnitKind(said)


def _version(form: Form) -> int:
    return number(form, "version") or 0


def add(form: Form, parent_id: int) -> AddUnit:
    """A unit below another."""
    return AddUnit(
        parent_id=parent_id,
        name=line(form, "name") or "",
        kind=_kind(form),
        code=line(form, "code") or "",
        request_id=request_id(form),
    )


def change(form: Form, unit_id: int) -> ChangeUnit:
    """Name, kind and code. The municipality's kind is not in its form."""
    return ChangeUnit(
        unit_id=unit_id,
        version=_version(form),
        name=line(form, "name") or "",
        kind=_kind(form),
        code=line(form, "code") or "",
        request_id=request_id(form),
    )


def move(form: Form, unit_id: int) -> MoveUnit:
    """To below another."""
    parent_id = number(form, "parent")
    if parent_id is None:
        raise InvalidError({"parent": TrackerError("units.no_parent")})
    return MoveUnit(unit_id=unit_id, version=_version(form), parent_id=parent_id, request_id=request_id(form))


def remove(form: Form, unit_id: int) -> RemoveUnit:
    """A unit to take away."""
    return RemoveUnit(unit_id=unit_id, version=_version(form), request_id=request_id(form))


def site(form: Form, site_id: int | None, unit_id: int | None) -> SaveSite:
    """A site as it shall be."""
    return SaveSite(
        site_id=site_id,
        version=_version(form),
        unit_id=unit_id if unit_id is not None else number(form, "unit") or 0,
        name=line(form, "name") or "",
        request_id=request_id(form),
    )


def room(form: Form, site_id: int, room_id: int | None) -> SaveRoom:
    """A room as it shall be."""
    return SaveRoom(
        site_id=site_id,
        room_id=room_id,
        version=_version(form),
        name=line(form, "name") or "",
        is_secured="secured" in form,
        request_id=request_id(form),
    )


def remove_place(form: Form, row_id: int) -> Remove:
    """A site or a room to take away."""
    return Remove(row_id=row_id, version=_version(form), request_id=request_id(form))
