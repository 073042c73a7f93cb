from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from tests.tracker.seen import DOCK, MAC, MAC_KIND, OTHER, SERIAL, asset, device, sighting
from tracker.matching import matcher_for
from tracker.words import AssetStatus

if TYPE_CHECKING:
    from tracker.facts import Match

RANDOMISED = "da:a1:19:00:00:01"
DOCK_MAC = "00:50:b6:00:00:01"
ROUTER = "00:00:5e:00:01:0a"


def _match(sightings: list, assets: list = [], devices: list = []) -> tuple[Match, ...]:  # noqa: B006 -- never changed
    return matcher_for(sightings, assets, devices, {"lan": 1}).match_all(sightings)


def test_a_serial_decides_whatever_the_address() -> None:
    (found,) = _match([sighting(1, "10.0.0.5", OTHER, serials=("PF3ABC",))], [asset(7, (SERIAL, "PF3ABC"))])
    assert (found.asset_id, found.answer) == (7, "same")
    assert found.because == ("serial:PF3ABC",)


def test_a_burned_in_mac_decides() -> None:
    (found,) = _match([sighting(1, "10.0.0.5", MAC)], [asset(7, (MAC_KIND, MAC))])
    assert (found.asset_id, found.answer) == (7, "same")


def test_an_unknown_device_is_new_and_has_no_asset() -> None:
    (found,) = _match([sighting(1, "10.0.0.5", MAC)], [asset(7, (MAC_KIND, OTHER))])
    assert (found.asset_id, found.answer, found.is_fresh) == (None, "new", True)


def test_a_new_ip_is_the_same_device() -> None:
    (found,) = _match([sighting(1, "10.0.0.99", MAC)], devices=[device(3, (MAC_KIND, MAC), ip="10.0.0.5")])
    assert found.device == 3


def test_another_device_at_an_old_ip_is_not_the_one_that_was_there() -> None:
    (found,) = _match([sighting(1, "10.0.0.5", OTHER)], devices=[device(3, (MAC_KIND, MAC), ip="10.0.0.5")])
    assert found.device != 3


def test_a_name_alone_never_joins() -> None:
    known = device(3, (MAC_KIND, MAC), name="dator-1")
    (found,) = _match([sighting(1, "10.0.0.9", names=("dator-1",))], devices=[known])
    assert found.device != 3
    assert found.answer == "ask"
    assert 3 in found.candidates


def test_a_randomised_mac_is_flagged_and_never_strong() -> None:
    (found,) = _match([sighting(1, "10.0.0.5", RANDOMISED)])
    assert {"random-mac", "weak-identity"} <= set(found.flags)


def test_a_dock_goes_from_hand_to_hand() -> None:
    seen = [
        sighting(1, "10.0.0.5", DOCK_MAC, serials=("LAPTOPA1",)),
        sighting(2, "10.0.0.5", DOCK_MAC, serials=("LAPTOPB2",)),
    ]
    one, two = _match(
        seen, [asset(1, (SERIAL, "LAPTOPA1")), asset(2, (SERIAL, "LAPTOPB2"), (DOCK, DOCK_MAC))]
    )
    assert (one.asset_id, two.asset_id) == (1, 2)
    assert one.device != two.device


def test_a_virtual_routers_mac_proves_nothing() -> None:
    one, two = _match([sighting(1, "10.0.0.1", ROUTER), sighting(2, "10.0.9.1", ROUTER)])
    assert one.device != two.device
    assert "virtual-mac" in one.flags


def test_a_mac_seen_through_a_router_is_not_the_hosts() -> None:
    seen = [sighting(n, f"10.1.0.{n}", MAC, via="10.0.0.1") for n in (5, 6)]
    one, two = _match(seen, [asset(7, (MAC_KIND, MAC))])
    assert one.device != two.device
    assert (one.asset_id, two.asset_id) == (None, None)


def test_a_mac_that_stands_for_many_addresses_joins_none_of_them() -> None:
    seen = [sighting(n, f"10.0.0.{n}", MAC) for n in range(1, 13)]
    found = _match(seen)
    assert len({match.device for match in found}) > 1


def test_two_serials_under_one_mac_are_two_machines() -> None:
    seen = [
        sighting(1, "10.0.0.5", MAC, serials=("AAAA1111",)),
        sighting(2, "10.0.0.6", MAC, serials=("BBBB2222",)),
    ]
    one, two = _match(seen)
    assert one.device != two.device


def test_two_interfaces_of_one_machine_are_one_device() -> None:
    seen = [
        sighting(1, "10.0.0.5", MAC, serials=("AAAA1111",)),
        sighting(2, "10.0.0.6", OTHER, serials=("AAAA1111",)),
    ]
    one, two = _match(seen)
    assert one.device == two.device


def test_a_firewall_that_answers_for_empty_addresses_is_no_device() -> None:
    seen = [sighting(n, f"10.0.0.{n}", source="tcp", attributes={"ports": [443]}) for n in range(1, 40)]
    assert all(match.is_nothing and "phantom-hosts" in match.flags for match in _match(seen))


def test_field_bus_devices_behind_a_gateway_are_devices_of_their_own() -> None:
    seen = [
        sighting(n, "10.0.0.5", MAC, source="bacnet", attributes={"bacnet_instance": 1000 + n})
        for n in (1, 2)
    ]
    one, two = _match(seen)
    assert one.device != two.device
    assert "gateway-children" in one.flags


def test_a_living_asset_goes_before_a_retired_one_with_the_same_serial() -> None:
    known = [asset(1, (SERIAL, "PF3ABC"), status=AssetStatus.RETIRED), asset(2, (SERIAL, "PF3ABC"))]
    (found,) = _match([sighting(1, serials=("PF3ABC",))], known)
    assert found.asset_id == 2


def test_a_returned_asset_that_answers_is_flagged() -> None:
    (found,) = _match(
        [sighting(1, "10.0.0.5", MAC)], [asset(1, (MAC_KIND, MAC), status=AssetStatus.RETURNED)]
    )
    assert "retired-but-alive" in found.flags


def test_a_junk_serial_proves_nothing() -> None:
    seen = [sighting(n, f"10.0.0.{n}", serials=("To be filled by O.E.M.",)) for n in (1, 2)]
    one, two = _match(seen)
    assert one.device != two.device
    assert "junk-serial" in one.flags


MIXED = [
    sighting(1, "10.0.0.5", MAC),
    sighting(2, "10.0.0.6", OTHER, serials=("AAAA1111",)),
    sighting(3, "10.0.0.7", "3c:52:82:00:00:03", serials=("AAAA1111",)),
    sighting(4, "10.0.0.8", RANDOMISED),
    sighting(5, "10.0.0.9", names=("skrivare",)),
]


@given(st.permutations(MIXED))
def test_the_order_in_which_things_are_seen_proves_nothing(shuffled: list) -> None:
    def groups(found: tuple[Match, ...]) -> set[frozenset[str]]:
        together: dict[object, set[str]] = {}
        for match in found:
            together.setdefault(match.device, set()).add(match.sighting.id)
        return {frozenset(ids) for ids in together.values()}

    assert groups(_match(shuffled)) == groups(_match(MIXED))
