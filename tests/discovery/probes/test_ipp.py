"""IPP: what a printer is, on the one port where nothing that is sent is printed."""

from __future__ import annotations

import asyncio

from discovery.probes import ipp
from tests.discovery.replaying import HOST, Replay


def _look(wire: Replay) -> dict[str, str]:
    return {e.key: e.value for e in asyncio.run(ipp.look(HOST, wire))}


def test_what_a_real_one_says_is_learnt() -> None:
    assert _look(Replay.of("ipp/cups")) == {
        "printer-device-id": "MFG:HP;MDL:LaserJet M507;CMD:PDF;",
        "printer-make-and-model": "HP LaserJet M507",
        "printer-info": "HP LaserJet M507",
        "printer-name": "HP LaserJet M507",
        "printer-uuid": "urn:uuid:b79cb820-fca2-3261-620b-41064ad3f1f9",
        "printer-more-info": "https://10.66.0.6:631/",
    }


def test_one_operation_asks_for_attributes_and_sends_nothing_to_print() -> None:
    wire = Replay.of("ipp/cups")
    _look(wire)
    (sent,) = wire.talks[0].sent
    assert sent.startswith(b"POST /ipp/print HTTP/1.1\r\n")
    body = sent.partition(b"\r\n\r\n")[2]
    assert body[:4] == b"\1\1\0\x0b"


def test_an_old_printer_is_asked_under_its_old_path() -> None:
    wire = Replay.tcp(631, b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
    assert _look(wire) == {}
    assert [talk.sent[0].split(b" ")[1] for talk in wire.talks] == [b"/ipp/print", b"/"]
