"""People by file, on both databases: everything is shown first, and all of it is stored or nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from sqlmodel import Session, col, select

from tests.conftest import NOW, viewer_of
from tests.tracker.conftest import cluster, migrated, postgresql_url
from tracker import journal
from tracker.db import reading, writing
from tracker.errors import InvalidError, NotFoundError, RefusedError, StaleError
from tracker.imports.people.comparing import Comparison
from tracker.imports.people.diff import Choices, Diff, Outcome
from tracker.imports.people.storing import Deed, store, store_into
from tracker.imports.people.undoing import Undone, take_back
from tracker.imports.undoing import take_back as take_assets_back
from tracker.roles import GrantFact, Viewer
from tracker.swedish import search_key, sort_key
from tracker.tables import Asset, ImportRun, JournalEntry, JournalPersonal, Person, Unit
from tracker.words import AssetStatus, ImportState, ImportWhat, Language, Permission, UnitKind

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

__all__ = ["cluster", "migrated", "postgresql_url"]

HEAD = "Id;Namn;Klass;Skola;Typ;Skyddad"
ELSA, AKE, SHY = "p-elsa }dman", "p-{ke zetterlund", "p-skyddad elev"
KIM = "p-kim kvarn"
ALL = (
    f"{ELSA};Elsa Ödman;7A;Ekbackaskolan;elev;",
    f"{AKE};Åke Zetterlund;7A;Ekbackaskolan;elev;",
    f"{SHY};Skyddad Elev;7A;Ekbackaskolan;elev;ja",
)
TODAY = NOW.date()
EVERYTHING = Choices(make_classes=True, end_leavers=True, clear_protection=True)


def _file(folder: Path, *rows: str, head: str = HEAD) -> Path:
    path = folder / "people.csv"
    path.write_text("\r\n".join([head, *rows]), encoding="utf-8-sig")
    return path


def _diff(engine: Engine, path: Path, by: Viewer | None = None, **more: Any) -> Diff:
    with reading(engine) as session:
        return Comparison(session, by, **more).whole(path)


def _store(
    engine: Engine, path: Path, choices: Choices = EVERYTHING, by: Viewer | None = None, **more: Any
) -> int:
    with writing(engine) as session:
        return store(session, path, choices, Deed(by, NOW, TODAY), **more)[0]


def _undo(engine: Engine, number: int, by: Viewer | None = None) -> Undone:
    with writing(engine) as session:
        return take_back(session, number, Deed(by, NOW, TODAY))


def _counts(diff: Diff) -> dict[str, int]:
    return {outcome.value: n for outcome, n in diff.counts.items() if n}


def _said(diff: Diff) -> list[tuple[int, str, str]]:
    return [(one.row, one.column, one.error.say(Language.SV)) for one in diff.complaints]


def _people(engine: Engine) -> dict[str, tuple[Any, ...]]:
    """Everybody, as it can be compared; versions go on."""
    with reading(engine) as session:
        units = {unit.id: unit for unit in session.exec(select(Unit))}
        return {
            p.external_id or "": (
                p.name, units[p.unit_id].name, units[p.unit_id].parent_id, p.is_pupil, p.is_protected, p.is_active,
                p.left_on, p.sort_key, p.search_key,
            )
            for p in session.exec(select(Person))
        }  # fmt: skip


def _person(engine: Engine, code: str) -> Person:
    with reading(engine) as session:
        return session.exec(select(Person).where(Person.external_id == code)).one()


def _add(session: Session, code: str | None, name: str, unit: str, **more: Any) -> None:
    unit_id = session.exec(select(Unit.id).where(Unit.name == unit)).one()
    keys = {"sort_key": sort_key(name), "search_key": search_key(name)}
    session.add(Person(external_id=code, name=name, unit_id=unit_id or 0, **keys, **more))


def _hand_out(engine: Engine, code: str, tag: str = "EK-1") -> None:
    with writing(engine) as session:
        person = session.exec(select(Person).where(Person.external_id == code)).one()
        moments = {"created_at": NOW, "changed_at": NOW}
        held = {"tag": tag, "sort_key": tag, "search_key": tag, "status": AssetStatus.HANDED_OUT}
        session.add(Asset(**held, **moments, unit_id=person.unit_id, holder_id=person.id))


def _editor(engine: Engine, unit: str, *more: Permission) -> Viewer:
    """Somebody who edits the people of one unit and what is below it."""
    with reading(engine) as session:
        path = session.exec(select(Unit.path).where(Unit.name == unit)).one()
    permissions = frozenset({Permission.PERSON_EDIT, Permission.PERSON_VIEW, *more})
    return replace(viewer_of(engine, "bjorn"), grants=(GrantFact(permissions, path),))


def test_new_people_come_with_their_class_and_keys(migrated: Engine, tmp_path: Path) -> None:
    path = _file(
        tmp_path, *ALL, "u1;Åsa Öst;7B;Ekbackaskolan;elev;nej", "u2;Lars Lärare;;Ekbackaskolan;personal;"
    )
    diff = _diff(migrated, path)
    assert _counts(diff) == {"new": 2, "same": 3}
    assert [(one.school, one.name, one.near) for one in diff.classes] == [("Ekbackaskolan", "7B", "")]
    assert "u1" not in _people(migrated), "nothing is stored before it is confirmed"
    _store(migrated, path)
    people = _people(migrated)
    assert people["u1"][:2] == ("Åsa Öst", "7B")
    assert people["u1"][3:] == (True, False, True, None, sort_key("Åsa Öst"), search_key("Åsa Öst"))
    assert people["u2"][:2] == ("Lars Lärare", "Ekbackaskolan")
    assert people["u2"][3] is False
    with reading(migrated) as session:
        made = session.exec(select(Unit).where(Unit.name == "7B")).one()
        school = session.exec(select(Unit).where(Unit.name == "Ekbackaskolan")).one()
    assert (made.parent_id, made.path, made.kind) == (school.id, f"{school.path}{made.id}/", UnitKind.CLASS)


def test_the_same_file_again_has_nothing_to_do(migrated: Engine, tmp_path: Path) -> None:
    path = _file(tmp_path, *ALL, "u1;Åsa Öst;7B;Ekbackaskolan;elev;ja")
    _store(migrated, path)
    assert _counts(_diff(migrated, path)) == {"same": 4}
    with pytest.raises(RefusedError):
        _store(migrated, path)


def test_each_change_is_told_by_its_weightiest(migrated: Engine, tmp_path: Path) -> None:
    with writing(migrated) as session:
        _add(session, "gone", "Gun Borta", "7A", is_pupil=True, is_active=False, left_on=TODAY)
        _add(session, "named", "Gammalt Namn", "7A", is_pupil=True)
    rows = (
        f"{ELSA};Elsa Ödman;;Kvarnskolan;elev;",
        f"{AKE};Åke Zetterlund;7A;Ekbackaskolan;elev;ja",
        f"{SHY};Skyddad Elev;7A;Ekbackaskolan;elev;nej",
        "gone;Gun Borta;7A;Ekbackaskolan;elev;",
        "named;Nytt Namn;7A;Ekbackaskolan;elev;",
        f"{KIM};Kim Kvarn;;Kvarnskolan;elev;",
    )
    path = _file(tmp_path, *rows)
    one_each = dict.fromkeys(("moved", "protected", "unprotected", "returning", "changed", "same"), 1)
    assert _counts(_diff(migrated, path)) == one_each
    _store(migrated, path)
    people = _people(migrated)
    assert people[ELSA][1] == "Kvarnskolan"
    assert (people[AKE][4], people[SHY][4]) == (True, False)
    assert people["gone"][5:7] == (True, None)
    assert people["named"][0] == "Nytt Namn"
    assert people["named"][8] == search_key("Nytt Namn")


def test_who_is_not_in_the_file_leaves_only_when_it_is_ticked(migrated: Engine, tmp_path: Path) -> None:
    path = _file(tmp_path, *ALL[:2], "u1;Ny Elev;7A;Ekbackaskolan;elev;")
    assert _counts(_diff(migrated, path)) == {"new": 1, "leaves": 1, "same": 2}
    _store(migrated, path, Choices())
    assert _person(migrated, SHY).is_active
    _store(migrated, path, Choices(end_leavers=True))
    gone = _person(migrated, SHY)
    assert (gone.is_active, gone.left_on, gone.version) == (False, TODAY, 2)
    assert _person(migrated, KIM).is_active, "another school"


def test_a_file_covers_only_the_schools_and_kinds_that_it_names(migrated: Engine, tmp_path: Path) -> None:
    with writing(migrated) as session:
        _add(session, "s1", "Siv Personal", "Ekbackaskolan")
        _add(session, None, "Handlagd Elev", "7A", is_pupil=True)
        _add(session, "c1", "Chef Central", "Utbildningsförvaltningen")
    pupils = _file(tmp_path, *ALL)
    assert _counts(_diff(migrated, pupils)) == {"same": 3}, "staff, those without an id and other units stay"
    staff = _file(tmp_path, "u9;Ny Lärare;;Ekbackaskolan;personal;")
    assert _counts(_diff(migrated, staff)) == {"new": 1, "leaves": 1}
    centre = _file(tmp_path, "c9;Ny Chef;;Utbildningsförvaltningen;personal;")
    assert _counts(_diff(migrated, centre)) == {"new": 1, "leaves": 1}, "the schools below are not covered"


def test_a_row_may_say_that_somebody_has_left(migrated: Engine, tmp_path: Path) -> None:
    head = f"{HEAD};Aktiv"
    path = _file(
        tmp_path,
        f"{ALL[0]};nej",
        f"{ALL[1]};ja",
        f"{ALL[2]};ja",
        "u1;Okänd;7A;Ekbackaskolan;elev;;nej",
        head=head,
    )
    assert _counts(_diff(migrated, path)) == {"leaves": 1, "same": 2, "skipped": 1}
    _store(migrated, path)
    assert not _person(migrated, ELSA).is_active
    assert _counts(_diff(migrated, path)) == {"same": 3, "skipped": 1}


def _crowd(engine: Engine, n: int) -> list[str]:
    with writing(engine) as session:
        for number in range(n):
            _add(session, f"k{number}", f"Elev Nummer{chr(97 + number)}", "Kvarnskolan", is_pupil=True)
    return [f"k{number};Elev Nummer{chr(97 + number)};;Kvarnskolan;elev;" for number in range(n)]


def test_a_file_cut_short_does_not_end_a_school(migrated: Engine, tmp_path: Path) -> None:
    rows = _crowd(migrated, 12)
    whole = [*ALL, f"{KIM};Kim Kvarn;;Kvarnskolan;elev;"]
    few = _file(tmp_path, *whole, *rows[5:])
    assert (_counts(_diff(migrated, few))["leaves"], _diff(migrated, few).emptying) == (5, []), "five are few"
    path = _file(tmp_path, *whole, *rows[6:])
    diff = _diff(migrated, path)
    assert [tuple(one) for one in diff.emptying] == [("Kvarnskolan", True, 6, 13)]
    for typed in (None, 5, 13):
        with pytest.raises(InvalidError) as caught:
            _store(migrated, path, Choices(end_leavers=True, leavers=typed))
        assert list(caught.value.fields) == ["leavers"]
    assert _person(migrated, "k0").is_active
    _store(migrated, path, Choices(end_leavers=True, leavers=6))
    assert not _person(migrated, "k0").is_active


def test_one_school_in_a_large_file_is_guarded_by_its_own_size(migrated: Engine, tmp_path: Path) -> None:
    _crowd(migrated, 12)
    with writing(migrated) as session:
        for number in range(100):
            _add(session, f"e{number}", f"Elev {chr(97 + number % 26)}", "7A", is_pupil=True)
    many = [f"e{number};Elev {chr(97 + number % 26)};7A;Ekbackaskolan;elev;" for number in range(100)]
    path = _file(tmp_path, *ALL, *many, f"{KIM};Kim Kvarn;;Kvarnskolan;elev;")
    diff = _diff(migrated, path)
    assert diff.counts[Outcome.LEAVES] < 0.2 * 116
    assert [tuple(one) for one in diff.emptying] == [("Kvarnskolan", True, 12, 13)]


def test_leavers_with_devices_are_counted(migrated: Engine, tmp_path: Path) -> None:
    _hand_out(migrated, ELSA, "EK-1")
    _hand_out(migrated, ELSA, "EK-2")
    diff = _diff(migrated, _file(tmp_path, *ALL[1:]))
    assert (diff.counts[Outcome.LEAVES], diff.holding, diff.devices) == (1, 1, 2)


def test_protection_is_taken_away_only_when_it_is_ticked_and_never_by_silence(
    migrated: Engine, tmp_path: Path
) -> None:
    bare = _file(tmp_path, *(row.rpartition(";")[0] for row in ALL), head="Id;Namn;Klass;Skola;Typ")
    assert _counts(_diff(migrated, bare)) == {"same": 3}, "no column says nothing"
    empty = _file(tmp_path, *ALL[:2], f"{SHY};Skyddad Elev;7A;Ekbackaskolan;elev;")
    assert _counts(_diff(migrated, empty)) == {"same": 3}, "an empty cell says nothing"
    path = _file(tmp_path, *ALL[:2], f"{SHY};Nytt Namn;7A;Ekbackaskolan;elev;nej")
    _store(migrated, path, Choices())
    kept = _person(migrated, SHY)
    assert (kept.name, kept.is_protected) == ("Nytt Namn", True)
    _store(migrated, path, Choices(clear_protection=True))
    assert not _person(migrated, SHY).is_protected


def test_who_may_not_see_a_protected_name_may_not_take_the_protection_away(
    migrated: Engine, tmp_path: Path
) -> None:
    path = _file(tmp_path, *ALL[:2], f"{SHY};Skyddad Elev;7A;Ekbackaskolan;elev;nej")
    anna = viewer_of(migrated, "anna")
    diff = _diff(migrated, path, anna)
    assert (_counts(diff), diff.guarded) == ({"same": 3}, 1)
    seeing = _editor(migrated, "Ekbackaskolan", Permission.PERSON_VIEW_PROTECTED)
    assert _counts(_diff(migrated, path, seeing)) == {"unprotected": 1, "same": 2}


def test_a_protected_person_is_not_moved_to_where_the_name_shows(migrated: Engine, tmp_path: Path) -> None:
    with reading(migrated) as session:
        paths = dict(session.exec(select(Unit.name, Unit.path)).all())
    edit = frozenset({Permission.PERSON_EDIT, Permission.PERSON_VIEW})
    grants = (
        GrantFact(edit, paths["Utbildningsförvaltningen"]),
        GrantFact(edit | {Permission.PERSON_VIEW_PROTECTED}, paths["Kvarnskolan"]),
    )
    by = replace(viewer_of(migrated, "bjorn"), grants=grants)
    diff = _diff(migrated, _file(tmp_path, f"{SHY};;;Kvarnskolan;;"), by)
    assert [(row, column) for row, column, _ in _said(diff)] == [(2, "Skola")]
    assert "dolt för dig" in _said(diff)[0][2]


def test_a_class_is_looked_for_under_its_school_only(migrated: Engine, tmp_path: Path) -> None:
    path = _file(tmp_path, *ALL, "u1;Bo Kvarn;7 a;Kvarnskolan;elev;", f"{KIM};Kim Kvarn;;Kvarnskolan;elev;")
    diff = _diff(migrated, path)
    assert [(one.school, one.name) for one in diff.classes] == [("Kvarnskolan", "7 a")]
    with pytest.raises(InvalidError) as caught:
        _store(migrated, path, Choices())
    assert list(caught.value.fields) == ["make_classes"]
    assert "u1" not in _people(migrated)
    _store(migrated, path)
    with reading(migrated) as session:
        assert len(session.exec(select(Unit).where(col(Unit.kind) == UnitKind.CLASS)).all()) == 2
    moved = _file(tmp_path, f"{ELSA};;7A;Kvarnskolan;;", *ALL[1:])
    assert _diff(migrated, moved).classes == [], "7A there is the class that was written 7 a"


def test_a_class_written_nearly_so_is_pointed_out(engine: Engine, tmp_path: Path) -> None:
    with writing(engine) as session:
        _add(session, "u0", "Bo Blå", "7A", is_pupil=True)
        session.exec(select(Unit).where(Unit.name == "7A")).one().name = "Förskoleklass Blå"
    diff = _diff(engine, _file(tmp_path, "u1;Bo Ek;Förskoleklass Blåa;Ekbackaskolan;elev;"))
    assert [one.near for one in diff.classes] == ["Förskoleklass Blå"]


@pytest.mark.parametrize(
    ("row", "column", "said"),
    [
        (";Bo Ek;7A;Ekbackaskolan;elev;", "Id", "id saknas"),
        ("u1;;7A;Ekbackaskolan;elev;", "Namn", "namn saknas"),
        ("u1;Bo Ek;7A;;elev;", "Skola", "skola eller enhet saknas"),
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
    path = _file(tmp_path, ALL[0], "u0;Ny Elev;7A;Ekbackaskolan;elev;", row)
    before = _people(engine)
    diff = _diff(engine, path)
    ((number, where, why),) = _said(diff)
    assert (number, where) == (4, column)
    assert why.startswith(said)
    assert "1212" not in why
    with pytest.raises(RefusedError) as caught:
        _store(engine, path)
    assert caught.value.code == "people_files.has_errors"
    assert _people(engine) == before, "all or nothing"


def test_two_units_of_one_name_are_told_apart_by_code(engine: Engine, tmp_path: Path) -> None:
    with writing(engine) as session:
        it = session.exec(select(Unit).where(col(Unit.name).startswith("IT-"))).one()
        it.name, it.code = "Kvarnskolan", "12345678"
    diff = _diff(engine, _file(tmp_path, "u1;Bo Ek;;Kvarnskolan;elev;", "u2;Bo Al;;12345678;elev;"))
    assert _said(diff) == [(2, "Skola", "flera enheter heter Kvarnskolan; skriv enhetens kod")]
    assert diff.counts[Outcome.NEW] == 1


def test_whoever_is_narrowed_to_a_unit_reads_in_for_that_only(migrated: Engine, tmp_path: Path) -> None:
    by = _editor(migrated, "Ekbackaskolan")
    rows = ("u1;Bo Ek;;Kvarnskolan;elev;", f"{KIM};Kim Kvarn;7A;Ekbackaskolan;elev;")
    diff = _diff(migrated, _file(tmp_path, *ALL, *rows), by)
    assert _said(diff) == [
        (5, "Skola", "Kvarnskolan ligger utanför de enheter som du får läsa in personer för"),
        (6, "Id", "personen finns redan utanför de enheter som du får läsa in personer för"),
    ]
    good = _file(tmp_path, *ALL[1:], "u1;Bo Ek;7B;Ekbackaskolan;elev;")
    number = _store(migrated, good, by=by)
    assert not _person(migrated, ELSA).is_active
    with reading(migrated) as session:
        assert session.get_one(ImportRun, number).unit_path == by.grants[0].unit_path
    with pytest.raises(NotFoundError):
        _undo(migrated, number, _editor(migrated, "Kvarnskolan"))


def test_what_a_file_does_not_say_is_asked_for_once(engine: Engine, tmp_path: Path) -> None:
    path = _file(
        tmp_path,
        "u1;Bo Ek;7A;Ekbackaskolan",
        f"{ELSA};Elsa Ödman;7A;Ekbackaskolan",
        head="Id;Namn;Klass;Skola",
    )
    diff = _diff(engine, path)
    assert (diff.kindless, _counts(diff)) == (1, {"new": 1, "same": 1})
    with pytest.raises(RefusedError):
        _store(engine, path)
    assert "u1" not in _people(engine)
    _store(engine, path, Choices(), is_pupil=False)
    assert (_person(engine, "u1").is_pupil, _person(engine, ELSA).is_pupil) == (False, True)


def test_a_new_id_for_somebody_of_the_same_name_is_pointed_out(engine: Engine, tmp_path: Path) -> None:
    diff = _diff(engine, _file(tmp_path, "nytt-id;Elsa ödman;7A;Ekbackaskolan;elev;", *ALL[1:]))
    assert (diff.alike, diff.counts[Outcome.LEAVES]) == ([2], 1)
    both = _diff(engine, _file(tmp_path, "nytt-id;Elsa Ödman;7A;Ekbackaskolan;elev;", *ALL))
    assert both.alike == [], "the other one is in the file too"


def test_a_protected_namesake_is_pointed_out_only_to_who_may_see_the_name(
    engine: Engine, tmp_path: Path
) -> None:
    path = _file(tmp_path, "nytt-id;Skyddad Elev;7A;Ekbackaskolan;elev;", *ALL[:2])
    assert _diff(engine, path, viewer_of(engine, "anna")).alike == []
    assert _diff(engine, path, _editor(engine, "Ekbackaskolan", Permission.PERSON_VIEW_PROTECTED)).alike == [
        2
    ]


def test_of_two_who_store_at_once_the_second_is_told(migrated: Engine, tmp_path: Path) -> None:
    path = _file(tmp_path, *ALL, *(f"u{n};Bo Ek;7B;Ekbackaskolan;elev;" for n in range(200)))
    seen = _diff(migrated, path).seen
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
                store_into(session, run, path, EVERYTHING, Deed(None, NOW, TODAY))
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
    diff = _diff(engine, path)
    assert _said(diff)[0][:2] == (4, "Id")
    assert _counts(diff) == {"new": 1, "wrong": 1, "leaves": 3}


def test_the_journal_tells_who_changed_and_keeps_what_is_personal_apart(
    migrated: Engine, tmp_path: Path
) -> None:
    anna = viewer_of(migrated, "anna")
    _store(
        migrated,
        _file(
            tmp_path, f"{ELSA};Elsa Ek;7B;Ekbackaskolan;elev;", *ALL[1:], "u1;Bo Ek;7A;Ekbackaskolan;elev;ja"
        ),
        by=anna,
    )
    with reading(migrated) as session:
        assert journal.verify(session) == []
        entries = {one.id: one for one in session.exec(select(JournalEntry))}
        personal = {one.entry_id: one.fields for one in session.exec(select(JournalPersonal))}
    whats = [one.what for one in entries.values()]
    assert sorted(whats) == [
        "people:import:store",
        "person:add:record",
        "person:change:record",
        "unit:add:record",
    ]
    assert {one.user_id for one in entries.values()} == {anna.user_id}
    said = str([one.facts for one in entries.values()])
    assert not any(word in said for word in ("Elsa", "Bo Ek", "u1", "protected': True", "people.csv"))
    changed = next(personal[number] for number, one in entries.items() if one.what == "person:change:record")
    assert changed["before"]["name"] == "Elsa Ödman"
    assert changed["after"]["name"] == "Elsa Ek"


def test_an_import_is_taken_back(migrated: Engine, tmp_path: Path) -> None:
    before = _people(migrated)
    path = _file(
        tmp_path, f"{ELSA};Elsa Ek;7B;Ekbackaskolan;elev;", ALL[2], "u1;Bo Ek;7B;Ekbackaskolan;elev;"
    )
    number = _store(migrated, path)
    assert _people(migrated) != before
    done = _undo(migrated, number, viewer_of(migrated, "anna"))
    assert (done.removed, done.restored, done.left) == (1, 2, [])
    assert _people(migrated) == before
    with reading(migrated) as session:
        assert session.exec(select(Unit).where(Unit.name == "7B")).all() == []
        assert session.get_one(ImportRun, number).state is ImportState.UNDONE
        assert journal.verify(session) == []
    with pytest.raises(RefusedError):
        _undo(migrated, number)


def test_imports_are_taken_back_one_after_the_other(migrated: Engine, tmp_path: Path) -> None:
    before = _people(migrated)
    first = _store(migrated, _file(tmp_path, *ALL, "u1;Bo Ek;7A;Ekbackaskolan;elev;"))
    second = _store(migrated, _file(tmp_path, *ALL, "u1;Bo Al;7B;Ekbackaskolan;elev;"))
    assert (_undo(migrated, second).restored, _undo(migrated, first).removed) == (1, 1)
    assert _people(migrated) == before


def test_what_has_been_touched_since_is_left_and_told(migrated: Engine, tmp_path: Path) -> None:
    path = _file(
        tmp_path, f"{ELSA};Elsa Ek;7A;Ekbackaskolan;elev;", f"{AKE};Åke Zetterlund;7A;Ekbackaskolan;elev;ja", ALL[2],
        "u1;Bo Ek;7B;Ekbackaskolan;elev;", "u2;Bo Al;7B;Ekbackaskolan;elev;",
    )  # fmt: skip
    number = _store(migrated, path)
    _hand_out(migrated, "u1")
    with writing(migrated) as session:
        session.exec(select(Person).where(Person.external_id == ELSA)).one().name = "Elsa Gift"
    done = _undo(migrated, number)
    assert (done.removed, done.restored, len(done.left)) == (1, 0, 3)
    assert _person(migrated, "u1").unit_id
    assert _person(migrated, ELSA).name == "Elsa Gift"
    assert _person(migrated, AKE).is_protected, "protection is never taken away by the way"


def test_an_import_of_people_is_none_of_assets(engine: Engine, tmp_path: Path) -> None:
    number = _store(engine, _file(tmp_path, "u1;Bo Ek;7A;Ekbackaskolan;elev;"), Choices())
    with writing(engine) as session, pytest.raises(NotFoundError):
        take_assets_back(session, number, by=None, now=NOW)


def test_what_was_compared_before_the_register_changed_is_not_stored(
    migrated: Engine, tmp_path: Path
) -> None:
    path = _file(tmp_path, *ALL[:2], "u1;Bo Ek;7A;Ekbackaskolan;elev;")
    seen = _diff(migrated, path).seen
    with writing(migrated) as session:
        _add(session, "u9", "Sen Anmäld", "7A", is_pupil=True)
    with writing(migrated) as session:
        run = ImportRun(what=ImportWhat.PEOPLE, state=ImportState.DRAFT, file="x", at=NOW, seen=seen)
        session.add(run)
    with pytest.raises(StaleError), writing(migrated) as session:
        store_into(session, run, path, Choices(end_leavers=True), Deed(None, NOW, TODAY))
    assert _person(migrated, "u9").is_active
    assert "u1" not in _people(migrated)


NAMES = st.sampled_from(["Bo Ek", "Åsa Öst", "Elsa Ödman", "Li", "=Li", "O'Neill-Åkesson"])
ROW = st.tuples(
    st.sampled_from([ELSA, AKE, SHY, KIM, "u1", "u2", "u3", "4711"]),
    NAMES,
    st.sampled_from(["", "7A", "7B", "7 a"]),
    st.sampled_from(["Ekbackaskolan", "Kvarnskolan", "Utbildningsförvaltningen"]),
    st.sampled_from(["elev", "personal"]),
    st.sampled_from(["", "ja", "nej"]),
    st.sampled_from(["", "ja", "nej"]),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROW, unique_by=lambda row: row[0], max_size=8))
def test_a_file_read_twice_changes_nothing_and_taken_back_leaves_nothing(
    engine: Engine, tmp_path: Path, rows: list[tuple[str, ...]]
) -> None:
    path = _file(tmp_path, *(";".join(row) for row in rows), head=f"{HEAD};Aktiv")
    before = _people(engine)
    diff = _diff(engine, path)
    assert diff.complaints == []
    if not diff.to_store:
        return
    number = _store(engine, path, replace(EVERYTHING, leavers=diff.counts[Outcome.LEAVES]))
    assert _diff(engine, path).to_store == 0
    left = _undo(engine, number).left
    after = _people(engine)
    assert {code: one for code, one in after.items() if not one[4]} == {
        code: one for code, one in before.items() if not after[code][4]
    }
    for code in {code for code in after if after[code] != before.get(code)}:
        assert _person(engine, code).id in left, "what is not as it was is told"
        with writing(engine) as session:  # the next example begins with the same register
            person = session.exec(select(Person).where(Person.external_id == code)).one()
            person.is_protected = before[code][4]
    assert _people(engine) == before


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=300))
def test_no_file_is_too_strange(engine: Engine, tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "strange.csv"
    path.write_bytes(HEAD.encode("cp1252") + b"\r\n" + data)
    before = _people(engine)
    try:
        _diff(engine, path)
    except RefusedError as error:
        assert error.say(Language.EN)  # noqa: PT017 -- either ends well
    assert _people(engine) == before
