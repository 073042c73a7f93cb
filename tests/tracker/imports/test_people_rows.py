"""A file of people read: which column is which, what a cell may hold, and what is refused without being repeated."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.errors import InvalidError, RefusedError
from tracker.imports.people.checking import Checked, check
from tracker.imports.people.columns import recognise
from tracker.imports.people.diff import Choices, Diff, Emptying, NewClass, Outcome
from tracker.words import Language

NUMBER = "19121212-1212"
HEADERS = ("Id", "Namn", "Klass", "Skola", "Typ", "Skyddad", "Aktiv", "Telefon")
GOOD = ("u1", "Elsa Ödman", "7A", "Ekbackaskolan", "elev", "nej", "ja", "")


def _check(**cells: str) -> Checked:
    row = [cells.get(name, good) for name, good in zip(HEADERS, GOOD, strict=True)]
    return check(2, recognise(HEADERS), tuple(row))


def _said(row: Checked) -> list[tuple[str, str]]:
    return [(column, error.say(Language.SV)) for column, error in row.complaints]


def test_a_row_says_who_where_and_what() -> None:
    row = _check()
    assert (row.code, row.name, row.school, row.school_class) == ("u1", "Elsa Ödman", "Ekbackaskolan", "7A")
    assert (row.is_pupil, row.is_protected, row.is_active, row.complaints) == (True, False, True, [])


@pytest.mark.parametrize(
    ("headers", "read"),
    [
        (("Externt id", "Namn", "Klass", "Skola"), {"id": 0, "name": 1, "class": 2, "school": 3}),
        (("ID", "NAME", "Class", "School unit"), {"id": 0, "name": 1, "class": 2, "school": 3}),
        (("Efternamn", "Förnamn", "Elev-id"), {"family": 0, "given": 1, "id": 2}),
        (
            ("sAMAccountName", "employeeID", "displayName", "department", "Enabled"),
            {"id": 1, "name": 2, "unit": 3, "active": 4},
        ),
        (
            ("id", "externalId", "displayName", "userType", "active"),
            {"id": 1, "name": 2, "kind": 3, "active": 4},
        ),
        (
            ("id", "givenName", "familyName", "securityMarking", "personStatus"),
            {"id": 0, "given": 1, "family": 2, "protected": 3, "active": 4},
        ),
    ],
)
def test_columns_are_known_in_both_languages_and_any_order(
    headers: tuple[str, ...], read: dict[str, int]
) -> None:
    found = recognise(headers)
    assert (found.format, dict(found.places)) == ("own", read)


@pytest.mark.parametrize(
    "headers",
    [
        ("ID", "Username", "First Name", "Last Name", "Employee Number", "Location", "Activated", "VIP"),
        ("ID", "Användarnamn", "Förnamn", "Efternamn", "Anställningsnummer", "Plats", "Aktiverad", "VIP"),
    ],
)
def test_snipe_its_users_are_known_by_their_headers_and_its_own_number_is_no_id(
    headers: tuple[str, ...],
) -> None:
    found = recognise(headers)
    assert found.format == "snipeit"
    row = check(2, found, ("17", "elsa.o", "Elsa", "Ödman", "", "Ekbackaskolan", "0", "0"))
    assert (row.code, row.name, row.school, row.is_active) == ("elsa.o", "Elsa Ödman", "Ekbackaskolan", None)
    assert check(2, found, ("17", "elsa.o", "Elsa", "Ödman", "4711", "", "0", "0")).code == "4711"


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        (("Namn", "Klass"), "saknar en kolumn med externt id"),
        (("Id", "Förnamn"), "saknar en kolumn med namn"),
        (("Id", "Namn", "Namn"), "Rubriken namn står i två kolumner"),
        (("Id", "Namn", "Personnummer"), "Kolumnen Personnummer ser ut att vara personnummer"),
        (("Id", "Namn", "civicNo.value"), "ser ut att vara personnummer"),
        (("Id", "Namn", "Elevens personnr (12)"), "ser ut att vara personnummer"),
        ((NUMBER, "Elsa", "7A"), "personnummer i kolumn 1 och inga rubriker"),
    ],
)
def test_a_table_that_cannot_be_used_says_why(headers: tuple[str, ...], said: str) -> None:
    with pytest.raises(RefusedError) as caught:
        recognise(headers)
    whole = caught.value.say(Language.SV)
    assert said in whole
    assert "1212" not in whole


@pytest.mark.parametrize(
    ("cells", "column", "said"),
    [
        ({"Id": ""}, "id", "id saknas"),
        ({"Id": "x" * 121}, "id", "texten är längre än 120 tecken"),
        ({"Id": "2026-08-15"}, "id", "ett datum kan inte vara ett id"),
        ({"Id": "2026-08-15 00:00:00"}, "id", "ett datum kan inte vara ett id"),
        ({"Id": "1,23457E+11"}, "id", "talet är avrundat av Excel"),
        ({"Namn": "x" * 161}, "name", "texten är längre än 160 tecken"),
        ({"Namn": "4711"}, "name", "ett namn utan bokstäver"),
        ({"Klass": "2026-07-01"}, "class", "ett datum kan inte vara en klass"),
        ({"Klass": "x" * 121}, "class", "texten är längre än 120 tecken"),
        ({"Klass": "1a" * 60}, "class", "texten är längre än 120 tecken"),
        ({"Typ": "gäst"}, "kind", "gäst är inte känt; skriv elev eller personal"),
        ({"Skyddad": "kanske"}, "protected", "kanske är inte känt; skriv ja eller nej"),
        ({"Aktiv": "ibland"}, "active", "ibland är inte känt; skriv ja eller nej"),
    ],
)
def test_each_error_is_one_sentence_about_one_column(cells: dict[str, str], column: str, said: str) -> None:
    ((where, why),) = _said(_check(**cells))
    assert where == column
    assert why.startswith(said)


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"Id": "191212121212"}, "id"),
        ({"Id": "1212121212"}, "id"),
        ({"Id": "121212+1212"}, "id"),
        ({"Id": "197010632391"}, "id"),
        ({"Id": "elev191212121212"}, "id"),
        ({"Id": "20130101TF01"}, "id"),
        ({"Namn": "Elsa Ödman 121212-1212"}, "name"),
        ({"Namn": "Elsa\u200b 1212\u200b12-1212"}, "name"),
        ({"Klass": "121212-1212"}, "class"),
        ({"Skola": "19121212 1212"}, "school"),
        ({"Skyddad": "121212-1212"}, "protected"),
        ({"Telefon": "121212-1212"}, "Telefon"),
        ({"Telefon": "191212121212"}, "Telefon"),
    ],
)
def test_a_personal_identity_number_is_refused_wherever_it_stands_and_nothing_of_the_row_goes_on(
    cells: dict[str, str], column: str
) -> None:
    row = _check(**cells)
    assert _said(row) == [
        (column, "cellen ser ut att innehålla ett personnummer; sådana får inte finnas i registret")
    ]
    assert "1212" not in repr(row)
    assert row.holds_number
    assert (row.code, row.name, row.school) == ("", "", "")


@pytest.mark.parametrize(
    "cells",
    [
        {"Id": "1212121213"},
        {"Id": "5560360793"},
        {"Id": "10000000012"},
        {"Id": "ab121212-1212-4abc-8abc-0123456789ab"},
        {"Telefon": "0701014444"},
        {"Telefon": "070-101 44 44"},
    ],
)
def test_what_is_no_personal_identity_number_passes(cells: dict[str, str]) -> None:
    assert _check(**cells).complaints == []


@pytest.mark.parametrize(
    ("written", "read"),
    [("12345.0", "12345"), ("12345,00", "12345"), ("00712", "00712"), (" a\u200bb  c ", "ab c")],
)
def test_an_id_is_read_as_it_was_meant(written: str, read: str) -> None:
    assert _check(Id=written).code == read


@pytest.mark.parametrize(
    ("cells", "field", "value"),
    [
        ({"Typ": "Skola personal"}, "is_pupil", False),
        ({"Typ": "STUDENT"}, "is_pupil", True),
        ({"Typ": ""}, "is_pupil", None),
        ({"Skyddad": "Skyddad folkbokföring"}, "is_protected", True),
        ({"Skyddad": "Ingen"}, "is_protected", False),
        ({"Skyddad": ""}, "is_protected", None),
        ({"Aktiv": "False"}, "is_active", False),
        ({"Aktiv": "Utvandrad"}, "is_active", False),
    ],
)
def test_words_are_read_as_the_systems_write_them(cells: dict[str, str], field: str, value: object) -> None:
    assert getattr(_check(**cells), field) is value


@given(st.lists(st.text(max_size=40), min_size=8, max_size=8))
def test_no_row_is_too_strange(cells: list[str]) -> None:
    row = check(2, recognise(HEADERS), tuple(cells))
    for _, error in row.complaints:
        assert error.say(Language.SV)
    assert row.complaints or (row.code and len(row.code) <= 120)


def test_what_is_ticked_must_be_enough() -> None:
    diff = Diff(
        classes=[NewClass(1, "Ekbackaskolan", "7B")],
        emptying=[Emptying("Ekbackaskolan", is_pupil=True, leaves=6, of=9)],
    )
    diff.counts[Outcome.LEAVES] = 6
    enough = Choices(make_classes=True, end_leavers=True, leavers=6)
    diff.check(enough)
    diff.check(Choices(make_classes=True))
    for choices, field in (
        (Choices(end_leavers=True, leavers=6), "make_classes"),
        (Choices(make_classes=True, end_leavers=True), "leavers"),
        (Choices(make_classes=True, end_leavers=True, leavers=5), "leavers"),
    ):
        with pytest.raises(InvalidError) as caught:
            diff.check(choices)
        assert list(caught.value.fields) == [field]
