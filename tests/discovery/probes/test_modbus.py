"""Modbus: the identification and no other function."""

from __future__ import annotations

import asyncio
import struct

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
    assert {sent[7:].hex() for sent in wire.talks[0].sent} == {"2b0e0200"}


def test_a_unit_that_knows_no_identification_still_speaks_modbus_and_the_next_is_asked() -> None:
    wire = Replay({"tcp": [{"port": 502, "read": "000100000003ffab01000200000003 01ab01"}]}, piece=9)
    assert _look(wire) == {"exception": "1"}
    assert [sent[6] for sent in wire.talks[0].sent] == [255, 1]


def test_a_frame_that_lies_about_its_length_is_none() -> None:
    assert modbus.frame_of(bytes.fromhex("0001000000ff01")) == b""
    assert modbus.frame_of(bytes.fromhex("000100000010ff2b")) is None


def _gateway(*units: tuple[int, bytes]) -> Replay:
    """A conversation in which the units answer in this order."""
    said = b"".join(
        struct.pack(">HHHB", number, 0, len(body) + 1, unit) + body
        for number, (unit, body) in enumerate(units, 1)
    )
    return Replay({"tcp": [{"port": 502, "read": said.hex()}]}, piece=7)


def _named(vendor: bytes) -> bytes:
    return bytes((0x2B, 0x0E, 2, 1, 0, 0, 1, 0, len(vendor))) + vendor


PATHLESS = bytes((0xAB, 11))


def test_the_units_behind_a_gateway_are_told_apart_from_it() -> None:
    wire = _gateway((255, _named(b"Moxa")), (1, _named(b"Kamstrup")), (2, PATHLESS), (3, _named(b"ABB")))
    assert _look(wire) == {
        "vendor_name": "Moxa",
        "unit:1/vendor_name": "Kamstrup",
        "unit:3/vendor_name": "ABB",
    }


def test_a_gateway_without_a_name_of_its_own_has_the_named_unit_behind_it() -> None:
    assert _look(_gateway((255, PATHLESS), (1, _named(b"ABB")))) == {
        "exception": "11",
        "unit:1/vendor_name": "ABB",
    }


def test_who_answers_alike_for_every_unit_is_one_device() -> None:
    wire = _gateway((255, _named(b"ABB")), (1, _named(b"ABB")))
    assert _look(wire) == {"vendor_name": "ABB"}
    assert len(wire.talks[0].sent) == 2


def test_no_more_units_are_asked_than_said() -> None:
    answers = [(255, _named(b"Moxa")), *((unit, PATHLESS) for unit in range(1, 40))]
    wire = _gateway(*answers)
    _look(wire)
    assert [sent[6] for sent in wire.talks[0].sent] == [255, *range(1, modbus.MOST_UNITS + 1)]


def test_an_answer_that_comes_late_is_not_taken_for_another_unit_s() -> None:
    late = struct.pack(">HHHB", 77, 0, 11, 9) + _named(b"X")
    wire = _gateway((255, PATHLESS))
    wire.said["tcp"][0]["read"] = late.hex() + wire.said["tcp"][0]["read"]
    assert _look(wire) == {"exception": "11"}
