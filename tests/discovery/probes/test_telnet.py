"""Telnet is read: commands are passed over, and not answered."""

from __future__ import annotations

import asyncio

from discovery.probes import telnet
from tests.discovery.replaying import HOST, Replay


def _look(wire: Replay) -> dict[str, str]:
    return {e.key: e.value for e in asyncio.run(telnet.look(HOST, wire))}


def test_what_a_real_one_says_is_learnt() -> None:
    assert _look(Replay.of("telnet/axis")) == {
        "banner": "AXIS Q1615 Mk II Network Camera 9.80.3 q1615 login:"
    }


def test_nothing_is_sent() -> None:
    wire = Replay.of("telnet/axis")
    _look(wire)
    assert wire.talks[0].sent == []


def test_a_subnegotiation_and_an_escaped_255_are_what_the_standard_says() -> None:
    assert telnet.text(b"a\xff\xfa\x18\x01\xff\xf0b\xff\xffc\xff\xf1d") == b"ab\xffcd"


def test_a_command_that_is_cut_takes_nothing_with_it() -> None:
    assert telnet.text(b"login\xff") == b"login"
    assert telnet.text(b"login\xff\xfa\x18") == b"login"
