"""A file of people in the journal, taken back, and read twice."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from tests.conftest import NOW, viewer_of
from tests.tracker.conftest import cluster, migrated, postgresql_url
from tests.tracker.imports.people_files import (
    AKE,
    ALL,
    ELSA,
    EVERYTHING,
    HEAD,
    KIM,
    SHY,
    TODAY,
    add_person,
    diff_of,
    file_of,
    hand_out_to,
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
from tracker.imports.undoing import take_back as take_assets_back
from tracker.tables import ImportRun, JournalEntry, JournalPersonal, Person, Unit
from tracker.words import ImportState, ImportWhat, Language

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

__all__ = ["cluster", "migrated", "postgresql_url"]


def test_the_journal_tells_who_changed_and_keeps_what_is_personal_apart(
    migrated: Engine, tmp_path: Path
) -> None:
    anna = viewer_of(migrated, "anna")
    store_file(
        migrated,
        file_of(
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
    before = people_in(migrated)
    path = file_of(
        tmp_path, f"{ELSA};Elsa Ek;7B;Ekbackaskolan;elev;", ALL[2], "u1;Bo Ek;7B;Ekbackaskolan;elev;"
    )
    number = store_file(migrated, path)
    assert people_in(migrated) != before
    done = undo_run(migrated, number, viewer_of(migrated, "anna"))
    assert (done.removed, done.restored, done.left) == (1, 2, [])
    assert people_in(migrated) == before
    with reading(migrated) as session:
        assert session.exec(select(Unit).where(Unit.name == "7B")).all() == []
        assert session.get_one(ImportRun, number).state is ImportState.UNDONE
        assert journal.verify(session) == []
    with pytest.raises(RefusedError):
        undo_run(migrated, number)


def test_imports_are_taken_back_one_after_the_other(migrated: Engine, tmp_path: Path) -> None:
    before = people_in(migrated)
    first = store_file(migrated, file_of(tmp_path, *ALL, "u1;Bo Ek;7A;Ekbackaskolan;elev;"))
    second = store_file(migrated, file_of(tmp_path, *ALL, "u1;Bo Al;7B;Ekbackaskolan;elev;"))
    assert (undo_run(migrated, second).restored, undo_run(migrated, first).removed) == (1, 1)
    assert people_in(migrated) == before


def test_what_has_been_touched_since_is_left_and_told(migrated: Engine, tmp_path: Path) -> None:
    path = file_of(
        tmp_path, f"{ELSA};Elsa Ek;7A;Ekbackaskolan;elev;", f"{AKE};Åke Zetterlund;7A;Ekbackaskolan;elev;ja", ALL[2],
        "u1;Bo Ek;7B;Ekbackaskolan;elev;", "u2;Bo Al;7B;Ekbackaskolan;elev;",
    )  # fmt: skip
    number = store_file(migrated, path)
    hand_out_to(migrated, "u1")
    with writing(migrated) as session:
        session.exec(select(Person).where(Person.external_id == ELSA)).one().name = "Elsa Gift"
    done = undo_run(migrated, number)
    assert (done.removed, done.restored, len(done.left)) == (1, 0, 3)
    assert person_of(migrated, "u1").unit_id
    assert person_of(migrated, ELSA).name == "Elsa Gift"
    assert person_of(migrated, AKE).is_protected, "protection is never taken away by the way"


def test_an_import_of_people_is_none_of_assets(engine: Engine, tmp_path: Path) -> None:
    number = store_file(engine, file_of(tmp_path, "u1;Bo Ek;7A;Ekbackaskolan;elev;"), Choices())
    with writing(engine) as session, pytest.raises(NotFoundError):
        take_assets_back(session, number, by=None, now=NOW)


def test_what_was_compared_before_the_register_changed_is_not_stored(
    migrated: Engine, tmp_path: Path
) -> None:
    path = file_of(tmp_path, *ALL[:2], "u1;Bo Ek;7A;Ekbackaskolan;elev;")
    seen = diff_of(migrated, path).seen
    with writing(migrated) as session:
        add_person(session, "u9", "Sen Anmäld", "7A", is_pupil=True)
    with writing(migrated) as session:
        run = ImportRun(what=ImportWhat.PEOPLE, state=ImportState.DRAFT, file="x", at=NOW, seen=seen)
        session.add(run)
    choices, deed = Choices(end_leavers=True), Deed(None, NOW, TODAY)
    with pytest.raises(StaleError), writing(migrated) as session:
        store_into(session, run, prepare(session, path, choices, deed), deed)
    assert person_of(migrated, "u9").is_active
    assert "u1" not in people_in(migrated)


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
    path = file_of(tmp_path, *(";".join(row) for row in rows), head=f"{HEAD};Aktiv")
    before = people_in(engine)
    diff = diff_of(engine, path)
    assert diff.complaints == []
    if not diff.to_store:
        return
    number = store_file(engine, path, replace(EVERYTHING, leavers=diff.counts[Outcome.LEAVES]))
    assert diff_of(engine, path).to_store == 0
    left = undo_run(engine, number).left
    after = people_in(engine)
    assert {code: one for code, one in after.items() if not one[4]} == {
        code: one for code, one in before.items() if not after[code][4]
    }
    for code in {code for code in after if after[code] != before.get(code)}:
        assert person_of(engine, code).id in left, "what is not as it was is told"
        with writing(engine) as session:  # the next example begins with the same register
            person = session.exec(select(Person).where(Person.external_id == code)).one()
            person.is_protected = before[code][4]
    assert people_in(engine) == before


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=300))
def test_no_file_is_too_strange(engine: Engine, tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "strange.csv"
    path.write_bytes(HEAD.encode("cp1252") + b"\r\n" + data)
    before = people_in(engine)
    try:
        diff_of(engine, path)
    except RefusedError as error:
        assert error.say(Language.EN)  # noqa: PT017 -- either ends well
    assert people_in(engine) == before
