"""Seen somewhere else: one press makes the register say so, and one undo takes it back."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlmodel import col, select

from discovery.sighting import DeviceClass
from tests.conftest import NOW, viewer_of
from tests.tracker.movements.conftest import put_asset
from tracker import journal
from tracker.applying import apply
from tracker.db import reading, writing
from tracker.errors import NotFoundError, RefusedError, StaleError
from tracker.movements.answers import undo
from tracker.movements.placing import CorrectPlace, correct_place
from tracker.reconcile import reconcile
from tracker.register import read_world
from tracker.roles import GrantFact, Viewer
from tracker.tables import (
    Asset,
    Device,
    DeviceModel,
    Finding,
    JournalEntry,
    Movement,
    Network,
    Room,
    Sighting,
    Site,
)
from tracker.words import (
    AssetStatus,
    FindingKind,
    FindingState,
    MovementKind,
    Permission,
    Profile,
    Purpose,
)

if TYPE_CHECKING:
    from sqlalchemy import Engine

LATER = NOW + timedelta(hours=1)


def _site(engine: Engine, name: str) -> int:
    with reading(engine) as session:
        return session.exec(select(Site.id).where(Site.name == name)).one() or 0


def _night(engine: Engine) -> None:
    """Judge the register as a night does in which nothing new is seen."""
    with reading(engine) as session:
        world = read_world(session, (), LATER)
    apply(engine, reconcile(world), scan_id=None, now=LATER, live={f.id: f.facts for f in world.findings})


def _moved(engine: Engine, count: int = 1) -> list[int]:
    """Cameras of Ekbackaskolan that a night finds at Kvarnskolan; the ids of the findings."""
    home, there = _site(engine, "Ekbackaskolan"), _site(engine, "Kvarnskolan")
    tags = [f"K-{n}" for n in range(count)]
    with writing(engine) as session:
        room = Room(site_id=home, name="B12", sort_key="b12")
        network = Network(
            name="kvarn", site_id=there, cidrs="10.0.1.0/24", purpose=Purpose.SCHOOL, profile=Profile.FULL
        )
        model = DeviceModel(vendor="Axis", name="P3245", sort_key="axis", device_class=DeviceClass.CAMERA)
        session.add_all((room, network, model))
        session.flush()
        network_id, room_id, model_id = network.id or 0, room.id, model.id
    for tag in tags:
        asset_id = put_asset(engine, tag, status=AssetStatus.IN_USE)
        with writing(engine) as session:
            asset = session.get_one(Asset, asset_id)
            asset.site_id, asset.room_id, asset.model_id = home, room_id, model_id
            device = Device(
                asset_id=asset_id,
                network_id=network_id,
                device_class=DeviceClass.CAMERA,
                first_seen=NOW - timedelta(days=3),
                last_seen=NOW,
            )
            session.add(device)
            session.flush()
            seen = Sighting(
                device_id=device.id or 0,
                network_id=network_id,
                source="arp",
                first_seen=NOW - timedelta(days=3),
                last_seen=NOW,
            )
            session.add(seen)
    _night(engine)
    with reading(engine) as session:
        rows = session.exec(
            select(Finding).where(Finding.kind == FindingKind.MOVED).order_by(col(Finding.id))
        )
        return [row.id or 0 for row in rows]


def _press(engine: Engine, by: Viewer, ids: list[int], **more: Any) -> int:
    pairs = tuple((number, more.get("version", 1)) for number in ids)
    with writing(engine) as session:
        command = CorrectPlace(findings=pairs, request_id=more.get("request_id", "r1"))
        return correct_place(session, command, by=by, now=LATER)


def _undo(engine: Engine, by: Viewer) -> list[int]:
    with writing(engine) as session:
        return undo(session, "r1", by=by, now=LATER)


def _states(engine: Engine) -> list[FindingState]:
    with reading(engine) as session:
        return list(session.exec(select(Finding.state).order_by(col(Finding.id))))


def _places(engine: Engine) -> set[tuple[int | None, int | None]]:
    with reading(engine) as session:
        return {(asset.site_id, asset.room_id) for asset in session.exec(select(Asset))}


def test_a_group_is_registered_where_it_was_seen_in_one_press(migrated: Engine, technician: Viewer) -> None:
    ids = _moved(migrated, 4)
    assert len(ids) == 4
    assert _press(migrated, technician, ids) == 4
    there = _site(migrated, "Kvarnskolan")
    assert _places(migrated) == {(there, None)}  # a room of another site is no room of this one
    assert _states(migrated) == [FindingState.CLOSED] * 4
    with reading(migrated) as session:
        steps = session.exec(select(Movement)).all()
        entries = session.exec(select(JournalEntry).where(JournalEntry.what == "asset:place:correct")).all()
        assert journal.verify(session) == []
        assert {asset.version for asset in session.exec(select(Asset))} == {2}
    assert {step.kind for step in steps} == {MovementKind.CHANGED}
    assert {step.facts["changes"]["site_id"][1] for step in steps} == {there}
    assert {entry.facts["tag"] for entry in entries} == {"K-0", "K-1", "K-2", "K-3"}


def test_the_next_night_does_not_ask_again(migrated: Engine, technician: Viewer) -> None:
    _press(migrated, technician, _moved(migrated))
    _night(migrated)
    assert _states(migrated) == [FindingState.CLOSED]


def test_a_repeated_send_does_nothing_twice(migrated: Engine, technician: Viewer) -> None:
    ids = _moved(migrated)
    assert _press(migrated, technician, ids) == _press(migrated, technician, ids) == 1
    with reading(migrated) as session:
        assert len(session.exec(select(Movement)).all()) == 1


def test_undo_puts_back_place_and_room_and_asks_again(migrated: Engine, technician: Viewer) -> None:
    ids = _moved(migrated, 2)
    before = _places(migrated)
    _press(migrated, technician, ids)
    assert _undo(migrated, technician) == ids
    assert _places(migrated) == before
    assert _states(migrated) == [FindingState.OPEN] * 2
    with reading(migrated) as session:
        assert len(session.exec(select(Movement)).all()) == 4
        assert {f.closed_at for f in session.exec(select(Finding))} == {None}
    with pytest.raises(NotFoundError):
        _undo(migrated, technician)
    _night(migrated)
    assert _states(migrated) == [FindingState.OPEN] * 2


def test_undo_is_refused_whole_when_one_has_been_changed_since(migrated: Engine, technician: Viewer) -> None:
    ids = _moved(migrated, 2)
    _press(migrated, technician, ids)
    with writing(migrated) as session:
        asset = session.exec(select(Asset).where(Asset.tag == "K-1")).one()
        session.add(
            Movement(asset_id=asset.id, kind=MovementKind.RETURNED, at=LATER, unit_id=asset.unit_id, facts={})
        )
    with pytest.raises(RefusedError) as caught:
        _undo(migrated, technician)
    assert caught.value.data["tag"] == "K-1"
    assert _places(migrated) == {(_site(migrated, "Kvarnskolan"), None)}


def test_the_slower_of_two_changes_nothing(migrated: Engine, technician: Viewer) -> None:
    ids = _moved(migrated, 2)
    with writing(migrated) as session:
        session.get_one(Finding, ids[1]).version = 2
    before = _places(migrated)
    with pytest.raises(StaleError):
        _press(migrated, technician, ids)
    assert _places(migrated) == before
    assert _states(migrated) == [FindingState.OPEN] * 2


def test_what_a_person_has_changed_since_the_night_is_left_alone(
    migrated: Engine, technician: Viewer
) -> None:
    ids = _moved(migrated)
    town_hall = _site(migrated, "Stadshuset")
    with writing(migrated) as session:
        session.exec(select(Asset)).one().site_id = town_hall
    with pytest.raises(RefusedError) as caught:
        _press(migrated, technician, ids)
    assert caught.value.code == "answers.changed_since"
    with writing(migrated) as session:
        asset = session.exec(select(Asset)).one()
        asset.site_id, asset.status = _site(migrated, "Ekbackaskolan"), AssetStatus.RETURNED
    with pytest.raises(RefusedError):
        _press(migrated, technician, ids, request_id="r2")


def test_a_finding_of_another_kind_or_closed_has_no_place_to_correct(
    migrated: Engine, technician: Viewer
) -> None:
    ids = _moved(migrated)
    with writing(migrated) as session:
        session.get_one(Finding, ids[0]).kind = FindingKind.NOT_SEEN
    with pytest.raises(RefusedError) as caught:
        _press(migrated, technician, ids)
    assert caught.value.code == "answers.no_place"
    with writing(migrated) as session:
        finding = session.get_one(Finding, ids[0])
        finding.kind, finding.closed_at = FindingKind.MOVED, NOW
    with pytest.raises(RefusedError):
        _press(migrated, technician, ids, request_id="r2")


@pytest.mark.parametrize("who", ["bjorn", "cecilia", "david"])
def test_who_may_not_decide_finds_nothing_to_correct(migrated: Engine, who: str) -> None:
    ids = _moved(migrated)
    with pytest.raises(NotFoundError):
        _press(migrated, viewer_of(migrated, who), ids)


def test_who_may_decide_but_not_change_assets_corrects_nothing(migrated: Engine, technician: Viewer) -> None:
    ids = _moved(migrated)
    (grant,) = technician.grants
    decider = Viewer(
        technician.user_id, "", (GrantFact(frozenset({Permission.FINDING_DECIDE}), grant.unit_path),)
    )
    with pytest.raises(NotFoundError):
        _press(migrated, decider, ids)
    _press(migrated, technician, ids)
    with pytest.raises(NotFoundError):
        _undo(migrated, decider)
