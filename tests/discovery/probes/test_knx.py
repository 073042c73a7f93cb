"""KNXnet/IP: one question for a description."""

from __future__ import annotations

import asyncio

from discovery.probes import knx
from tests.discovery.replaying import HOST, Replay


def _look(wire: Replay) -> dict[str, str]:
    return {e.key: e.value for e in asyncio.run(knx.look(HOST, wire))}


def test_what_a_real_one_says_is_learnt() -> None:
    assert _look(Replay.of("knx/router")) == {
        "friendly_name": "Weinzierl KNX IP Router",
        "serial": "0001113c4b5a",
        "mac": "00:0e:8c:00:11:22",
        "individual_address": "1.1.5",
    }


def test_what_is_asked_is_fourteen_octets_of_the_standard() -> None:
    assert knx.REQUEST.hex() == "06100203000e0801000000000000"


def test_blocks_before_the_device_s_are_passed_over() -> None:
    data = Replay.of("knx/router").said["udp"][0]["answers"][0]
    frame = bytes.fromhex(data)
    moved = frame[:6] + bytes((4, 2, 2, 1)) + frame[6:]
    assert next(e.key for e in knx.read(moved)) == "friendly_name"
