"""One MAC, two serial numbers: a clone or a moved board is asked about; an adapter that goes round is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlmodel import col, select

from discovery.sighting import DeviceClass, Identity
from tests.tracker.seen import DOCK, LAN, MAC, MAC_KIND, NOW, OTHER, SERIAL, asset, device, sighting, world
from tracker.applying import apply
from tracker.db import reading, writing
from tracker.facts import LiveFinding
from tracker.findings_text import sentence, why
from tracker.reconcile import reconcile
from tracker.register import read_world
from tracker.tables import Asset, AssetIdentifier, Finding, Network, Site, Unit
from tracker.words import AssetStatus, FindingKind, FindingState, Language, Profile, Purpose

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from discovery.sighting import Sighting
    from tracker.facts import KnownDevice, Wanted

VM = "52:54:00:00:00:01"
RANDOM = "da:a1:19:00:00:01"
DOCKED = "00:50:b6:00:00:01"
ONE, TWO, NINE = (SERIAL, "PF3ABC01"), (SERIAL, "PF3ABC02"), (SERIAL, "PF3XYZ09")
DAY = timedelta(days=1)


def _device(number: int, serial: Any, mac: str = MAC, days: float = 0, **more: Any) -> KnownDevice:
    """A device that showed this serial and MAC so many days ago, and was met a month ago."""
    at = NOW - days * DAY
    shown = frozenset({serial, (MAC_KIND, mac)})
    said: dict[str, Any] = {
        "name": f"pc-{number}",
        "device_class": DeviceClass.COMPUTER,
        "first_seen": NOW - 30 * DAY,
        "last_seen": at,
        "shown_at": at,
        "latest": shown,
    }
    return device(number, *shown, **{**said, **more})


def _found(*devices: KnownDevice, **more: Any) -> list[Wanted]:
    steps = reconcile(world(devices=devices, **more)).steps
    return [s.wanted for s in steps if s.wanted and s.wanted.kind is FindingKind.CONFLICTING]


def _open(key: str, finding: int = 5) -> Any:
    return LiveFinding(finding, key, FindingKind.CONFLICTING, FindingState.OPEN)


def test_a_cloned_machine_is_told_in_plain_words() -> None:
    (one,) = _found(_device(3, ONE, VM), _device(4, TWO, VM))
    assert one.key({}) == f"conflicting:mac:{VM}"
    assert sentence(one, Language.SV) == (
        f"Dator på Stadshuset har samma MAC-adress som pc-3 ({VM}) men ett annat serienummer: PF3ABC02, inte PF3ABC01."
    )
    assert "klonad" in why(one, Language.SV)[2]
    assert "clone" in why(one, Language.EN)[2]


def test_whoever_is_seen_first_the_question_is_the_same() -> None:
    one, two = _device(3, ONE, VM), _device(4, TWO, VM)
    ((first,), (second,)) = _found(one, two), _found(two, one)
    assert (first.key({}), first.facts) == (second.key({}), second.facts)
    linked = replace(two, asset_id=7)
    (third,) = _found(one, linked, assets=(asset(7, TWO),))
    assert third.device == 3  # the registered one is not the one that is asked about


def test_the_first_night_asks_what_the_second_does() -> None:
    seen = (
        sighting(1, "10.0.0.5", VM, serials=("PF3ABC01",), names=("vm-1",)),
        sighting(2, "10.0.0.6", VM, serials=("PF3ABC02",), names=("vm-2",)),
    )
    (one,) = _found(sightings=seen)
    assert one.key({}) == f"conflicting:mac:{VM}"
    assert one.facts["other"] == "vm-1"


@pytest.mark.parametrize("mac", [RANDOM, DOCKED, "00:00:5e:00:01:0a"])
def test_an_address_that_proves_no_machine_is_no_conflict(mac: str) -> None:
    assert _found(_device(3, ONE, mac), _device(4, TWO, mac)) == []
    assert _found(_device(4, NINE, mac), assets=(asset(1, ONE, (MAC_KIND, mac)),)) == []


@pytest.mark.parametrize("mac", [RANDOM, DOCKED])
def test_such_an_address_registered_as_ones_own_names_nobody_else(mac: str) -> None:
    assets = (asset(1, (MAC_KIND, mac)), asset(2, TWO))
    assert _found(_device(4, TWO, mac, asset_id=2), assets=assets) == []
    assert len(_found(_device(4, TWO, asset_id=2), assets=(asset(1, (MAC_KIND, MAC)), asset(2, TWO)))) == 1


def test_what_the_register_calls_a_dock_is_no_conflict() -> None:
    assert _found(_device(3, ONE), _device(4, TWO), assets=(asset(1, (DOCK, MAC)),)) == []


def test_a_burned_in_address_at_two_machines_at_once_is_asked_about() -> None:
    (one,) = _found(_device(3, ONE), _device(4, TWO))
    assert one.facts["claim"] == "same_mac"


@pytest.mark.parametrize("days", [0.1, 1, 3, 20])
def test_an_adapter_that_went_from_one_computer_to_another_is_no_conflict(days: float) -> None:
    assert _found(_device(3, ONE, days=days), _device(4, TWO)) == []
    both = (asset(1, ONE), asset(2, TWO))
    assert _found(_device(3, ONE, days=days, asset_id=1), _device(4, TWO, asset_id=2), assets=both) == []


def test_an_adapter_registered_as_ones_own_and_lent_is_no_conflict() -> None:
    owner, borrower = asset(1, ONE, (MAC_KIND, MAC)), asset(2, TWO)
    mine = _device(3, ONE, OTHER, days=1, asset_id=1)
    assert _found(mine, _device(4, TWO, asset_id=2), assets=(owner, borrower)) == []
    assert _found(mine, _device(4, NINE), assets=(owner,)) == []  # lent to one that nobody knows
    several = (_device(4, NINE, days=2), _device(5, TWO))
    assert _found(*several, assets=(owner,)) == []  # lent to many, its owner away


def test_a_machine_made_anew_with_the_address_of_the_one_before_is_no_clone() -> None:
    before, after = _device(3, ONE, VM, days=1), _device(4, TWO, VM, first_seen=NOW)
    assert _found(before, after) == []
    assert len(_found(replace(before, shown_at=NOW, last_seen=NOW), after)) == 1


def test_one_machine_with_two_names_for_its_serial_is_one() -> None:
    assert _found(_device(3, ONE), device(4, ONE, TWO, (MAC_KIND, MAC), first_seen=NOW)) == []


def test_what_is_asked_stays_while_both_had_the_address_of_late_and_goes_when_one_has_another() -> None:
    live = (_open(f"conflicting:mac:{MAC}"),)
    asleep = _device(3, ONE, days=3)
    assert len(_found(asleep, _device(4, TWO), findings=live)) == 1
    assert _found(_device(3, ONE, days=9), _device(4, TWO), findings=live) == []
    mended = replace(_device(4, TWO), latest=frozenset({TWO, (MAC_KIND, OTHER)}))
    assert _found(asleep, mended, findings=live) == []
    pinged = replace(_device(4, TWO), latest=frozenset({TWO}))  # a probe that says nothing of addresses
    assert len(_found(asleep, pinged, findings=live)) == 1


def test_a_board_in_another_case_is_told_in_plain_words() -> None:
    owner = asset(1, ONE, (MAC_KIND, MAC), unit_id=12)
    (one,) = _found(_device(4, NINE), assets=(owner,))
    assert one.key({}) == f"conflicting:mac:{MAC}"
    assert (one.asset_id, one.device, one.unit_id) == (1, 4, 12)
    assert sentence(one, Language.SV) == (
        f"Dator på Stadshuset har MAC-adressen till T-1 ({MAC}) men ett annat serienummer: PF3XYZ09, inte PF3ABC01."
    )
    assert "rätta serienumret" in why(one, Language.SV)[2]
    kinds = {
        s.wanted.kind
        for s in reconcile(world(assets=(owner,), devices=(_device(4, NINE),))).steps
        if s.wanted
    }
    assert FindingKind.UNREGISTERED_DEVICE not in kinds


def test_a_fixed_things_board_is_asked_about_the_first_night_and_a_carried_ones_is_waited_for() -> None:
    owner = asset(1, ONE, (MAC_KIND, MAC))
    before = _device(3, ONE, days=1, asset_id=1)
    assert _found(before, _device(4, NINE, first_seen=NOW), assets=(owner,)) == []
    printer = _device(4, NINE, first_seen=NOW, device_class=DeviceClass.PRINTER)
    assert len(_found(before, printer, assets=(owner,))) == 1
    assert len(_found(replace(before, shown_at=NOW - 8 * DAY), _device(4, NINE), assets=(owner,))) == 1


@pytest.mark.parametrize(
    "owner",
    [
        asset(1, (MAC_KIND, MAC)),  # the register says nothing of its serial number
        asset(1, NINE, (MAC_KIND, MAC)),  # corrected
        asset(1, ONE, (MAC_KIND, MAC), status=AssetStatus.DISPOSED),
        asset(1, ONE, (MAC_KIND, OTHER)),
    ],
)
def test_what_the_register_does_not_contradict_is_no_conflict(owner: Any) -> None:
    assert _found(_device(4, NINE), assets=(owner,)) == []


SERVER = Identity(DeviceClass.SERVER, vendor="QEMU", confidence=0.9)


def _seen(number: int, mac: str, serial: str, nights: int) -> Sighting:
    at = NOW + nights * DAY
    more = {"seen_at": at, "serials": (serial,), "names": (f"vm-{number}",), "identity": SERVER}
    return sighting(number, f"10.0.0.{number}", mac, survey=f"s{nights}", **more)


def _night(engine: Engine, nights: int, *seen: Sighting) -> None:
    at = NOW + nights * DAY
    with reading(engine) as session:
        read = read_world(session, seen, at, looked={1: at})
    apply(engine, reconcile(read), scan_id=None, now=at, live={f.id: f.facts for f in read.findings})


def _asked(engine: Engine) -> list[tuple[int | None, str, bool]]:
    """Every finding about a conflict: its id, key and whether it is open."""
    with reading(engine) as session:
        rows = session.exec(
            select(Finding).where(Finding.kind == FindingKind.CONFLICTING).order_by(col(Finding.id))
        )
        return [(row.id, row.key, row.closed_at is None) for row in rows]


@pytest.fixture
def lan(migrated: Engine) -> Engine:
    """A register with one network."""
    with writing(migrated) as session:
        site_id = session.exec(select(Site.id).where(Site.name == "Stadshuset")).one()
        row = Network(
            name=LAN.name, site_id=site_id, cidrs="10.0.0.0/24", purpose=Purpose.OFFICE, profile=Profile.FULL
        )
        session.add(row)
    return migrated


def test_a_clone_is_one_finding_from_night_to_night_and_ends_when_it_has_an_address_of_its_own(
    lan: Engine,
) -> None:
    one, two = ("PF3ABC01", 1), ("PF3ABC02", 2)
    for night in range(3):
        seen = [_seen(number, VM, serial, night) for serial, number in (one, two)]
        _night(lan, night, *(seen if night != 1 else reversed(seen)))
    (asked,) = _asked(lan)
    assert asked[1:] == (f"conflicting:mac:{VM}", True)
    _night(lan, 3, _seen(1, VM, one[0], 3))  # the other is switched off for a night
    assert _asked(lan) == [asked]
    _night(lan, 4, _seen(1, VM, one[0], 4), _seen(2, "52:54:00:00:00:99", two[0], 4))
    _night(lan, 5, _seen(1, VM, one[0], 5))  # what it showed once and shows no more is not held against it
    assert _asked(lan) == [(*asked[:2], False)]


def test_a_moved_board_is_one_finding_and_ends_when_the_register_is_corrected(lan: Engine) -> None:
    with writing(lan) as session:
        unit_id = session.exec(select(Unit.id).where(Unit.name == "Ekbackaskolan")).one()
        row = Asset(
            tag="S-1",
            status=AssetStatus.IN_USE,
            unit_id=unit_id,
            sort_key="s-1",
            search_key="s-1",
            created_at=NOW,
            changed_at=NOW,
        )
        session.add(row)
        session.flush()
        for kind, value in ((SERIAL, "PF3ABC01"), (MAC_KIND, MAC)):
            session.add(AssetIdentifier(asset_id=row.id, kind=kind, value=value))
    for night in range(3):
        _night(lan, night, _seen(1, MAC, "PF3XYZ09", night))
    (asked,) = _asked(lan)
    assert asked[1:] == (f"conflicting:mac:{MAC}", True)
    with reading(lan) as session:
        live = session.exec(select(Finding.kind).where(Finding.state != FindingState.CLOSED)).all()
    assert FindingKind.UNREGISTERED_DEVICE not in live
    with writing(lan) as session:
        serial = session.exec(select(AssetIdentifier).where(AssetIdentifier.kind == SERIAL)).one()
        serial.value = "PF3XYZ09"
    _night(lan, 3, _seen(1, MAC, "PF3XYZ09", 3))
    assert _asked(lan) == [(*asked[:2], False)]
