"""People by file, on both databases: everything is shown first, and all of it is stored or nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlmodel import col, select

from tests.conftest import viewer_of
from tests.tracker.conftest import cluster, migrated, postgresql_url
from tests.tracker.imports.people_files import (
    AKE,
    ALL,
    ELSA,
    HEAD,
    KIM,
    SHY,
    TODAY,
    add_person,
    counts_of,
    diff_of,
    editor_over,
    errors_of,
    file_of,
    hand_out_to,
    people_in,
    person_of,
    store_file,
)
from tracker.db import reading, writing
from tracker.errors import InvalidError, RefusedError
from tracker.imports.people.diff import Choices, Outcome
from tracker.roles import GrantFact
from tracker.swedish import search_key, sort_key
from tracker.tables import Unit
from tracker.words import Permission, UnitKind

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

__all__ = ["cluster", "migrated", "postgresql_url"]


def test_new_people_come_with_their_class_and_keys(migrated: Engine, tmp_path: Path) -> None:
    path = file_of(
        tmp_path, *ALL, "u1;Åsa Öst;7B;Ekbackaskolan;elev;nej", "u2;Lars Lärare;;Ekbackaskolan;personal;"
    )
    diff = diff_of(migrated, path)
    assert counts_of(diff) == {"new": 2, "same": 3}
    assert [(one.school, one.name, one.near) for one in diff.classes] == [("Ekbackaskolan", "7B", "")]
    assert "u1" not in people_in(migrated), "nothing is stored before it is confirmed"
    store_file(migrated, path)
    people = people_in(migrated)
    assert people["u1"][:2] == ("Åsa Öst", "7B")
    assert people["u1"][3:] == (True, False, True, None, sort_key("Åsa Öst"), search_key("Åsa Öst"))
    assert people["u2"][:2] == ("Lars Lärare", "Ekbackaskolan")
    assert people["u2"][3] is False
    with reading(migrated) as session:
        made = session.exec(select(Unit).where(Unit.name == "7B")).one()
        school = session.exec(select(Unit).where(Unit.name == "Ekbackaskolan")).one()
    assert (made.parent_id, made.path, made.kind) == (school.id, f"{school.path}{made.id}/", UnitKind.CLASS)


def test_the_same_file_again_has_nothing_to_do(migrated: Engine, tmp_path: Path) -> None:
    path = file_of(tmp_path, *ALL, "u1;Åsa Öst;7B;Ekbackaskolan;elev;ja")
    store_file(migrated, path)
    assert counts_of(diff_of(migrated, path)) == {"same": 4}
    with pytest.raises(RefusedError):
        store_file(migrated, path)


def test_each_change_is_told_by_its_weightiest(migrated: Engine, tmp_path: Path) -> None:
    with writing(migrated) as session:
        add_person(session, "gone", "Gun Borta", "7A", is_pupil=True, is_active=False, left_on=TODAY)
        add_person(session, "named", "Gammalt Namn", "7A", is_pupil=True)
    rows = (
        f"{ELSA};Elsa Ödman;;Kvarnskolan;elev;",
        f"{AKE};Åke Zetterlund;7A;Ekbackaskolan;elev;ja",
        f"{SHY};Skyddad Elev;7A;Ekbackaskolan;elev;nej",
        "gone;Gun Borta;7A;Ekbackaskolan;elev;",
        "named;Nytt Namn;7A;Ekbackaskolan;elev;",
        f"{KIM};Kim Kvarn;;Kvarnskolan;elev;",
    )
    path = file_of(tmp_path, *rows)
    one_each = dict.fromkeys(("moved", "protected", "unprotected", "returning", "changed", "same"), 1)
    assert counts_of(diff_of(migrated, path)) == one_each
    store_file(migrated, path)
    people = people_in(migrated)
    assert people[ELSA][1] == "Kvarnskolan"
    assert (people[AKE][4], people[SHY][4]) == (True, False)
    assert people["gone"][5:7] == (True, None)
    assert people["named"][0] == "Nytt Namn"
    assert people["named"][8] == search_key("Nytt Namn")


def test_who_is_not_in_the_file_leaves_only_when_it_is_ticked(migrated: Engine, tmp_path: Path) -> None:
    path = file_of(tmp_path, *ALL[:2], "u1;Ny Elev;7A;Ekbackaskolan;elev;")
    assert counts_of(diff_of(migrated, path)) == {"new": 1, "leaves": 1, "same": 2}
    store_file(migrated, path, Choices())
    assert person_of(migrated, SHY).is_active
    store_file(migrated, path, Choices(end_leavers=True))
    gone = person_of(migrated, SHY)
    assert (gone.is_active, gone.left_on, gone.version) == (False, TODAY, 2)
    assert person_of(migrated, KIM).is_active, "another school"


def test_a_file_covers_only_the_schools_and_kinds_that_it_names(migrated: Engine, tmp_path: Path) -> None:
    with writing(migrated) as session:
        add_person(session, "s1", "Siv Personal", "Ekbackaskolan")
        add_person(session, None, "Handlagd Elev", "7A", is_pupil=True)
        add_person(session, "c1", "Chef Central", "Utbildningsförvaltningen")
    pupils = file_of(tmp_path, *ALL)
    assert counts_of(diff_of(migrated, pupils)) == {"same": 3}, (
        "staff, those without an id and other units stay"
    )
    staff = file_of(tmp_path, "u9;Ny Lärare;;Ekbackaskolan;personal;")
    assert counts_of(diff_of(migrated, staff)) == {"new": 1, "leaves": 1}
    centre = file_of(tmp_path, "c9;Ny Chef;;Utbildningsförvaltningen;personal;")
    assert counts_of(diff_of(migrated, centre)) == {"new": 1, "leaves": 1}, (
        "the schools below are not covered"
    )


def test_a_row_may_say_that_somebody_has_left(migrated: Engine, tmp_path: Path) -> None:
    head = f"{HEAD};Aktiv"
    path = file_of(
        tmp_path,
        f"{ALL[0]};nej",
        f"{ALL[1]};ja",
        f"{ALL[2]};ja",
        "u1;Okänd;7A;Ekbackaskolan;elev;;nej",
        head=head,
    )
    assert counts_of(diff_of(migrated, path)) == {"leaves": 1, "same": 2, "skipped": 1}
    store_file(migrated, path)
    assert not person_of(migrated, ELSA).is_active
    assert counts_of(diff_of(migrated, path)) == {"same": 3, "skipped": 1}


def _crowd(engine: Engine, n: int) -> list[str]:
    with writing(engine) as session:
        for number in range(n):
            add_person(session, f"k{number}", f"Elev Nummer{chr(97 + number)}", "Kvarnskolan", is_pupil=True)
    return [f"k{number};Elev Nummer{chr(97 + number)};;Kvarnskolan;elev;" for number in range(n)]


def test_a_file_cut_short_does_not_end_a_school(migrated: Engine, tmp_path: Path) -> None:
    rows = _crowd(migrated, 12)
    whole = [*ALL, f"{KIM};Kim Kvarn;;Kvarnskolan;elev;"]
    few = file_of(tmp_path, *whole, *rows[5:])
    assert (counts_of(diff_of(migrated, few))["leaves"], diff_of(migrated, few).emptying) == (5, []), (
        "five are few"
    )
    path = file_of(tmp_path, *whole, *rows[6:])
    diff = diff_of(migrated, path)
    assert [tuple(one) for one in diff.emptying] == [("Kvarnskolan", True, 6, 13)]
    for typed in (None, 5, 13):
        with pytest.raises(InvalidError) as caught:
            store_file(migrated, path, Choices(end_leavers=True, leavers=typed))
        assert list(caught.value.fields) == ["leavers"]
    assert person_of(migrated, "k0").is_active
    store_file(migrated, path, Choices(end_leavers=True, leavers=6))
    assert not person_of(migrated, "k0").is_active


def test_one_school_in_a_large_file_is_guarded_by_its_own_size(migrated: Engine, tmp_path: Path) -> None:
    _crowd(migrated, 12)
    with writing(migrated) as session:
        for number in range(100):
            add_person(session, f"e{number}", f"Elev {chr(97 + number % 26)}", "7A", is_pupil=True)
    many = [f"e{number};Elev {chr(97 + number % 26)};7A;Ekbackaskolan;elev;" for number in range(100)]
    path = file_of(tmp_path, *ALL, *many, f"{KIM};Kim Kvarn;;Kvarnskolan;elev;")
    diff = diff_of(migrated, path)
    assert diff.counts[Outcome.LEAVES] < 0.2 * 116
    assert [tuple(one) for one in diff.emptying] == [("Kvarnskolan", True, 12, 13)]


def test_leavers_with_devices_are_counted(migrated: Engine, tmp_path: Path) -> None:
    hand_out_to(migrated, ELSA, "EK-1")
    hand_out_to(migrated, ELSA, "EK-2")
    diff = diff_of(migrated, file_of(tmp_path, *ALL[1:]))
    assert (diff.counts[Outcome.LEAVES], diff.holding, diff.devices) == (1, 1, 2)


def test_protection_is_taken_away_only_when_it_is_ticked_and_never_by_silence(
    migrated: Engine, tmp_path: Path
) -> None:
    bare = file_of(tmp_path, *(row.rpartition(";")[0] for row in ALL), head="Id;Namn;Klass;Skola;Typ")
    assert counts_of(diff_of(migrated, bare)) == {"same": 3}, "no column says nothing"
    empty = file_of(tmp_path, *ALL[:2], f"{SHY};Skyddad Elev;7A;Ekbackaskolan;elev;")
    assert counts_of(diff_of(migrated, empty)) == {"same": 3}, "an empty cell says nothing"
    path = file_of(tmp_path, *ALL[:2], f"{SHY};Nytt Namn;7A;Ekbackaskolan;elev;nej")
    store_file(migrated, path, Choices())
    kept = person_of(migrated, SHY)
    assert (kept.name, kept.is_protected) == ("Nytt Namn", True)
    store_file(migrated, path, Choices(clear_protection=True))
    assert not person_of(migrated, SHY).is_protected


def test_who_may_not_see_a_protected_name_may_not_take_the_protection_away(
    migrated: Engine, tmp_path: Path
) -> None:
    path = file_of(tmp_path, *ALL[:2], f"{SHY};Skyddad Elev;7A;Ekbackaskolan;elev;nej")
    anna = viewer_of(migrated, "anna")
    diff = diff_of(migrated, path, anna)
    assert (counts_of(diff), diff.guarded) == ({"same": 3}, 1)
    seeing = editor_over(migrated, "Ekbackaskolan", Permission.PERSON_VIEW_PROTECTED)
    assert counts_of(diff_of(migrated, path, seeing)) == {"unprotected": 1, "same": 2}


def test_a_protected_person_is_not_moved_to_where_the_name_shows(migrated: Engine, tmp_path: Path) -> None:
    with reading(migrated) as session:
        paths = dict(session.exec(select(Unit.name, Unit.path)).all())
    edit = frozenset({Permission.PERSON_EDIT, Permission.PERSON_VIEW})
    grants = (
        GrantFact(edit, paths["Utbildningsförvaltningen"]),
        GrantFact(edit | {Permission.PERSON_VIEW_PROTECTED}, paths["Kvarnskolan"]),
    )
    by = replace(viewer_of(migrated, "bjorn"), grants=grants)
    diff = diff_of(migrated, file_of(tmp_path, f"{SHY};;;Kvarnskolan;;"), by)
    assert [(row, column) for row, column, _ in errors_of(diff)] == [(2, "Skola")]
    assert "dolt för dig" in errors_of(diff)[0][2]


def test_a_class_is_looked_for_under_its_school_only(migrated: Engine, tmp_path: Path) -> None:
    path = file_of(tmp_path, *ALL, "u1;Bo Kvarn;7 a;Kvarnskolan;elev;", f"{KIM};Kim Kvarn;;Kvarnskolan;elev;")
    diff = diff_of(migrated, path)
    assert [(one.school, one.name) for one in diff.classes] == [("Kvarnskolan", "7 a")]
    with pytest.raises(InvalidError) as caught:
        store_file(migrated, path, Choices())
    assert list(caught.value.fields) == ["make_classes"]
    assert "u1" not in people_in(migrated)
    store_file(migrated, path)
    with reading(migrated) as session:
        assert len(session.exec(select(Unit).where(col(Unit.kind) == UnitKind.CLASS)).all()) == 2
    moved = file_of(tmp_path, f"{ELSA};;7A;Kvarnskolan;;", *ALL[1:])
    assert diff_of(migrated, moved).classes == [], "7A there is the class that was written 7 a"


def test_a_class_written_nearly_so_is_pointed_out(engine: Engine, tmp_path: Path) -> None:
    with writing(engine) as session:
        add_person(session, "u0", "Bo Blå", "7A", is_pupil=True)
        session.exec(select(Unit).where(Unit.name == "7A")).one().name = "Förskoleklass Blå"
    diff = diff_of(engine, file_of(tmp_path, "u1;Bo Ek;Förskoleklass Blåa;Ekbackaskolan;elev;"))
    assert [one.near for one in diff.classes] == ["Förskoleklass Blå"]
