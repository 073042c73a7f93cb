"""How fast: when each packet may leave, in all and to each host. The only sleeper in discovery."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_FORGET_AFTER = 4096
"""Hosts remembered before those whose turn has passed are dropped."""


@dataclass(slots=True)
class _Turn:
    """One host's turn: who holds the lock is the next to send to it.

    Attributes:
        free_at: when the next packet may leave to the host.
        gap: seconds a packet takes of the host's allowance.
        waiting: how many hold the lock or wait for it.
    """

    gap: float
    free_at: float = 0.0
    waiting: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Pacer:
    """Gives every packet a moment to leave, so that neither rate is passed. For coroutines on one loop.

    Packets are spread evenly rather than let out in bursts: small devices drop bursts. A place in the overall schedule is taken
    when the host's own turn has come, not before: places taken in advance would fall together later on.
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
        self._turns: dict[str, _Turn] = {}

    def _turn(self, ip: str) -> _Turn:
        turn = self._turns.get(ip)
        if turn is None:
            if len(self._turns) > _FORGET_AFTER:
                now = self._clock()
                # A slower turn is kept: it is what is known of a fragile host.
                self._turns = {
                    host: one
                    for host, one in self._turns.items()
                    if one.waiting or one.free_at > now or one.gap > self._host_gap
                }
            turn = self._turns[ip] = _Turn(self._host_gap)
        return turn

    def slow(self, ip: str, host_rate: float) -> None:
        """From now on at most so many packets per second to this host; never more than before."""
        turn = self._turn(ip)
        turn.gap = max(turn.gap, 1.0 / host_rate)

    async def wait(self, ip: str, packets: int = 1) -> None:
        """Wait until `packets` packets may leave to the host."""
        turn = self._turn(ip)
        turn.waiting += 1
        try:
            async with turn.lock:
                if (own := turn.free_at - self._clock()) > 0:
                    await self._sleep(own)
                now = self._clock()
                at = max(now, self._next)
                self._next = at + packets * self._gap
                turn.free_at = at + packets * turn.gap
                if at > now:
                    await self._sleep(at - now)
        finally:
            turn.waiting -= 1

    async def rest(self, seconds: float) -> None:
        """Let time pass."""
        await self._sleep(seconds)


class Newcomers:
    """Lets hosts on an own link be met a few at a time, for the kernel keeps only so many neighbours.

    Linux holds `thresh` entries in all (net.ipv4.neigh.default.gc_thresh3, 1,024 as shipped) and drops none that is confirmed: half as
    long again as base_reachable_time, which is 30 s (neigh(7) and net/core/neighbour.c). Who would be one too many is not sent
    to, and no error says so.
    """

    KEPT_S = 45.0
    SHARE = 0.85
    """Of the table: others use it, too."""

    def __init__(
        self,
        thresh: int,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Args: thresh: neighbours that the kernel keeps."""
        self._most = max(int(thresh * self.SHARE), 1)
        self._clock = clock
        self._sleep = sleep
        self._spoken: OrderedDict[str, float] = OrderedDict()
        """When each was last spoken with, the longest ago first."""
        self._door = asyncio.Lock()

    def _forget(self, now: float) -> None:
        while self._spoken and now - next(iter(self._spoken.values())) >= self.KEPT_S:
            self._spoken.popitem(last=False)

    def _is_known(self, ip: str) -> bool:
        if ip in self._spoken:
            self._spoken[ip] = self._clock()
            self._spoken.move_to_end(ip)
            return True
        return False

    async def wait(self, ip: str) -> None:
        """Wait until there is room for the host; at once for one that was spoken with of late."""
        if self._is_known(ip):
            return
        async with self._door:
            self._forget(self._clock())
            if self._is_known(ip):
                return
            while len(self._spoken) >= self._most:
                oldest = next(iter(self._spoken.values()))
                await self._sleep(max(oldest + self.KEPT_S - self._clock(), 0.01))
                self._forget(self._clock())
            self._spoken[ip] = self._clock()


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
