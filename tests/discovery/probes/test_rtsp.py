"""RTSP: OPTIONS and DESCRIBE on one connection, no picture and no login."""

from __future__ import annotations

import asyncio

from discovery.probes import rtsp
from tests.discovery.replaying import HOST, Replay


def _look(wire: Replay) -> dict[str, str]:
    return {e.key: e.value for e in asyncio.run(rtsp.look(HOST, wire))}


def test_what_a_real_one_says_is_learnt() -> None:
    assert _look(Replay.of("rtsp/camera")) == {
        "server": "GStreamer RTSP server",
        "realm": "AXIS_ACCC8E000015",
    }


def test_what_is_asked_names_the_address_and_asks_for_no_picture() -> None:
    wire = Replay.of("rtsp/camera")
    _look(wire)
    first, second = (sent.decode() for sent in wire.talks[0].sent)
    assert first.startswith("OPTIONS rtsp://192.0.2.20:554/ RTSP/1.0\r\nCSeq: 1\r\n")
    assert second.startswith("DESCRIBE ")


def test_what_is_no_rtsp_gives_nothing() -> None:
    assert _look(Replay.tcp(554, b"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n\r\n")) == {}
