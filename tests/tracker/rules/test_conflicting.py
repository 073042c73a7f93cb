"""Identifiers in conflict are asked about, once, and nobody is joined."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.sighting import DeviceClass
from tests.tracker.seen import DOCK, MAC, MAC_KIND, NOW, OTHER, SERIAL, asset, device, sighting, world
from tracker.findings_text import sentence
from tracker.reconcile import reconcile
from tracker.shared_macs import serial_holders
from tracker.words import AssetStatus, FindingKind, Language

if TYPE_CHECKING:
    from tracker.facts import Plan, Wanted

FIRST, SECOND = asset(1, (SERIAL, "PF3ABC01")), asset(2, (MAC_KIND, MAC))
TWO_FACED = device(3, (SERIAL, "PF3ABC01"), (MAC_KIND, MAC), ip="10.0.0.5", device_class=DeviceClass.COMPUTER)


def _found(plan: Plan) -> list[Wanted]:
    return [s.wanted for s in plan.steps if s.wanted and s.wanted.kind is FindingKind.CONFLICTING]


def _kinds(plan: Plan) -> set[FindingKind]:
    return {s.wanted.kind for s in plan.steps if s.wanted}


def test_a_device_that_is_two_assets_is_asked_about_and_not_told_as_a_stranger() -> None:
    plan = reconcile(world(assets=(FIRST, SECOND), devices=(TWO_FACED,)))
    (one,) = _found(plan)
    assert _kinds(plan) == {FindingKind.CONFLICTING}
    assert one.key({}) == "conflicting:device:3"
    assert sentence(one, Language.SV) == (
        "Dator på Stadshuset visar sig som två tillgångar: T-1 (PF3ABC01) och T-2 (9c:b6:d0:00:00:01)."
    )
    assert one.facts["maybe"] == ["T-1", "T-2"]


def test_three_rules_ask_for_the_contradictions_and_they_are_worked_out_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(
        "tracker.contradicting.serial_holders", lambda world: asked.append(1) or serial_holders(world)
    )
    plan = reconcile(world(assets=(FIRST, SECOND), devices=(TWO_FACED,)))
    assert len(_found(plan)) == 1
    assert asked == [1]


def test_it_is_asked_the_first_night_and_the_device_is_linked_to_neither() -> None:
    seen = sighting(1, "10.0.0.5", MAC, serials=("PF3ABC01",))
    plan = reconcile(world(assets=(FIRST, SECOND), sightings=(seen,)))
    assert len(_found(plan)) == 1
    assert [d.asset_id for d in plan.devices] == [None]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (FIRST, asset(2, (DOCK, MAC))),  # a dock goes from hand to hand
        (FIRST, asset(2, (MAC_KIND, OTHER))),
        (FIRST, asset(2, (MAC_KIND, MAC), status=AssetStatus.DISPOSED)),
        (asset(1, (SERIAL, "PF3ABC01"), (MAC_KIND, MAC)), asset(2)),
    ],
)
def test_what_does_not_contradict_is_left_alone(first: object, second: object) -> None:
    assert _found(reconcile(world(assets=(first, second), devices=(TWO_FACED,)))) == []


def test_a_stack_of_switches_is_several_assets_rightly() -> None:
    stack = device(3, (SERIAL, "FOC1"), (SERIAL, "FOC2"), device_class=DeviceClass.NETWORK)
    assets = (asset(1, (SERIAL, "FOC1")), asset(2, (SERIAL, "FOC2")))
    assert _found(reconcile(world(assets=assets, devices=(stack,)))) == []


def test_what_a_device_showed_once_and_shows_no_more_is_no_conflict() -> None:
    moved_on = replace(TWO_FACED, stale=frozenset({(MAC_KIND, MAC)}))
    assert _found(reconcile(world(assets=(FIRST, SECOND), devices=(moved_on,)))) == []
    back = sighting(1, "10.0.0.5", MAC, serials=("PF3ABC01",))
    assert len(_found(reconcile(world(assets=(FIRST, SECOND), devices=(moved_on,), sightings=(back,))))) == 1


def _twin(number: int, mac: str, days: float = 0) -> object:
    at = NOW - timedelta(days=days)
    return device(number, (SERIAL, "CN0001"), (MAC_KIND, mac), last_seen=at, name=f"pc-{number}")


def test_two_devices_with_one_serial_are_one_question_in_whatever_order() -> None:
    one = reconcile(world(devices=(_twin(3, MAC), _twin(4, OTHER))))
    other = reconcile(world(devices=(_twin(4, OTHER), _twin(3, MAC))))
    assert (
        [w.key({}) for w in _found(one)]
        == [w.key({}) for w in _found(other)]
        == ["conflicting:serial:CN0001"]
    )
    assert sentence(_found(one)[0], Language.SV).endswith("visar samma serienummer som pc-3: CN0001.")


def test_a_serial_that_moved_on_long_ago_is_no_conflict() -> None:
    assert _found(reconcile(world(devices=(_twin(3, MAC, 20), _twin(4, OTHER))))) == []


@given(st.permutations([FIRST, SECOND, asset(7, (MAC_KIND, OTHER))]))
def test_the_order_of_the_register_changes_nothing(assets: list) -> None:
    plan = reconcile(world(assets=tuple(assets), devices=(TWO_FACED,)))
    assert [w.facts["first"] for w in _found(plan)] == ["T-1"]
