"""What is refused in a file of people, and who may read one in."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING

import pytest
from openpyxl import Workbook
from sqlmodel import col, select

from tests.conftest import NOW, viewer_of
from tests.tracker.conftest import cluster, migrated, postgresql_url
from tests.tracker.imports.people_files import (
    ALL,
    ELSA,
    EVERYTHING,
    HEAD,
    KIM,
    TODAY,
    counts_of,
    diff_of,
    editor_over,
    errors_of,
    file_of,
    people_in,
    person_of,
    store_file,
    undo_run,
)
from tracker import journal
from tracker.db import reading, writing
from tracker.errors import NotFoundError, RefusedError, StaleError
from tracker.imports.people.diff import Choices, Deed, Outcome
from tracker.imports.people.preparing import prepare
from tracker.imports.people.storing import store_into
from tracker.tables import ImportRun, Unit
from tracker.words import ImportState, ImportWhat, Permission

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

__all__ = ["cluster", "migrated", "postgresql_url"]


@pytest.mark.parametrize(
    ("row", "column", "said"),
    [
        (";Bo Ek;7A;Ekbackaskolan;elev;", "Id", "id saknas"),
        ("u1;;7A;Ekbackaskolan;elev;", "Namn", "namn saknas"),
        ("u1;Bo Ek;7A;;elev;", "Skola", "skola eller verksamhet saknas"),
        (
            "u1;Bo Ek;7A;Ekbaka skolan;elev;",
            "Skola",
            "Ekbaka skolan finns inte i registret; menas Ekbackaskolan",
        ),
        ("u1;Bo Ek;7A;Mars;elev;", "Skola", "Mars finns inte i registret; rätta namnet"),
        ("u1;Bo Ek;7A;7A;elev;", "Skola", "7A finns inte i registret"),
        ("u1;Bo Ek;7A;Ekbackaskolan;gäst;", "Typ", "gäst är inte känt"),
        (f"{ELSA.upper()};Elsa;7A;Ekbackaskolan;elev;", "Id", "samma id står redan på rad 2"),
        ("121212-1212;Bo Ek;7A;Ekbackaskolan;elev;", "Id", "cellen ser ut att innehålla ett personnummer"),
        ("u1;Bo 121212-1212;7A;Ekbackaskolan;elev;", "Namn", "cellen ser ut att innehålla ett personnummer"),
    ],
)
def test_one_wrong_row_stops_the_file_and_is_named(
    engine: Engine, tmp_path: Path, row: str, column: str, said: str
) -> None:
    path = file_of(tmp_path, ALL[0], "u0;Ny Elev;7A;Ekbackaskolan;elev;", row)
    before = people_in(engine)
    diff = diff_of(engine, path)
    ((number, where, why),) = errors_of(diff)
    assert (number, where) == (4, column)
    assert why.startswith(said)
    assert "1212" not in why
    with pytest.raises(RefusedError) as caught:
        store_file(engine, path)
    assert caught.value.code == "people_files.has_errors"
    assert people_in(engine) == before, "all or nothing"


def test_two_units_of_one_name_are_told_apart_by_code(engine: Engine, tmp_path: Path) -> None:
    with writing(engine) as session:
        it = session.exec(select(Unit).where(col(Unit.name).startswith("IT-"))).one()
        it.name, it.code = "Kvarnskolan", "12345678"
    diff = diff_of(engine, file_of(tmp_path, "u1;Bo Ek;;Kvarnskolan;elev;", "u2;Bo Al;;12345678;elev;"))
    assert errors_of(diff) == [(2, "Skola", "flera verksamheter heter Kvarnskolan; skriv verksamhetens kod")]
    assert diff.counts[Outcome.NEW] == 1


def test_whoever_is_narrowed_to_a_unit_reads_in_for_that_only(migrated: Engine, tmp_path: Path) -> None:
    by = editor_over(migrated, "Ekbackaskolan")
    rows = ("u1;Bo Ek;;Kvarnskolan;elev;", f"{KIM};Kim Kvarn;7A;Ekbackaskolan;elev;")
    diff = diff_of(migrated, file_of(tmp_path, *ALL, *rows), by)
    assert errors_of(diff) == [
        (5, "Skola", "Kvarnskolan ligger utanför de verksamheter som du får läsa in personer för"),
        (6, "Id", "personen finns redan utanför de verksamheter som du får läsa in personer för"),
    ]
    good = file_of(tmp_path, *ALL[1:], "u1;Bo Ek;7B;Ekbackaskolan;elev;")
    number = store_file(migrated, good, by=by)
    assert not person_of(migrated, ELSA).is_active
    with reading(migrated) as session:
        assert session.get_one(ImportRun, number).unit_path == by.grants[0].unit_path
    with pytest.raises(NotFoundError):
        undo_run(migrated, number, editor_over(migrated, "Kvarnskolan"))


def test_what_a_file_does_not_say_is_asked_for_once(engine: Engine, tmp_path: Path) -> None:
    path = file_of(
        tmp_path,
        "u1;Bo Ek;7A;Ekbackaskolan",
        f"{ELSA};Elsa Ödman;7A;Ekbackaskolan",
        head="Id;Namn;Klass;Skola",
    )
    diff = diff_of(engine, path)
    assert (diff.kindless, counts_of(diff)) == (1, {"new": 1, "same": 1})
    with pytest.raises(RefusedError):
        store_file(engine, path)
    assert "u1" not in people_in(engine)
    store_file(engine, path, Choices(), is_pupil=False)
    assert (person_of(engine, "u1").is_pupil, person_of(engine, ELSA).is_pupil) == (False, True)


def test_a_new_id_for_somebody_of_the_same_name_is_pointed_out(engine: Engine, tmp_path: Path) -> None:
    diff = diff_of(engine, file_of(tmp_path, "nytt-id;Elsa ödman;7A;Ekbackaskolan;elev;", *ALL[1:]))
    assert (diff.alike, diff.counts[Outcome.LEAVES]) == ([2], 1)
    both = diff_of(engine, file_of(tmp_path, "nytt-id;Elsa Ödman;7A;Ekbackaskolan;elev;", *ALL))
    assert both.alike == [], "the other one is in the file too"


def test_a_protected_namesake_is_pointed_out_only_to_who_may_see_the_name(
    engine: Engine, tmp_path: Path
) -> None:
    path = file_of(tmp_path, "nytt-id;Skyddad Elev;7A;Ekbackaskolan;elev;", *ALL[:2])
    assert diff_of(engine, path, viewer_of(engine, "anna")).alike == []
    assert diff_of(
        engine, path, editor_over(engine, "Ekbackaskolan", Permission.PERSON_VIEW_PROTECTED)
    ).alike == [2]


def test_of_two_who_store_at_once_the_second_is_told(migrated: Engine, tmp_path: Path) -> None:
    path = file_of(tmp_path, *ALL, *(f"u{n};Bo Ek;7B;Ekbackaskolan;elev;" for n in range(200)))
    seen = diff_of(migrated, path).seen
    with writing(migrated) as session:
        runs = [
            ImportRun(what=ImportWhat.PEOPLE, state=ImportState.DRAFT, file=name, at=NOW, seen=seen)
            for name in "ab"
        ]
        session.add_all(runs)
    ready = Barrier(2)

    def one(run: ImportRun) -> str:
        ready.wait()
        try:
            with writing(migrated) as session:
                deed = Deed(None, NOW, TODAY)
                made = prepare(session, path, EVERYTHING, deed, lock=True)
                store_into(session, run, made, deed)
        except StaleError as error:
            return error.code
        return "stored"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(one, runs)) == ["imports.compared_before", "stored"]
    with reading(migrated) as session:
        assert len(session.exec(select(Unit).where(Unit.name == "7B")).all()) == 1
        assert journal.verify(session) == []


def test_a_workbook_is_read_as_a_csv_is(engine: Engine, tmp_path: Path) -> None:
    book = Workbook()
    book.active.append(HEAD.split(";"))
    book.active.append([4711.0, "Bo Ek", "7A", "Ekbackaskolan", "elev", None])
    book.active.append([None] * 6)
    book.active.append([NOW.replace(tzinfo=None, hour=0), "Bo Al", "7A", "Ekbackaskolan", "elev", None])
    path = tmp_path / "people.xlsx"
    book.save(path)
    diff = diff_of(engine, path)
    assert errors_of(diff)[0][:2] == (4, "Id")
    assert counts_of(diff) == {"new": 1, "wrong": 1, "leaves": 3}
