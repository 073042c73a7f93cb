"""The forms of imports of people: what is ticked before a file is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracker.imports.people.diff import Choices
from web.forms.reading import number

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

_KINDS = {"pupil": True, "staff": False}


def choices(form: MultiDict[str, str]) -> Choices:
    """What is ticked, and the number that was typed."""
    return Choices(
        make_classes=form.get("make_classes") == "yes",
        end_leavers=form.get("end_leavers") == "yes",
        leavers=number(form, "leavers"),
        clear_protection=form.get("clear_protection") == "yes",
    )


def pupils(form: MultiDict[str, str]) -> bool | None:
    """Whether the people about whom the file says nothing are pupils; None when that was not answered."""
    return _KINDS.get(form.get("kind", ""))
