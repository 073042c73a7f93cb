"""SMB: the first half of a set-up, after which the server says who it is."""

from __future__ import annotations

import asyncio

from discovery.probes import smb
from tests.discovery.replaying import HOST, Replay


def _look(wire: Replay) -> dict[str, str]:
    return {e.key: e.value for e in asyncio.run(smb.look(HOST, wire))}


def test_what_a_real_one_says_is_learnt() -> None:
    assert _look(Replay.of("smb/samba")) == {
        "domain": "FS1",
        "name": "FS1",
        "dns_name": "vm",
        "build": "6.1.0",
    }


def test_no_name_and_no_password_is_sent_and_the_second_half_never() -> None:
    wire = Replay.of("smb/samba")
    _look(wire)
    assert len(wire.talks[0].sent) == 2
    assert wire.talks[0].sent[1].count(b"NTLMSSP\0\1\0\0\0") == 1


def test_the_old_dialect_is_not_offered() -> None:
    assert b"\xffSMB" not in smb.negotiate()


def test_who_does_not_speak_it_is_left_at_once() -> None:
    wire = Replay.tcp(445, b"\0\0\0\4abcd")
    assert _look(wire) == {}
    assert len(wire.talks[0].sent) == 1
