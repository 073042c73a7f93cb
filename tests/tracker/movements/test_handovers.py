from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlmodel import select

from tests.conftest import NOW
from tracker import journal
from tracker.db import reading, writing
from tracker.errors import NotFoundError, RefusedError, StaleError, WrongStatusError
from tracker.movements.acting import change
from tracker.movements.handovers import HandOut, hand_out
from tracker.tables import Asset, JournalEntry, JournalPersonal, Movement, Person
from tracker.words import AssetStatus, MovementKind

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tests.tracker.movements.conftest import Put
    from tracker.roles import Viewer


def _person(engine: Engine, name: str) -> int:
    with reading(engine) as session:
        return session.exec(select(Person.id).where(Person.name == name)).one() or 0


def _hand(engine: Engine, by: Viewer, holder: str, *assets: int, request: str = "r1") -> list[str]:
    command = HandOut(asset_ids=assets, holder_id=_person(engine, holder), request_id=request)
    with writing(engine) as session:
        return hand_out(session, command, by=by, now=NOW)


def _status(engine: Engine, asset_id: int) -> AssetStatus:
    with reading(engine) as session:
        return session.exec(select(Asset.status).where(Asset.id == asset_id)).one()


def test_several_units_go_to_one_person_in_one_go(migrated: Engine, put: Put, staff: Viewer) -> None:
    ids = [put("EK-C0001"), put("EK-C0002", status=AssetStatus.RETURNED)]
    receipts = _hand(migrated, staff, "Elsa Ödman", *ids)
    assert len(set(receipts)) == 2
    assert [_status(migrated, one) for one in ids] == [AssetStatus.HANDED_OUT] * 2
    with reading(migrated) as session:
        movements = session.exec(select(Movement).where(Movement.kind == MovementKind.HANDED_OUT)).all()
        assert journal.verify(session) == []
    assert sorted(m.receipt or "" for m in movements) == sorted(receipts)


def test_one_that_cannot_go_keeps_all_at_home(migrated: Engine, put: Put, staff: Viewer) -> None:
    good, bad = put("EK-C0001"), put("EK-C0002", status=AssetStatus.DISPOSED)
    with pytest.raises(WrongStatusError):
        _hand(migrated, staff, "Elsa Ödman", good, bad)
    assert _status(migrated, good) is AssetStatus.IN_STOCK


@pytest.mark.parametrize(("unit", "holder"), [("Kvarnskolan", "Elsa Ödman"), ("Ekbackaskolan", "Kim Kvarn")])
def test_neither_unit_nor_person_of_another_school_is_there(
    migrated: Engine, put: Put, staff: Viewer, unit: str, holder: str
) -> None:
    asset_id = put("EK-C0001", unit=unit)
    with pytest.raises(NotFoundError):
        _hand(migrated, staff, holder, asset_id)


def test_a_person_who_has_left_gets_nothing(migrated: Engine, put: Put, staff: Viewer) -> None:
    asset_id = put("EK-C0001")
    with writing(migrated) as session:
        session.exec(select(Person).where(Person.name == "Elsa Ödman")).one().is_active = False
    with pytest.raises(RefusedError):
        _hand(migrated, staff, "Elsa Ödman", asset_id)


def test_the_slower_of_two_is_told_who_was_first(
    migrated: Engine, put: Put, staff: Viewer, technician: Viewer
) -> None:
    asset_id = put("EK-C0001")
    with reading(migrated) as session:
        as_the_slower_saw_it = session.exec(select(Asset).where(Asset.id == asset_id)).one()
    _hand(migrated, technician, "Elsa Ödman", asset_id)
    with pytest.raises(StaleError) as caught, writing(migrated) as session:
        change(session, as_the_slower_saw_it, NOW, status=AssetStatus.HANDED_OUT)
    assert caught.value.data["who"] == "Anna Ek"


def test_a_name_is_in_the_erasable_part_of_the_journal_only(
    migrated: Engine, put: Put, staff: Viewer
) -> None:
    _hand(migrated, staff, "Elsa Ödman", put("EK-C0001"))
    with writing(migrated) as session:
        entries = session.exec(select(JournalEntry)).all()
        assert not any("Elsa" in str(entry.facts) for entry in entries)
        assert [p.fields for p in session.exec(select(JournalPersonal))] == [{"holder": "Elsa Ödman"}]
        assert journal.erase_personal(session, [entry.id or 0 for entry in entries]) == 1
    with reading(migrated) as session:
        assert journal.verify(session) == []
        assert session.exec(select(JournalPersonal)).all() == []
