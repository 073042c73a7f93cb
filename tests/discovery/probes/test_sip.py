"""SIP: one OPTIONS by UDP, answered without a call."""

from __future__ import annotations

import asyncio

from discovery.probes import sip
from tests.discovery.replaying import HOST, Replay


def _look(wire: Replay) -> dict[str, str]:
    return {e.key: e.value for e in asyncio.run(sip.look(HOST, wire))}


def test_what_a_real_one_says_is_learnt() -> None:
    assert _look(Replay.of("sip/baresip")) == {"server": "baresip v1.0.0 (x86_64/linux)"}


def test_what_is_asked_can_be_answered_where_it_came_from() -> None:
    asked = sip.request(HOST).decode()
    assert asked.startswith("OPTIONS sip:192.0.2.20 SIP/2.0\r\n")
    assert ";rport" in asked
    assert asked.endswith("Content-Length: 0\r\n\r\n")
    assert sip.request(HOST) != sip.request(HOST)


def test_a_phone_that_does_not_say_what_it_is_still_speaks_sip() -> None:
    assert [e.key for e in sip.read(b"SIP/2.0 405 Method Not Allowed\r\nCSeq: 1 OPTIONS\r\n\r\n")] == [
        "answers"
    ]
    assert sip.read(b"OPTIONS sip:me SIP/2.0\r\n\r\n") == []
