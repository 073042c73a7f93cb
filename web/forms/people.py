"""The forms about people as commands and filters. A personal identity number in one is not shown again."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from tracker.errors import InvalidError, TrackerError
from tracker.movements.people import AddPerson, ChangePerson
from tracker.personal_numbers import holds_personal_number
from tracker.queries.people import PeopleFilter
from web.forms.reading import line, number, request_id

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

    Form = MultiDict[str, str]

FILTERS = ("unit", "kind", "state")
"""What a link to the list says beside its place; never a name."""


def narrowed(args: Form, text: str = "") -> PeopleFilter:
    """The list as the link, or a sent form with a name in it, says."""
    return PeopleFilter(
        text=text,
        unit_id=number(args, "unit"),
        kind=args.get("kind") or None,
        state=args.get("state") or "active",
        cursor=args.get("cursor") or None,
    )


def _said(form: Form) -> dict[str, Any]:
    kind = form.get("kind", "")
    unit_id = number(form, "unit")
    wrong = {}
    if kind not in {"pupil", "staff"}:
        wrong["kind"] = TrackerError("people.no_kind")
    if unit_id is None:
        wrong["unit"] = TrackerError("people.no_unit")
    if wrong:
        raise InvalidError(wrong)
    return {
        "name": line(form, "name") or "",
        "external_id": line(form, "external_id") or "",
        "unit_id": unit_id,
        "is_pupil": kind == "pupil",
        "is_protected": "protected" in form,
        "request_id": request_id(form),
    }


def _day(form: Form) -> date | None:
    said = line(form, "left_on")
    try:
        return date.fromisoformat(said) if said else None
    except ValueError as error:
        raise InvalidError({"left_on": TrackerError("people.no_day")}) from error


def add(form: Form) -> AddPerson:
    """A new person."""
    return AddPerson(**_said(form))


def change(form: Form, person_id: int, today: date) -> ChangePerson:
    """A person as it shall be."""
    return ChangePerson(
        person_id=person_id,
        version=number(form, "version") or 0,
        is_active="active" in form,
        left_on=_day(form),
        today=today,
        **_said(form),
    )


def shown_again(form: Form) -> dict[str, str]:
    """What was typed, without the lines that hold a personal identity number."""
    return {name: "" if holds_personal_number(said) else said for name, said in form.items()}
