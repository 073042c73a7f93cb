"""MQTT: a stranger is let in or not; the session leaves nothing behind."""

from __future__ import annotations

import asyncio

from discovery.probes import mqtt
from tests.discovery.replaying import HOST, Replay


def _look(wire: Replay) -> dict[str, str]:
    return {e.key: e.value for e in asyncio.run(mqtt.look(HOST, wire))}


def test_what_a_real_one_says_is_learnt() -> None:
    assert _look(Replay.of("mqtt/mosquitto")) == {
        "connect": "accepted",
        "version": "mosquitto version 2.0.11",
    }


def test_the_session_is_clean_and_is_ended() -> None:
    wire = Replay.of("mqtt/mosquitto")
    _look(wire)
    connect, subscribe, leave = wire.talks[0].sent
    assert connect[2:10] == b"\0\4MQTT\4\2"
    assert b"$SYS/broker/version" in subscribe
    assert leave == b"\xe0\0"


def test_a_broker_that_wants_a_login_is_asked_nothing_more() -> None:
    wire = Replay.tcp(1883, b"\x20\x02\x00\x05")
    assert _look(wire) == {"connect": "not-authorised"}
    assert len(wire.talks[0].sent) == 2


def test_a_packet_that_says_to_be_longer_than_it_is_is_waited_for() -> None:
    assert list(mqtt.packets(b"\x30\xff\xff\xff\x7f" + b"x" * 20)) == []
