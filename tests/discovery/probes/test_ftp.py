"""FTP is listened to, and never spoken."""

from __future__ import annotations

import asyncio

from discovery.probes import ftp
from tests.discovery.replaying import HOST, Replay


def _look(wire: Replay) -> dict[str, str]:
    return {e.key: e.value for e in asyncio.run(ftp.look(HOST, wire))}


def test_what_a_real_one_says_is_learnt() -> None:
    assert _look(Replay.of("ftp/vsftpd")) == {"banner": "(vsFTPd 3.0.3)"}


def test_nothing_is_sent() -> None:
    wire = Replay.of("ftp/vsftpd")
    _look(wire)
    assert wire.talks[0].sent == []


def test_a_greeting_of_several_lines_is_one_text() -> None:
    said = b"220-HP JetDirect\r\n220-No guests\r\n220 ready\r\n"
    assert _look(Replay.tcp(21, said)) == {"banner": "HP JetDirect No guests ready"}


def test_a_refusal_is_no_greeting() -> None:
    assert _look(Replay.tcp(21, b"500 OOPS: vsftpd: both local and anonymous access disabled!\r\n")) == {}
