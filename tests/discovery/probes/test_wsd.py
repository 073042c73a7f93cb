"""WS-Discovery: two Probes by unicast."""

from __future__ import annotations

import asyncio

from discovery.probes import wsd
from tests.discovery.replaying import HOST, Replay


def _look(wire: Replay) -> dict[str, str]:
    return {e.key: e.value for e in asyncio.run(wsd.look(HOST, wire))}


def test_what_a_real_one_says_is_learnt() -> None:
    assert _look(Replay.of("wsd/onvif")) == {
        "address": "urn:uuid:a1f48ac2-dc8b-11df-b255-00408c1836b2",
        "types": "NetworkVideoTransmitter",
        "scopes": "onvif://www.onvif.org/location/",
        "xaddrs": "http://192.0.2.20/onvif/device_service",
    }


def test_every_scope_is_told() -> None:
    found = asyncio.run(wsd.look(HOST, Replay.of("wsd/onvif")))
    assert "onvif://www.onvif.org/hardware/P3245-LV" in [e.value for e in found if e.key == "scopes"]


def test_one_probe_asks_for_everything_and_where_nobody_answers_one_for_devices() -> None:
    wire = Replay.of("wsd/onvif")
    _look(wire)
    assert [b"<d:Types" in asked for asked in wire.asked] == [False]
    wire = Replay({})
    _look(wire)
    assert [b"<d:Types" in asked for asked in wire.asked] == [False, True]


def test_entities_are_refused() -> None:
    bomb = b'<!DOCTYPE a [<!ENTITY b "c">]><ProbeMatch><Types>&b;</Types></ProbeMatch>'
    assert wsd.read(bomb) == []
