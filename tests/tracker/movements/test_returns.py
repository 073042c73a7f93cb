"""Take back: every scan has one outcome, and two people with one device make one return."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlmodel import col, func, select

from tests.conftest import NOW, viewer_of
from tracker import journal
from tracker.db import reading, writing
from tracker.errors import NotFoundError, RefusedError, WrongStatusError
from tracker.movements.returns import OutcomeKind, TakeBack, take_back, undo_return
from tracker.tables import Asset, Movement, Person
from tracker.words import AssetStatus, Condition, MovementKind

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tests.tracker.movements.conftest import Put
    from tracker.movements.returns import Outcome
    from tracker.roles import Viewer

OUT = {"status": AssetStatus.HANDED_OUT, "holder": "Elsa Ödman"}


def _scan(engine: Engine, by: Viewer, code: str, request: str = "r1", **more: object) -> Outcome:
    with writing(engine) as session:
        command = TakeBack(code=code, request_id=request, **more)
        return take_back(session, command, by=by, now=NOW)


def _asset(engine: Engine, asset_id: int) -> Asset:
    with reading(engine) as session:
        return session.exec(select(Asset).where(Asset.id == asset_id)).one()


def _movements(engine: Engine, kind: MovementKind) -> list[Movement]:
    with reading(engine) as session:
        return list(session.exec(select(Movement).where(Movement.kind == kind).order_by(col(Movement.id))))


def test_a_return_frees_the_unit_and_says_whose_it_was(migrated: Engine, put: Put, staff: Viewer) -> None:
    asset_id = put("EK-C0001", **OUT)
    outcome = _scan(migrated, staff, "EK-C0001", condition=Condition.WORN, has_charger=False)
    assert (outcome.kind, outcome.tag, outcome.asset_id) == (OutcomeKind.FINE, "EK-C0001", asset_id)
    asset = _asset(migrated, asset_id)
    assert (asset.status, asset.holder_id) == (AssetStatus.RETURNED, None)
    (movement,) = _movements(migrated, MovementKind.RETURNED)
    assert (movement.before, movement.after) == (AssetStatus.HANDED_OUT, AssetStatus.RETURNED)
    assert (movement.condition, movement.has_charger) == (Condition.WORN, False)
    assert movement.receipt == outcome.receipt
    with reading(migrated) as session:
        elsa = session.exec(select(Person.id).where(Person.name == "Elsa Ödman")).one()
        assert journal.verify(session) == []
    assert outcome.holder_id == elsa


@pytest.mark.parametrize(
    "code", ["ek-c0001", " EK-C0001 ", "PF3ABC1", "pf3abc1", "http://x.example/a/EK-C0001"]
)
def test_one_box_takes_tag_serial_and_link(migrated: Engine, put: Put, staff: Viewer, code: str) -> None:
    put("EK-C0001", serial="PF3ABC1", **OUT)
    assert _scan(migrated, staff, code).kind is OutcomeKind.FINE


def test_the_second_scan_says_who_was_first(migrated: Engine, put: Put, staff: Viewer) -> None:
    put("EK-C0001", **OUT)
    _scan(migrated, staff, "EK-C0001")
    again = _scan(migrated, staff, "EK-C0001", "r2")
    assert (again.kind, again.who) == (OutcomeKind.ALREADY, "Björn Åkesson")
    assert again.when is not None
    assert again.when.startswith("2026-11-23T09:00")
    assert len(_movements(migrated, MovementKind.RETURNED)) == 1


def test_a_repeated_send_does_nothing_twice(migrated: Engine, put: Put, staff: Viewer) -> None:
    put("EK-C0001", **OUT)
    first = _scan(migrated, staff, "EK-C0001", "same")
    assert _scan(migrated, staff, "EK-C0001", "same") == first
    assert len(_movements(migrated, MovementKind.RETURNED)) == 1


def test_a_request_id_of_another_person_or_another_act_is_refused(
    migrated: Engine, put: Put, staff: Viewer, technician: Viewer
) -> None:
    put("EK-C0001", **OUT)
    _scan(migrated, staff, "EK-C0001", "same")
    with pytest.raises(RefusedError):
        _scan(migrated, technician, "EK-C0001", "same")
    with pytest.raises(RefusedError):
        _scan(migrated, staff, "EK-C0001", "")


def test_an_unknown_code_is_kept_as_a_find_with_near_misses(
    migrated: Engine, put: Put, staff: Viewer
) -> None:
    put("EK-C0001", **OUT)
    outcome = _scan(migrated, staff, "EK-C0002")
    assert outcome.kind is OutcomeKind.UNKNOWN
    assert "EK-C0001" in outcome.near_misses
    (find,) = _movements(migrated, MovementKind.FIND)
    assert find.facts == {"code": "EK-C0002"}


def test_another_schools_unit_is_a_find_and_stays_as_it_is(migrated: Engine, put: Put, staff: Viewer) -> None:
    asset_id = put("EK-C0003", unit="Kvarnskolan", status=AssetStatus.HANDED_OUT, holder="Kim Kvarn")
    outcome = _scan(migrated, staff, "EK-C0003")
    assert (outcome.kind, outcome.asset_id, outcome.holder_id) == (OutcomeKind.OTHER_UNIT, None, None)
    assert _asset(migrated, asset_id).status is AssetStatus.HANDED_OUT


@pytest.mark.parametrize("status", [AssetStatus.DISPOSED, AssetStatus.RETIRED, AssetStatus.IN_STOCK])
def test_what_cannot_be_taken_back_is_refused_in_a_sentence(
    migrated: Engine, put: Put, staff: Viewer, status: AssetStatus
) -> None:
    put("EK-C0001", status=status)
    with pytest.raises(WrongStatusError):
        _scan(migrated, staff, "EK-C0001")
    assert _scan(migrated, staff, "EK-C0009", "r1").kind is OutcomeKind.UNKNOWN, (
        "the failed request left no trace"
    )


@pytest.mark.parametrize("status", [AssetStatus.LOST, AssetStatus.STOLEN, AssetStatus.IN_USE])
def test_what_turns_up_is_taken_back(migrated: Engine, put: Put, staff: Viewer, status: AssetStatus) -> None:
    put("EK-C0001", status=status)
    assert _scan(migrated, staff, "EK-C0001").kind is OutcomeKind.FINE


def test_nobody_without_the_right_takes_back(migrated: Engine, put: Put) -> None:
    put("EK-C0001", **OUT)
    with pytest.raises(NotFoundError):
        _scan(migrated, viewer_of(migrated, "david"), "EK-C0001")


def test_undo_puts_the_unit_back_and_keeps_both_steps(migrated: Engine, put: Put, staff: Viewer) -> None:
    asset_id = put("EK-C0001", **OUT)
    outcome = _scan(migrated, staff, "EK-C0001")
    with writing(migrated) as session:
        undo_return(session, outcome.movement_id or 0, by=staff, now=NOW + timedelta(seconds=5))
    asset = _asset(migrated, asset_id)
    assert (asset.status, asset.holder_id) == (AssetStatus.HANDED_OUT, outcome.holder_id)
    assert len(_movements(migrated, MovementKind.RETURNED)) == 1
    assert len(_movements(migrated, MovementKind.CHANGED)) == 1
    with pytest.raises(RefusedError), writing(migrated) as session:
        undo_return(session, outcome.movement_id or 0, by=staff, now=NOW)


@pytest.mark.parametrize("who", ["david", "cecilia"])
def test_undo_needs_the_right_too(migrated: Engine, put: Put, staff: Viewer, who: str) -> None:
    put("EK-C0001", **OUT)
    outcome = _scan(migrated, staff, "EK-C0001")
    with pytest.raises(NotFoundError), writing(migrated) as session:
        undo_return(session, outcome.movement_id or 0, by=viewer_of(migrated, who), now=NOW)


@pytest.mark.parametrize("same_request", [False, True], ids=["eight people", "one send eight times"])
def test_eight_at_once_make_one_return(
    migrated: Engine, put: Put, staff: Viewer, *, same_request: bool
) -> None:
    ids = [put(f"EK-C{n:04d}", **OUT) for n in range(5)]
    outcomes: list[Outcome] = []
    errors: list[BaseException] = []
    together = threading.Barrier(8)

    def one(number: int) -> None:
        try:
            for n in range(5):
                together.wait()
                request = f"{n}" if same_request else f"{n}-{number}"
                outcomes.append(_scan(migrated, staff, f"EK-C{n:04d}", request))
        except BaseException as error:  # noqa: BLE001 -- shown by the test
            errors.append(error)
            together.abort()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    fine = [outcome for outcome in outcomes if outcome.kind is OutcomeKind.FINE]
    assert len(fine) == (40 if same_request else 5)
    assert len({outcome.movement_id for outcome in fine}) == 5
    assert len(_movements(migrated, MovementKind.RETURNED)) == 5
    with reading(migrated) as session:
        returned = select(func.count()).select_from(Asset).where(Asset.status == AssetStatus.RETURNED)
        assert session.exec(returned).one() == len(ids)
        assert journal.verify(session) == []
