"""A short run over every decoder, and a planted bug that it catches; the long run is ``make fuzz``."""

from __future__ import annotations

import pytest

from discovery.probes import PROBES
from tests.fuzz.decoders import OTHER_SHAPE, Decoder, decoders
from tests.fuzz.feeding import feed

SHORT = 400


@pytest.mark.parametrize("decoder", decoders(), ids=lambda one: one.name)
def test_nothing_escapes(decoder: Decoder) -> None:
    assert decoder.seeds, "a decoder without seeds is fed noise alone"
    fed = feed(decoder, SHORT, 7)
    assert fed.failures == []
    assert fed.inputs >= SHORT


def test_no_probe_is_forgotten() -> None:
    names = {one.name for one in decoders()}
    assert {probe.NAME for probe in PROBES} - names - OTHER_SHAPE == set()
    assert {"mdns", "ssdp", "snmp-tables"} <= names


def test_a_planted_bug_is_caught_and_can_be_fed_again() -> None:
    def read(data: bytes) -> bytes:
        return data[: data[data[0]]]  # trusts a length

    planted = Decoder("planted", read, (b"\3abcdef",))
    failures = feed(planted, SHORT, 7).failures
    assert failures
    with pytest.raises(IndexError):
        read(failures[0][1])


def test_a_decoder_that_takes_its_time_or_tells_too_much_is_caught() -> None:
    greedy = Decoder("greedy", lambda data: [0] * len(data) * 1000, (bytes(64),))
    assert feed(greedy, 20, 7).failures
