"""How fast: a schedule of send times, in all and to each host. The only sleeper in discovery."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_FORGET_AFTER = 4096
"""Hosts remembered before those whose turn has passed are dropped."""


class Pacer:
    """Gives every packet a time to leave, so that neither rate is passed. For coroutines on one loop.

    Packets are spread evenly rather than let out in bursts: small devices drop bursts.
    """

    def __init__(
        self,
        rate: float,
        host_rate: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Args: rate: packets per second in all; host_rate: to one host."""
        self._gap = 1.0 / rate
        self._host_gap = 1.0 / host_rate
        self._clock = clock
        self._sleep = sleep
        self._next = 0.0
        self._next_of: dict[str, float] = {}

    def reserve(self, ip: str, packets: int = 1) -> float:
        """Take a place for `packets` packets to `ip`; seconds to wait before the first may leave."""
        now = self._clock()
        start = max(now, self._next, self._next_of.get(ip, 0.0))
        # The overall schedule moves on from where it stood: one busy host must not hold the others back.
        self._next = max(now, self._next) + packets * self._gap
        if len(self._next_of) > _FORGET_AFTER:
            self._next_of = {host: at for host, at in self._next_of.items() if at > now}
        self._next_of[ip] = start + packets * self._host_gap
        return start - now

    async def wait(self, ip: str, packets: int = 1) -> None:
        """Wait for the place."""
        delay = self.reserve(ip, packets)
        if delay > 0:
            await self._sleep(delay)

    async def rest(self, seconds: float) -> None:
        """Let time pass."""
        await self._sleep(seconds)


class Beat:
    """An even beat for the raw sweep, which does not run on the loop: how many packets are due now."""

    def __init__(self, rate: float, clock: Callable[[], float] = time.perf_counter) -> None:
        """Args: rate: packets per second."""
        self._rate = rate
        self._clock = clock
        self._started = clock()
        self._sent = 0

    def due(self, most: int) -> int:
        """How many packets may leave now, at most `most`; they count as sent.

        What was not sent in time is not made up for beyond a hundredth of a second, so a pause never becomes
        a burst.
        """
        allowed = (self._clock() - self._started) * self._rate + 1
        behind = allowed - self._sent
        ceiling = max(1.0, self._rate / 100)
        if behind > ceiling:
            self._started += (behind - ceiling) / self._rate
            behind = ceiling
        count = min(most, int(behind))
        self._sent += max(count, 0)
        return max(count, 0)

    def until_next(self) -> float:
        """Seconds until the next packet is due."""
        return max(0.0, self._started + self._sent / self._rate - self._clock())
