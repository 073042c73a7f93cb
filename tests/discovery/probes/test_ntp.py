"""NTP: a client's one question."""

from __future__ import annotations

import asyncio

from discovery.probes import ntp
from tests.discovery.replaying import HOST, Replay


def _look(wire: Replay) -> dict[str, str]:
    return {e.key: e.value for e in asyncio.run(ntp.look(HOST, wire))}


def test_what_a_real_one_says_is_learnt() -> None:
    assert _look(Replay.of("ntp/chrony")) == {"version": "4", "stratum": "10"}


def test_what_is_asked_is_a_client_s_packet_and_nothing_that_amplifies() -> None:
    assert len(ntp.REQUEST) == 48
    assert ntp.REQUEST[0] & 7 == 3


def test_a_clock_of_its_own_says_which() -> None:
    data = bytes((0x24, 1, 0, 0)) + bytes(8) + b"GPS\0" + bytes(32)
    assert {e.key: e.value for e in ntp.read(data)} == {"version": "4", "stratum": "1", "refid": "GPS"}


def test_what_is_no_answer_gives_nothing() -> None:
    assert ntp.read(ntp.REQUEST) == []
    assert ntp.read(b"") == []
