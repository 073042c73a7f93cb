"""A device's place is the port where it is plugged in, never one that leads on to another switch."""

from __future__ import annotations

from typing import Any

import pytest

from discovery.errors import ProbeFailedError
from discovery.evidence import Evidence
from discovery.harvest import rooms, switch
from discovery.harvest.announced import Neighbour
from discovery.harvest.switch import UPLINK_AT, Place, Tables

PC, CAMERA, PHONE = "3c:52:82:00:00:14", "ac:cc:8e:00:00:15", "00:04:f2:00:00:16"
SW1, SW2 = "00:1d:a1:00:00:10", "00:1d:a1:00:00:27"


def _tables(*forwarding: tuple[int | None, str, int], **more: Any) -> Tables:
    base: dict[str, Any] = {
        "interfaces": {port: 10_000 + port for port in range(1, 29)},
        "names": {10_000 + port: f"Gi1/0/{port}" for port in range(1, 29)},
        "aliases": {},
        "macs": frozenset({SW1}),
        "neighbours": (),
        "local_ports": {},
    }
    return Tables(forwarding=forwarding, **(base | more))


def test_a_device_stands_at_the_port_where_its_mac_was_seen() -> None:
    tables = _tables((20, PC, 14), aliases={10_014: "Rum 12"})
    (one,) = switch.placed({"sw-1": tables})
    assert one.places == {PC: Place("sw-1", "Gi1/0/14", "Rum 12", 20)}


def test_behind_a_port_where_another_switch_announces_itself_nothing_is_placed() -> None:
    behind = Neighbour("lldp", 24, SW2, passes_on=True, said=(("sysName", "sw-2"),))
    tables = _tables((20, PC, 24), (20, CAMERA, 14), neighbours=(behind,))
    (one,) = switch.placed({"sw-1": tables})
    assert set(one.places) == {CAMERA}
    assert one.uplinks == {"Gi1/0/24"}
    assert one.announced[SW2] == (Evidence("lldp", "sysName", "sw-2"),)


def test_two_switches_know_each_other_by_their_macs_though_neither_announces_itself() -> None:
    first = _tables((20, SW2, 24), (20, CAMERA, 24), (20, PC, 14))
    second = _tables((20, SW1, 1), (20, PC, 1), (20, CAMERA, 5), macs=frozenset({SW2}))
    found = {one.name: one.places for one in switch.placed({"sw-1": first, "sw-2": second})}
    assert {mac: place.port for mac, place in found["sw-1"].items()} == {PC: "Gi1/0/14"}
    assert {mac: place.port for mac, place in found["sw-2"].items()} == {CAMERA: "Gi1/0/5"}


def test_a_port_with_a_routers_mac_leads_on() -> None:
    (one,) = switch.placed({"sw-1": _tables((20, PC, 24), (20, SW2, 24))}, frozenset({SW2}))
    assert one.places == {}


@pytest.mark.parametrize(("count", "placed"), [(UPLINK_AT - 1, True), (UPLINK_AT, False)])
def test_so_many_macs_behind_one_port_are_another_switch(count: int, *, placed: bool) -> None:
    many = [(20, f"3c:52:82:00:01:{n:02x}", 14) for n in range(count)]
    (one,) = switch.placed({"sw-1": _tables(*many)})
    assert bool(one.places) is placed


def test_an_access_points_or_phones_port_is_a_place_and_says_who_stands_there() -> None:
    phone = Neighbour("lldp", 8, None, passes_on=False, said=(("sysName", "SEP0004F2000016"),))
    (one,) = switch.placed({"sw-1": _tables((20, PHONE, 8), neighbours=(phone,))})
    assert one.places[PHONE].port == "Gi1/0/8"
    assert one.announced == {PHONE: (Evidence("lldp", "sysName", "SEP0004F2000016"),)}


def test_lldp_may_number_its_ports_otherwise_and_names_them_then() -> None:
    behind = Neighbour("lldp", 3, SW2, passes_on=True, said=())
    (one,) = switch.placed({"sw-1": _tables((20, PC, 24), neighbours=(behind,), local_ports={3: "Gi1/0/24"})})
    assert one.places == {}


def test_a_switch_without_names_for_its_ports_tells_their_numbers() -> None:
    (one,) = switch.placed({"sw-1": _tables((None, PC, 14), interfaces={}, names={})})
    assert one.places[PC] == Place("sw-1", "14", "", None)


def test_the_table_of_rooms_knows_a_port_by_its_name_or_its_number() -> None:
    table = rooms.read("switch;port;room\nSW-1;14;Rum 12\nsw-1;Gi1/0/15;Aulan\n\n")
    assert rooms.room_of(table, "sw-1", "Gi1/0/14") == "Rum 12"
    assert rooms.room_of(table, "sw-1", "gi1/0/15") == "Aulan"
    assert rooms.room_of(table, "sw-1", "Gi1/0/16") is None
    assert rooms.room_of(table, "sw-2", "Gi1/0/14") is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1"),
        ("a;b;c\n", "line 1: the headers are switch;port;room"),
        ("switch;port;room\nsw-1;14\n", "line 2: a switch, a port and a room"),
        ("switch;port;room\nsw-1;14;Rum 12\nSW-1;14;Rum 13\n", "line 3: SW-1 14 is there already"),
    ],
)
def test_a_table_of_rooms_that_is_wrong_says_where(text: str, said: str) -> None:
    if not text:
        assert rooms.read(text) == {}
        return
    with pytest.raises(ValueError, match=said):
        rooms.read(text)


def test_a_table_that_is_not_there_shrinks_coverage(tmp_path: Any) -> None:
    with pytest.raises(ProbeFailedError) as error:
        rooms.load(tmp_path / "rooms.csv")
    assert error.value.reason == "unreadable"
    (tmp_path / "rooms.csv").write_text("switch;port;room\nsw-1;14\n", encoding="utf-8")
    with pytest.raises(ProbeFailedError) as error:
        rooms.load(tmp_path / "rooms.csv")
    assert error.value.reason == "rooms:2"
