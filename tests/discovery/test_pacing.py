"""Both rates hold whatever the order, and a pause never becomes a burst."""

from __future__ import annotations

import asyncio
import itertools
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.pacing import Beat, Pacer


class _Time:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.integers(1, 6)), min_size=1, max_size=60))
def test_neither_rate_is_passed(sends: list[tuple[str, int]]) -> None:
    clock = _Time()
    pacer = Pacer(1000, 40, clock=clock)
    times: dict[str, list[tuple[float, int]]] = defaultdict(list)
    for host, packets in sends:
        times[host].append((pacer.reserve(host, packets), packets))
    for places in times.values():
        for (before, packets), (after, _) in itertools.pairwise(places):
            assert after - before >= packets / 40 - 1e-9
    total = sum(packets for _, packets in sends)
    assert pacer.reserve("new") >= total / 1000 - 1e-9


def test_a_busy_host_does_not_hold_the_others_back() -> None:
    pacer = Pacer(1000, 40, clock=_Time())
    for _ in range(40):
        pacer.reserve("busy")
    assert pacer.reserve("other") < 0.1


def test_the_wait_is_slept_not_spun() -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async def ask() -> None:
        pacer = Pacer(10, 10, clock=_Time(), sleep=sleep)
        await pacer.wait("a")
        await pacer.wait("a")

    asyncio.run(ask())
    assert slept == pytest.approx([0.1])


def test_hosts_whose_turn_has_passed_are_forgotten() -> None:
    clock = _Time()
    pacer = Pacer(1e9, 1e6, clock=clock)
    for number in range(5000):
        pacer.reserve(str(number))
        clock.now += 1
    assert len(pacer._next_of) < 5000


def test_a_beat_gives_the_rate_and_no_more() -> None:
    clock = _Time()
    beat = Beat(1000, clock)
    sent = 0
    for _ in range(2000):
        clock.now += 0.001
        sent += beat.due(64)
    assert 1990 <= sent <= 2011


def test_a_pause_never_becomes_a_burst() -> None:
    clock = _Time()
    beat = Beat(1000, clock)
    beat.due(1)
    clock.now += 10
    assert beat.due(100_000) <= 10


def test_a_slow_beat_still_sends_its_first_packet() -> None:
    clock = _Time()
    beat = Beat(1, clock)
    assert beat.due(5) == 1
    assert beat.due(5) == 0
    clock.now += beat.until_next()
    assert beat.due(5) == 1
