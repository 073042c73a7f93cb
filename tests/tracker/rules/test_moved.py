"""Seen somewhere else than registered: a visit is no move, and the register's correction ends it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from discovery.sighting import DeviceClass
from tests.tracker.seen import NOW, SERIAL, asset, device, sighting, world
from tracker.facts import NetworkFact, Place
from tracker.findings_text import sentence
from tracker.reconcile import reconcile
from tracker.words import AssetStatus, FindingKind, Language, Purpose

if TYPE_CHECKING:
    from tracker.facts import KnownAsset, Wanted

HOME = NetworkFact(1, "ekbacka", Purpose.SCHOOL, 1, "Ekbackaskolan", 5, ("10.0.0.0/24",), NOW)
AWAY = NetworkFact(2, "kvarn", Purpose.SCHOOL, 2, "Kvarnskolan", 7, ("10.0.1.0/24",), NOW)
GUEST = NetworkFact(3, "gast", Purpose.GUEST, 2, "Kvarnskolan", 7, ("10.0.2.0/24",), NOW)
NETWORKS = (HOME, AWAY, GUEST)


def _chromebook(**more: object) -> KnownAsset:
    said = {
        "device_class": DeviceClass.CHROMEBOOK,
        "status": AssetStatus.HANDED_OUT,
        "homes": frozenset({1}),
        "home": "Ekbackaskolan",
    }
    return asset(1, (SERIAL, "PF3ABC01"), **{**said, **more})


def _place(site: int, first: float, last: float) -> Place:
    return Place(site, NOW - timedelta(days=first), NOW - timedelta(days=last))


def _moved(one: KnownAsset, *places: Place) -> list[Wanted]:
    latest = max(places, key=lambda p: p.last_seen)
    known = device(
        3,
        (SERIAL, "PF3ABC01"),
        asset_id=1,
        network_id=latest.site_id,
        last_seen=latest.last_seen,
        places=places,
    )
    steps = reconcile(world(assets=(one,), devices=(known,), networks=NETWORKS)).steps
    return [s.wanted for s in steps if s.wanted and s.wanted.kind is FindingKind.MOVED]


def test_a_chromebook_that_has_been_elsewhere_for_two_weeks_is_told() -> None:
    (one,) = _moved(_chromebook(), _place(1, 200, 20), _place(2, 13, 1))
    assert one.key({}) == "moved:asset:1"
    assert sentence(one, Language.SV) == (
        "Chromebook T-1 hör till Ekbackaskolan men har synts på Kvarnskolan sedan tisdag 10 november 10.00."
    )
    assert one.rule == "TRF-03"


@pytest.mark.parametrize(
    "places",
    [
        [_place(1, 200, 20), _place(2, 3, 0)],  # a visit of three days
        [_place(1, 200, 1), _place(2, 30, 2)],  # home again
        [_place(1, 200, 3), _place(2, 150, 0)],  # visited in the summer, at home since, and there again
        [_place(2, 300, 60)],  # seen nowhere for two months: missed, not moved
        [_place(1, 200, 0)],
    ],
)
def test_a_visit_is_no_move(places: list[Place]) -> None:
    assert _moved(_chromebook(), *places) == []


def test_an_earlier_visit_is_not_counted_from() -> None:
    (one,) = _moved(_chromebook(), _place(1, 200, 9), _place(2, 150, 0))
    assert one.facts["since"] == (NOW - timedelta(days=9)).isoformat()


def test_fixed_equipment_has_moved_when_a_night_passed() -> None:
    camera = _chromebook(device_class=DeviceClass.CAMERA, status=AssetStatus.IN_USE)
    assert _moved(camera, _place(1, 200, 1.1), _place(2, 0, 0))
    assert _moved(camera, _place(1, 200, 0.1), _place(2, 150, 0)) == []  # stands in both, as a router does


@pytest.mark.parametrize(
    "more",
    [
        {"homes": frozenset({1, 2})},
        {"homes": frozenset(), "home": None},
        {"status": AssetStatus.IN_STOCK},
        {"status": AssetStatus.RETURNED},
    ],
)
def test_nothing_is_said_where_the_register_does_not_say_otherwise(more: dict) -> None:
    assert _moved(_chromebook(**more), _place(1, 200, 20), _place(2, 13, 1)) == []


def test_a_guest_network_says_nothing_of_where_a_thing_belongs() -> None:
    known = device(3, (SERIAL, "PF3ABC01"), asset_id=1, network_id=1, places=(_place(1, 200, 20),))
    seen = sighting(1, "10.0.2.9", None, serials=("PF3ABC01",), network="gast")
    plan = reconcile(world(assets=(_chromebook(),), devices=(known,), networks=NETWORKS, sightings=(seen,)))
    assert [d.places for d in plan.devices] == [(_place(1, 200, 20),)]


def test_this_nights_sighting_counts() -> None:
    known = device(
        3, (SERIAL, "PF3ABC01"), asset_id=1, network_id=2, places=(_place(1, 200, 20), _place(2, 8, 2))
    )
    seen = sighting(1, "10.0.1.9", None, serials=("PF3ABC01",), network="kvarn")
    plan = reconcile(world(assets=(_chromebook(),), devices=(known,), networks=NETWORKS, sightings=(seen,)))
    assert [s.wanted.kind for s in plan.steps if s.wanted] == [FindingKind.MOVED]
    (there,) = [p for d in plan.devices for p in d.places if p.site_id == 2]
    assert (there.first_seen, there.last_seen) == (NOW - timedelta(days=8), NOW)
