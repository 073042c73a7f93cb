"""The forms about people as commands and filters. A personal identity number in one is not shown again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tracker.movements.people import AddPerson, ChangePerson
from tracker.personal_numbers import holds_personal_number
from tracker.queries.people import PeopleFilter
from web.forms.reading import line, number, request_id

if TYPE_CHECKING:
    from datetime import date

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
    return {
        "name": line(form, "name") or "",
        "external_id": line(form, "external_id") or "",
        "unit_id": number(form, "unit") or 0,
        "is_pupil": {"pupil": True, "staff": False}.get(form.get("kind", "")),
        "is_protected": "protected" in form,
        "request_id": request_id(form),
    }


def add(form: Form) -> AddPerson:
    """A new person."""
    return AddPerson(**_said(form))


def change(form: Form, person_id: int, today: date) -> ChangePerson:
    """A person as it shall be."""
    return ChangePerson(
        person_id=person_id,
        version=number(form, "version") or 0,
        is_active="active" in form,
        left_on=line(form, "left_on") or "",
        today=today,
        **_said(form),
    )


def shown_again(form: Form) -> dict[str, str]:
    """What was typed, without the lines that hold a personal identity number."""
    return {name: "" if holds_personal_number(said) else said for name, said in form.items()}
