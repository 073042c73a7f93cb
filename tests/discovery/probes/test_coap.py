"""CoAP: one GET of the list of what is there."""

from __future__ import annotations

import asyncio

from discovery.probes import coap
from tests.discovery.replaying import HOST, Replay


def _look(wire: Replay) -> dict[str, str]:
    return {e.key: e.value for e in asyncio.run(coap.look(HOST, wire))}


def test_what_a_real_one_says_is_learnt() -> None:
    assert _look(Replay.of("coap/libcoap")) == {
        "core": '</>;title="General Info";ct=0,</time>;if="clock";rt="ticks";title="Internal Clock";ct=0;obs,</async>;ct=0,</example_data>;title="Example Data";ct=0;obs'
    }


def test_an_option_of_a_long_value_is_passed_over() -> None:
    long = bytes((0x60, 0x45, 1, 2)) + bytes((0xDD, 1, 2)) + b"x" * 15 + b"\xff</a>"
    assert [e.value for e in coap.read(long)] == ["</a>"]


def test_what_is_no_content_gives_nothing() -> None:
    assert coap.read(bytes((0x60, 0x84, 1, 2))) == []
    assert coap.read(bytes((0x60, 0x45, 1, 2, 0xF0))) == []
    assert coap.request() != coap.request()
