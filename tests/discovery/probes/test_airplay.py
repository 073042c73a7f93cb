"""AirPlay: what is told without pairing."""

from __future__ import annotations

import asyncio

from discovery.probes import airplay
from tests.discovery.replaying import HOST, Replay


def _look(wire: Replay) -> dict[str, str]:
    return {e.key: e.value for e in asyncio.run(airplay.look(HOST, wire))}


def test_what_a_real_one_says_is_learnt() -> None:
    assert _look(Replay.of("airplay/appletv")) == {
        "name": "Sal 12",
        "model": "AppleTV6,2",
        "mac": "3C:06:30:00:11:22",
        "os_build": "19K53",
        "source_version": "595.13.1",
    }


def test_what_wants_to_be_paired_gives_nothing() -> None:
    assert airplay.read(b"RTSP/1.0 403 Forbidden\r\n\r\n") == []


def test_a_list_that_is_none_gives_nothing() -> None:
    assert airplay.read(b"RTSP/1.0 200 OK\r\n\r\nbplist00\xff\xff") == []
