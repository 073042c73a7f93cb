"""Both rates hold whatever the order, and a pause never becomes a burst."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.pacing import Beat, Newcomers, Pacer

if TYPE_CHECKING:
    from collections.abc import Awaitable


class _Time:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class _Sleepers:
    """Time that passes when everyone sleeps."""

    def __init__(self) -> None:
        self.now = 100.0
        self._beds: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = itertools.count()

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        up: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._beds, (self.now + seconds, next(self._numbers), up))
        await up

    async def all(self, *doings: Awaitable[None]) -> None:
        working = asyncio.gather(*doings)
        while not working.done():
            for _ in range(10):
                await asyncio.sleep(0)
            if self._beds and not working.done():
                self.now, _, up = heapq.heappop(self._beds)
                if not up.cancelled():
                    up.set_result(None)
        await working


def _sent(sends: list[tuple[str, int]], slow: dict[str, float] | None = None) -> list[tuple[float, str, int]]:
    """When each of these packets left, all asked for at once."""
    time = _Sleepers()
    left: list[tuple[float, str, int]] = []

    async def one(pacer: Pacer, host: str, packets: int) -> None:
        await pacer.wait(host, packets)
        left.append((time.now, host, packets))

    async def run() -> None:
        pacer = Pacer(1000, 40, clock=time, sleep=time.sleep)
        for host, rate in (slow or {}).items():
            pacer.slow(host, rate)
        await time.all(*(one(pacer, host, packets) for host, packets in sends))

    asyncio.run(run())
    return left


_SENDS = st.lists(st.tuples(st.sampled_from("abcd"), st.integers(1, 6)), min_size=1, max_size=40)


@given(_SENDS)
def test_neither_rate_is_passed_however_many_ask_at_once(sends: list[tuple[str, int]]) -> None:
    left = _sent(sends)
    assert sorted((host, packets) for _, host, packets in left) == sorted(sends)
    for (before, _, packets), (after, _, _) in itertools.pairwise(left):
        assert after - before >= packets / 1000 - 1e-9
    for name in "abcd":
        own = [one for one in left if one[1] == name]
        for (before, _, packets), (after, _, _) in itertools.pairwise(own):
            assert after - before >= packets / 40 - 1e-9


def test_a_busy_host_does_not_hold_the_others_back() -> None:
    left = _sent([*[("busy", 1)] * 40, ("other", 1)])
    assert next(at for at, host, _ in left if host == "other") < 100.1


def test_a_host_that_was_slowed_stays_slow() -> None:
    left = _sent([("printer", 1)] * 4 + [("other", 1)] * 4, {"printer": 5})
    assert [round(at - 100, 3) for at, host, _ in left if host == "printer"] == [0, 0.2, 0.4, 0.6]
    assert max(at for at, host, _ in left if host == "other") < 100.1


def test_nobody_is_ever_made_faster() -> None:
    left = _sent([("printer", 1)] * 3, {"printer": 1000})
    assert [round(at - 100, 3) for at, _, _ in left] == [0, 0.025, 0.05]


def test_the_wait_is_slept_not_spun() -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async def ask() -> None:
        pacer = Pacer(10, 10, clock=_Time(), sleep=sleep)
        await pacer.wait("a")
        await pacer.wait("a")

    asyncio.run(ask())
    assert sum(slept) == pytest.approx(0.2)


def test_hosts_whose_turn_has_passed_are_forgotten_but_not_that_one_is_fragile() -> None:
    clock = _Time()

    async def ask() -> Pacer:
        pacer = Pacer(1e9, 1e6, clock=clock)
        pacer.slow("fragile", 5)
        for number in range(5000):
            await pacer.wait(str(number))
            clock.now += 1
        return pacer

    turns = asyncio.run(ask())._turns
    assert len(turns) < 5000
    assert "fragile" in turns


def _met(hosts: list[str], thresh: int = 1000) -> list[tuple[float, str]]:
    """When each may be sent to, all asked for at once."""
    time = _Sleepers()
    met: list[tuple[float, str]] = []

    async def one(newcomers: Newcomers, host: str) -> None:
        await newcomers.wait(host)
        met.append((round(time.now - 100, 3), host))

    async def run() -> None:
        newcomers = Newcomers(thresh, clock=time, sleep=time.sleep)
        await time.all(*(one(newcomers, host) for host in hosts))

    asyncio.run(run())
    return met


def test_the_kernel_never_has_more_neighbours_than_it_keeps() -> None:
    met = _met([str(number) for number in range(3000)])
    assert len({host for _, host in met}) == 3000
    moments = [at for at, _ in met]
    for number, at in enumerate(moments):
        kept = sum(1 for earlier in moments[:number] if at - earlier < Newcomers.KEPT_S)
        assert kept < 1000 * Newcomers.SHARE
    assert moments[-1] < 4 * Newcomers.KEPT_S


def test_whoever_asks_for_a_host_that_is_about_to_be_met_is_let_in_with_the_first() -> None:
    met = _met(["a", "b", "b", "a"], thresh=1)
    assert sorted(met) == [(0, "a"), (0, "a"), (45, "b"), (45, "b")]


def test_a_host_that_is_spoken_with_is_no_newcomer_until_it_was_left_alone() -> None:
    clock = _Time()

    async def ask() -> list[float]:
        slept: list[float] = []

        async def sleep(seconds: float) -> None:
            slept.append(seconds)
            clock.now += seconds

        newcomers = Newcomers(1, clock=clock, sleep=sleep)
        for later in (0, 40, 40):
            clock.now += later
            await newcomers.wait("a")
        clock.now += 15
        await newcomers.wait("b")
        return slept

    assert asyncio.run(ask()) == pytest.approx([30])


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
