"""Modbus: the identification and no other function."""

from __future__ import annotations

import asyncio

from discovery.probes import modbus
from tests.discovery.replaying import HOST, Replay


def _look(wire: Replay) -> dict[str, str]:
    return {e.key: e.value for e in asyncio.run(modbus.look(HOST, wire))}


def test_what_a_real_one_says_is_learnt() -> None:
    assert _look(Replay.of("modbus/pymodbus")) == {
        "vendor_name": "Schneider Electric",
        "product_code": "TM221CE24R",
        "revision": "1.10.1",
        "product_name": "Modicon M221",
        "model_name": "M221",
    }


def test_only_the_identification_is_asked_for() -> None:
    wire = Replay.of("modbus/pymodbus")
    _look(wire)
    assert [sent[7:].hex() for sent in wire.talks[0].sent] == ["2b0e0200"]


def test_a_unit_that_knows_no_identification_still_speaks_modbus_and_the_next_is_asked() -> None:
    refusal = bytes.fromhex("000100000003ff ab01")
    wire = Replay({"tcp": [{"port": 502, "read": refusal.hex()}]}, piece=9)
    assert _look(wire) == {"exception": "1"}
    assert [sent[6] for sent in wire.talks[0].sent] == [255, 1]


def test_a_frame_that_lies_about_its_length_is_none() -> None:
    assert modbus.frame_of(bytes.fromhex("0001000000ff01")) == b""
    assert modbus.frame_of(bytes.fromhex("000100000010ff2b")) is None
