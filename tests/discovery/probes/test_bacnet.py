"""BACnet: the device object; of who refuses the wildcard, by its own instance."""

from __future__ import annotations

import asyncio

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
    assert wire.asked == [bacnet.request_all()]


def test_nothing_that_is_asked_changes_anything() -> None:
    services = {bacnet.request_all()[9], bacnet.request_one(121)[9]}
    assert services == {14, 12}  # ReadPropertyMultiple, ReadProperty
    assert bacnet.who_is().hex() == "810a000801001008"


def test_an_answer_through_a_router_is_read_past_its_addresses() -> None:
    (i_am,) = Replay.of("bacnet/bacpypes3").said["udp"][1]["answers"]
    plain = bytes.fromhex(i_am)
    routed = plain[:5] + b"\x08\x00\x05\x01\x0a" + plain[6:]
    assert bacnet.read_i_am(plain) == bacnet.read_i_am(routed) == 4711
