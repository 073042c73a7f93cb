from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from discovery.probes import mdns
from tests.discovery.replaying import HOST, Replay


def test_a_responder_tells_its_services_their_names_and_texts() -> None:
    found = {(e.key, e.value) for e in asyncio.run(mdns.look(HOST, Replay.of("mdns/avahi")))}
    assert found == {
        ("service", "_sonos._tcp"),
        ("name", "Sonos-000E58000013"),
        ("txt.vers", "3"),
        ("host", "Sonos-000E58000013"),
    }


def test_a_silent_host_is_asked_once() -> None:
    wire = Replay({})
    assert asyncio.run(mdns.look(HOST, wire)) == []
    assert len(wire.asked) == 1


@given(st.lists(st.binary(max_size=300), max_size=4))
def test_whatever_datagrams_come_nothing_raises(datagrams: list[bytes]) -> None:
    assert isinstance(mdns.read((), mdns.answers(datagrams)), list)


@given(st.integers(0, 199), st.binary(min_size=1, max_size=1))
def test_a_datagram_with_a_changed_byte_is_read_or_left(at: int, byte: bytes) -> None:
    said = bytearray.fromhex(Replay.of("mdns/avahi").said["udp"][1]["answers"][0])
    said[at % len(said)] = byte[0]
    assert isinstance(mdns.read((), mdns.answers([bytes(said)])), list)
