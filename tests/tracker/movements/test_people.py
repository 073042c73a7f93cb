"""People by hand, on both databases: who may change whom, what never enters, and what the journal keeps apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from sqlmodel import Session, col, select

from tests.conftest import NOW, viewer_of
from tracker.db import writing
from tracker.errors import InvalidError, NotFoundError, RefusedError, StaleError
from tracker.journal import verify
from tracker.movements.people import AddPerson, ChangePerson, add_person, change_person
from tracker.roles import GrantFact, Viewer
from tracker.tables import JournalEntry, JournalPersonal, Person, Unit
from tracker.words import AssetStatus, Permission

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tests.tracker.movements.conftest import Put

TODAY = date(2026, 11, 23)
NUMBER = "19121212-1212"


def _unit_id(engine: Engine, name: str) -> int:
    with Session(engine) as session:
        return session.exec(select(Unit.id).where(Unit.name == name)).one() or 0


def _person(engine: Engine, name: str) -> Person:
    with Session(engine) as session:
        return session.exec(select(Person).where(Person.name == name)).one()


def _add(engine: Engine, by: Viewer, **more: Any) -> int:
    unit_id = _unit_id(engine, more.pop("unit", "7A"))
    values = {"name": "Maja Ny", "unit_id": unit_id, "is_pupil": True, "request_id": "add-1"} | more
    with writing(engine) as session:
        return add_person(session, AddPerson(**values), by=by, now=NOW)


def _change(engine: Engine, by: Viewer, who: str = "Elsa Ödman", **more: Any) -> None:
    person = _person(engine, who)
    if "unit" in more:
        more["unit_id"] = _unit_id(engine, more.pop("unit"))
    values = {
        "person_id": person.id,
        "version": person.version,
        "name": person.name,
        "external_id": person.external_id or "",
        "unit_id": person.unit_id,
        "is_pupil": person.is_pupil,
        "is_protected": person.is_protected,
        "is_active": person.is_active,
        "today": TODAY,
        "request_id": f"change-{person.version}",
    } | more
    with writing(engine) as session:
        change_person(session, ChangePerson(**values), by=by, now=NOW)


def _over(engine: Engine, unit: str, *held: Permission) -> Viewer:
    """Björn's account with these permissions over this unit."""
    with Session(engine) as session:
        path = session.exec(select(Unit.path).where(Unit.name == unit)).one()
    return Viewer(viewer_of(engine, "bjorn").user_id, "Björn Åkesson", (GrantFact(frozenset(held), path),))


def _last(engine: Engine) -> tuple[JournalEntry, JournalPersonal | None]:
    with Session(engine) as session:
        entry = session.exec(select(JournalEntry).order_by(col(JournalEntry.id).desc())).first()
        assert entry is not None
        assert verify(session) == []
        return entry, session.get(JournalPersonal, entry.id)


def test_a_person_is_added_once_and_found_by_the_name(migrated: Engine, technician: Viewer) -> None:
    person_id = _add(migrated, technician, name="  Maja   Ålund ", external_id="maja.alund")
    assert _add(migrated, technician, name="  Maja   Ålund ", external_id="maja.alund") == person_id
    person = _person(migrated, "Maja Ålund")
    assert (person.id, person.external_id, person.search_key) == (person_id, "maja.alund", "maja ålund")
    assert (person.is_active, person.left_on, person.version) == (True, None, 1)


def test_the_journal_keeps_what_is_personal_apart(migrated: Engine, technician: Viewer) -> None:
    _add(migrated, technician, name="Maja Ålund", external_id="maja.alund")
    entry, personal = _last(migrated)
    assert (entry.what, entry.facts) == ("person:add:record", {})
    assert personal is not None
    assert personal.fields["name"] == "Maja Ålund"
    _change(migrated, technician, "Maja Ålund", name="Maja Ek", is_protected=True)
    entry, personal = _last(migrated)
    assert (entry.what, entry.facts) == ("person:change:record", {"changed": ["name", "is_protected"]})
    assert personal is not None
    assert personal.fields["before"] == {"name": "Maja Ålund", "is_protected": False}
    assert personal.fields["after"] == {"name": "Maja Ek", "is_protected": True}


@pytest.mark.parametrize(
    ("values", "field", "code"),
    [
        ({"name": "  "}, "name", "people.no_name"),
        ({"name": "x" * 161}, "name", "imports.too_long"),
        ({"name": "Maja\u202e Ny"}, "name", "people.unseen_marks"),
        ({"name": f"Maja {NUMBER}"}, "name", "people.personal_number"),
        ({"external_id": NUMBER}, "external_id", "people.personal_number"),
        ({"external_id": "x" * 121}, "external_id", "imports.too_long"),
        ({"external_id": "p-elsa }dman"}, "external_id", "people.id_taken"),
        ({"unit_id": 4711}, "unit", "people.no_unit"),
    ],
)
def test_what_cannot_be_taken_is_said_at_its_field(
    migrated: Engine, technician: Viewer, values: dict[str, Any], field: str, code: str
) -> None:
    said = []
    with pytest.raises(InvalidError) as adding:
        _add(migrated, technician, **values)
    said.append(adding.value.fields)
    with pytest.raises(InvalidError) as changing:
        _change(migrated, technician, "Åke Zetterlund", **values)
    said.append(changing.value.fields)
    for fields in said:
        assert {name: one.code for name, one in fields.items()} == {field: code}
        assert "1212" not in str(fields[field].data)
    assert _person(migrated, "Åke Zetterlund").version == 1


def test_a_person_keeps_the_id_it_has(migrated: Engine, technician: Viewer) -> None:
    _change(migrated, technician, external_id="p-elsa }dman", name="Elsa Ek")
    assert _person(migrated, "Elsa Ek").external_id == "p-elsa }dman"


def test_of_two_with_one_id_at_the_same_moment_the_second_is_told(
    migrated: Engine, technician: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "tracker.movements.people._check_id", lambda *_: None
    )  # it looked before the first wrote
    with pytest.raises(InvalidError) as error:
        _add(migrated, technician, external_id="p-elsa }dman")
    assert error.value.fields["external_id"].code == "people.id_taken"
    with pytest.raises(InvalidError):
        _change(migrated, technician, "Åke Zetterlund", external_id="p-elsa }dman")
    assert _person(migrated, "Åke Zetterlund").version == 1


def test_a_stale_form_loses_and_is_told_who_was_first(migrated: Engine, technician: Viewer) -> None:
    _change(migrated, technician, name="Elsa Ek")
    with pytest.raises(StaleError) as error:
        _change(migrated, technician, "Elsa Ek", version=1, request_id="late")
    assert error.value.data["who"] == "Anna Ek"
    assert _person(migrated, "Elsa Ek").version == 2


def test_who_leaves_with_devices_is_written_down_with_the_day_and_may_come_back(
    migrated: Engine, technician: Viewer, put: Put
) -> None:
    put("EK-1", status=AssetStatus.HANDED_OUT, holder="Elsa Ödman")
    _change(migrated, technician, is_active=False)
    person = _person(migrated, "Elsa Ödman")
    assert (person.is_active, person.left_on) == (False, TODAY)
    assert _last(migrated)[0].facts == {"changed": ["is_active", "left_on"], "held": 1}
    _change(migrated, technician, is_active=False, left_on="2026-06-11")
    assert _person(migrated, "Elsa Ödman").left_on == date(2026, 6, 11)
    assert "held" not in _last(migrated)[0].facts
    _change(migrated, technician, is_active=True, left_on="2026-06-11")
    person = _person(migrated, "Elsa Ödman")
    assert (person.is_active, person.left_on) == (True, None)


def test_nobody_has_left_on_a_day_to_come(migrated: Engine, technician: Viewer) -> None:
    with pytest.raises(InvalidError) as error:
        _change(migrated, technician, is_active=False, left_on="2026-11-24")
    assert error.value.fields["left_on"].code == "people.left_in_future"
    assert _person(migrated, "Elsa Ödman").is_active


def test_another_units_person_is_not_there(migrated: Engine, staff: Viewer) -> None:
    both = {Permission.PERSON_EDIT, Permission.PERSON_VIEW}
    for by in (staff, _over(migrated, "Ekbackaskolan", *both)):
        with pytest.raises(NotFoundError):
            _change(migrated, by, "Kim Kvarn", name="Kim K")
    with pytest.raises(NotFoundError):
        _change(migrated, staff, name="Elsa E")  # school staff see, they do not edit
    with pytest.raises(NotFoundError):
        _change(migrated, _over(migrated, "Ekbackaskolan", Permission.PERSON_EDIT), name="Elsa E")


def test_a_person_is_moved_and_put_only_where_the_actor_edits(migrated: Engine, technician: Viewer) -> None:
    own = _over(migrated, "Ekbackaskolan", Permission.PERSON_EDIT, Permission.PERSON_VIEW)
    for attempt in (
        lambda: _change(migrated, own, unit="Kvarnskolan"),
        lambda: _add(migrated, own, unit="Kvarnskolan"),
    ):
        with pytest.raises(InvalidError) as error:
            attempt()
        assert error.value.fields["unit"].code == "people.no_unit"
    _change(migrated, own, unit="Ekbackaskolan")
    _change(migrated, technician, unit="Kvarnskolan")
    assert _person(migrated, "Elsa Ödman").unit_id == _unit_id(migrated, "Kvarnskolan")


def test_only_who_may_see_a_protected_person_edits_one(migrated: Engine, technician: Viewer) -> None:
    with pytest.raises(RefusedError, match="protected_stays"):
        _change(migrated, technician, "Skyddad Elev", is_protected=False)
    grant = GrantFact(frozenset({Permission.PERSON_VIEW_PROTECTED}), "/")
    trusted = replace(technician, grants=(*technician.grants, grant))
    _change(migrated, trusted, "Skyddad Elev", is_protected=False)
    assert not _person(migrated, "Skyddad Elev").is_protected
