"""One row's cells into checked values, or complaints that name the column. Pure.

A row that holds a personal identity number gives nothing but that complaint: no value of it goes further.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tracker.errors import TrackerError
from tracker.personal_numbers import holds_personal_number
from tracker.swedish import sort_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tracker.imports.people.columns import Columns

MOST_ID, MOST_NAME, MOST_UNIT = 120, 160, 120
_WHOLE = re.compile(r"(\d+)[.,]0+")
"""What a spreadsheet makes of a whole number in a column of figures."""
_ROUNDED = re.compile(r"\d[.,]?\d*E\+?\d+", re.IGNORECASE)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}(?: \d{2}:\d{2}:\d{2})?")
_UUID = re.compile(r"\{?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?", re.IGNORECASE)
_INTERIM = re.compile(r"(?<!\d)(?:19|20)\d{6}-?(?:TF\d{2}|[TRSUWXJKLMN]\d{3})(?!\d)", re.IGNORECASE)
"""Interim numbers as school systems make them for those who have no other (SS 12000): they tell the birth date."""

_YES = frozenset({"ja", "j", "yes", "y", "true", "sant", "1", "x"})
_NO = frozenset({"nej", "n", "no", "false", "falskt", "0"})
_WORDS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "kind": (
        frozenset({"elev", "elever", "pupil", "pupils", "student", "students", "skola elev", "barn"}),
        frozenset(
            {
                "personal",
                "skolpersonal",
                "staff",
                "anställd",
                "anställda",
                "employee",
                "employees",
                "medarbetare",
                "lärare",
                "teacher",
                "faculty",
                "skola personal",
            }
        ),
    ),
    "protected": (
        _YES | {"skyddad", "protected", "sekretessmarkering", "sekretess", "skyddad folkbokföring"},
        _NO | {"ingen", "none"},
    ),
    "active": (
        _YES | {"aktiv", "active", "enabled"},
        _NO | {"inaktiv", "inactive", "disabled", "slutat", "avslutad", "left", "utvandrad", "avliden"},
    ),
}
"""Words for yes (a pupil) and for no (staff); personStatus and securityMarking as SS 12000 writes them."""

_UNKNOWN = {
    "kind": "people_files.unknown_kind",
    "protected": "people_files.unknown_protected",
    "active": "people_files.unknown_active",
}


@dataclass(slots=True)
class Checked:
    """A row's values: empty or None where it says nothing. `complaints` by our column, empty when it can be stored."""

    number: int
    code: str = ""
    name: str = ""
    school: str = ""
    school_class: str = ""
    is_pupil: bool | None = None
    is_protected: bool | None = None
    is_active: bool | None = None
    holds_number: bool = False
    complaints: list[tuple[str, TrackerError]] = field(default_factory=list)

    def complain(self, column: str, code: str, **data: object) -> None:
        """Note what is wrong with a cell."""
        self.complaints.append((column, TrackerError(code, **data)))


def clean(text: str) -> str:
    """A cell in one line, without marks that nobody sees."""
    seen = text if text.isprintable() else "".join(c for c in text if unicodedata.category(c) != "Cf")
    return " ".join(seen.split())


def is_number(text: str) -> bool:
    """Whether a cell holds a personal identity number, or one made for somebody who has none."""
    return holds_personal_number(text) or _INTERIM.search(text) is not None


def _whole(text: str) -> str:
    found = _WHOLE.fullmatch(text)
    return found[1] if found else text


def _code(row: Checked, said: str) -> str:
    text = _whole(said)
    if not text:
        row.complain("id", "people_files.no_id")
    elif len(text) > MOST_ID:
        row.complain("id", "imports.too_long", most=MOST_ID)
    elif _DAY.fullmatch(text):
        row.complain("id", "people_files.id_is_a_day")
    elif _ROUNDED.fullmatch(text):
        row.complain("id", "people_files.id_rounded")
    return text


def _name(row: Checked, cells: Mapping[str, str]) -> str:
    text = cells.get("name") or f"{cells.get('given', '')} {cells.get('family', '')}".strip()
    if len(text) > MOST_NAME:
        row.complain("name", "imports.too_long", most=MOST_NAME)
    elif text and not any(one.isalpha() for one in text):
        row.complain("name", "people_files.bad_name")
    return text


def _unit(row: Checked, column: str, said: str) -> str:
    if (
        len(said) > MOST_UNIT or len(sort_key(said)) > 2 * MOST_UNIT
    ):  # a key may be longer: figures take eight places
        row.complain(column, "imports.too_long", most=MOST_UNIT)
    elif column == "class" and _DAY.fullmatch(said):
        row.complain(column, "people_files.class_is_a_day")
    return said[:MOST_UNIT]


def _word(row: Checked, column: str, said: str) -> bool | None:
    yes, no = _WORDS[column]
    word = said.casefold()
    if word in yes or word in no:
        return word in yes
    if word:
        row.complain(column, _UNKNOWN[column], value=said[:40])
    return None


def _named(row: Checked, columns: Columns, cells: tuple[str, ...]) -> dict[str, str]:
    """The cells by our columns, those with a personal identity number left out and complained about."""
    named: dict[str, str] = {}
    for name, place in columns.places.items():
        text = clean(cells[place])
        is_key = name == "id" and _UUID.fullmatch(text) is not None  # whatever digits happen to stand in it
        if text and not is_key and is_number(text):
            row.complain(name, "people_files.personal_number")
            row.holds_number = True
        else:
            named[name] = text
    for place in columns.idle:
        # A telephone number may have the shape: of what is not read, only what is written as nothing else is refused.
        text = clean(cells[place])
        if any(mark in text for mark in "-+") or text.startswith(("19", "20")):
            _idle(row, columns, place, text)
    return named


def _idle(row: Checked, columns: Columns, place: int, text: str) -> None:
    if is_number(text) and not _UUID.fullmatch(text):
        column = columns.unused[columns.idle.index(place)]
        row.complain(column, "people_files.personal_number")
        row.holds_number = True


def check(number: int, columns: Columns, cells: tuple[str, ...]) -> Checked:
    """The row's values and what is wrong with them."""
    row = Checked(number)
    named = _named(row, columns, cells)
    if row.holds_number:
        return row
    row.code = _code(row, named.get("id") or named.get("login", ""))
    row.name = _name(row, named)
    row.school_class = _unit(row, "class", _whole(named.get("class", "")))
    column = "school" if named.get("school") else "unit"
    row.school = _unit(row, column, named.get(column, ""))
    row.is_pupil = _word(row, "kind", named.get("kind", ""))
    row.is_protected = _word(row, "protected", named.get("protected", ""))
    row.is_active = _word(row, "active", named.get("active", ""))
    return row
