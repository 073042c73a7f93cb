"""SMTP is listened to, and never spoken."""

from __future__ import annotations

import asyncio

from discovery.probes import smtp
from tests.discovery.replaying import HOST, Replay


def _look(wire: Replay) -> dict[str, str]:
    return {e.key: e.value for e in asyncio.run(smtp.look(HOST, wire))}


def test_what_a_real_one_says_is_learnt() -> None:
    assert _look(Replay.of("smtp/opensmtpd")) == {"banner": "mail.ekby.se ESMTP OpenSMTPD"}


def test_nothing_is_sent() -> None:
    wire = Replay.of("smtp/opensmtpd")
    _look(wire)
    assert wire.talks[0].sent == []


def test_a_server_that_turns_everyone_away_says_nothing_of_itself() -> None:
    assert _look(Replay.tcp(25, b"554 No SMTP service here\r\n")) == {}
