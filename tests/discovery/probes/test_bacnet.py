"""BACnet: the device object; of who refuses the wildcard, by its own instance."""

from __future__ import annotations

import asyncio

import pytest

from discovery import bacnet as frames
from discovery.bacnet import Remote
from discovery.probes import bacnet
from tests.discovery.replaying import HOST, Replay


def _look(wire: Replay) -> dict[str, str]:
    return {e.key: e.value for e in asyncio.run(bacnet.look(HOST, wire))}


def test_what_a_real_one_says_is_learnt() -> None:
    assert _look(Replay.of("bacnet/bacpypes3")) == {
        "instance": "4711",
        "object_name": "AS-P Kvarnskolan",
        "vendor_name": "Schneider Electric",
        "vendor_id": "10",
        "model_name": "SmartX AS-P",
        "firmware": "3.2.1",
        "application": "1.0",
        "description": "Undercentral",
        "location": "Flaktrum 2",
    }


def test_whoever_knows_the_wildcard_is_asked_once() -> None:
    told = Replay.of("bacnet/bacpypes3").said["udp"][2]["answers"]
    wire = Replay({"udp": [{"port": 47808, "answers": told}]})
    assert _look(wire)["model_name"] == "SmartX AS-P"
    assert wire.asked == [frames.request_all(), frames.who_is_router()], "and whether it is a router"


def test_nothing_that_is_asked_changes_anything() -> None:
    services = {frames.request_all()[9], frames.request_one(121)[9]}
    assert services == {14, 12}  # ReadPropertyMultiple, ReadProperty
    assert frames.who_is().hex() == "810a000801001008"


def test_an_answer_through_a_router_is_read_past_its_addresses() -> None:
    (i_am,) = Replay.of("bacnet/bacpypes3").said["udp"][1]["answers"]
    plain = bytes.fromhex(i_am)
    routed = plain[:5] + b"\x08\x00\x05\x01\x0a" + plain[6:]
    assert frames.read_i_am(plain) == (4711, None)
    assert frames.read_i_am(routed) == (4711, Remote(5, b"\x0a"))


def test_the_devices_behind_a_router_are_told_apart_from_it() -> None:
    found = _look(Replay.of("bacnet/router"))
    assert (found["vendor_name"], found["model_name"]) == ("Loytec", "L-INX LINX-151")
    behind = {key: value for key, value in found.items() if key.endswith(("/model_name", "/object_name"))}
    assert behind == {
        "bacnet_instance:7701/model_name": "VAV-Compact",
        "bacnet_instance:7701/object_name": "VAV Rum 101",
        "bacnet_instance:7702/model_name": "VAV-Compact",
        "bacnet_instance:7702/object_name": "VAV Rum 102",
        "bacnet_instance:7710/model_name": "E281DW-3",
        "bacnet_instance:7710/object_name": "LB01 Matsal",
    }


def test_addresses_that_a_router_has_bound_are_asked_without_a_who_is() -> None:
    """Clause 21, BACnetAddressBinding: device 7701 at address 10 of network 100, and 9 on the router's own network."""
    told = bytes.fromhex("810a002a0100301e0c0c02001e14191e3ec402001e152164610ac4020000092100660a00000abac03f")
    assert frames.read_bindings(told) == [(7701, Remote(100, b"\x0a"))]
    assert frames.read_bindings(told[:-14]) == [(7701, Remote(100, b"\x0a"))]
    assert frames.read_bindings(told[:24]) == []


def test_of_a_bus_that_keeps_silent_only_a_few_are_asked() -> None:
    networks = {"port": 47808, "asked": frames.who_is_router().hex(), "answers": ["810a00090180010064"]}
    i_ams = [f"810a001901080064 01{n:02x}1000c402001e{n:02x}22040091002203e7" for n in range(1, 31)]
    who_is = {"port": 47808, "asked": frames.who_is(Remote(100)).hex(), "answers": i_ams}
    own = Replay.of("bacnet/bacpypes3").said["udp"]
    wire = Replay({"udp": [*own, networks, who_is]})
    found = _look(wire)
    assert len([key for key in found if key.startswith("bacnet_instance:")]) == bacnet.GIVE_UP
    assert len(wire.asked) == 3 + 3 + bacnet.GIVE_UP


def _with_instance(value: str) -> Replay:
    """A device that answers with this, as hex, where its instance belongs, and to nothing else."""
    body = "30010e0c02001e141e294b4e" + value + "4f1f"
    told = f"810a{4 + 2 + len(body) // 2:04x}0100{body}"
    return Replay({"udp": [{"port": 47808, "asked": frames.request_all().hex(), "answers": [told]}]})


@pytest.mark.parametrize(
    "value",
    ["7503004e6f", "2501", "2504ffffffff", "2508ffffffffffffffff", "c402ffffff"],
    ids=["a text", "a cut number", "a large number", "a larger one", "the wildcard"],
)
def test_an_instance_that_can_be_none_asks_for_nothing_behind_and_raises_nothing(value: str) -> None:
    wire = _with_instance(value)
    _look(wire)
    assert wire.asked[0] == frames.request_all()


def test_an_address_longer_than_any_network_has_is_no_binding() -> None:
    long = "65" + "fe0200" + "0a" * 512
    body = "30" + "1e" + "0c" + "0c02001e14" + "191e" + "3e" + "c402001e15" + "2164" + long + "3f"
    assert frames.read_bindings(bytes.fromhex(f"810a{6 + len(body) // 2:04x}0100{body}")) == []


def test_a_router_that_names_everything_is_asked_for_nothing_more() -> None:
    """Network 65535 is all of them, and 0 none (6.2.2.1): a question to either would go out on every bus."""
    assert frames.read_networks(bytes.fromhex("810a000d018001ffff00000064")) == (100,)
    no_address = bytes.fromhex("810a001801080064001000c402001e1522040091002203e7")
    assert frames.read_i_am(no_address) == (7701, None), "an address of no octets would be everybody"
