"""LDAP: the root entry, without a login."""

from __future__ import annotations

import asyncio

from discovery.probes import ldap
from tests.discovery.replaying import HOST, Replay


def _look(wire: Replay) -> dict[str, str]:
    return {e.key: e.value for e in asyncio.run(ldap.look(HOST, wire))}


def test_what_a_real_one_says_is_learnt() -> None:
    assert _look(Replay.of("ldap/openldap")) == {"namingContexts": "dc=ekby,dc=se", "answers": "yes"}


def test_one_search_is_made_and_the_server_is_left() -> None:
    wire = Replay.of("ldap/openldap")
    _look(wire)
    search, leave = wire.talks[0].sent
    assert search[:2] == b"\x30\x82" or search[0] == 0x30
    assert b"objectClass" in search
    assert leave == b"\x30\x05\x02\x01\x02\x42\x00"


def test_what_is_no_ldap_gives_nothing() -> None:
    assert _look(Replay.tcp(389, b"HTTP/1.1 400 Bad Request\r\n\r\n")) == {}
