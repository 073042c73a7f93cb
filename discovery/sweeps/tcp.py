"""TCP connect sweep over a short list of ports: works through routers and without any right."""

from __future__ import annotations

import asyncio
from ipaddress import ip_address
from typing import TYPE_CHECKING

from discovery.coverage import Method, MethodState
from discovery.sweeps import Answer, Stop, Swept, until_stopped
from discovery.sweeps.figures import FIRST, PORTS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from discovery.wire import AsyncWire

AT_ONCE = 256
"""Targets in play. The kernel's neighbour table holds 1,024 in all, and loses entries when it is full."""

WAIT = 1.0
"""Seconds one connection may take to open."""

REFUSING_SHARE = 0.9
REFUSING_LEAST = 16
"""When so large a share of so many addresses refuse, refusing is the network's habit (loopback, a firewall that
answers for empty addresses) and proves nobody alive."""


def refusing_everywhere(targets: int, refused: int) -> bool:
    """Whether refusals prove nothing here. Pure."""
    return targets >= REFUSING_LEAST and refused > REFUSING_SHARE * targets


class PortSweep:
    """A sweep of some ports, host by host."""

    def __init__(self, wire: AsyncWire, ports: Sequence[int], stop: Stop) -> None:
        """Args: ports: in the order to try, a network's own mapped ports first."""
        self._wire = wire
        self._ports = ports
        self._first = sum(port in FIRST or port not in PORTS for port in ports)
        self._stop = stop
        self.open: dict[str, set[int]] = {}
        self.refused: set[str] = set()

    async def ask(self, ip: str, *, is_alive: bool) -> None:
        """Try the ports of one target one after the other: all of a live one's, else the first few until it answers."""
        for number, port in enumerate(self._ports):
            known = is_alive or ip in self.open or ip in self.refused
            if self._stop.asked or (number >= self._first and not known):
                return
            state = await self._wire.opens(ip, port, wait=WAIT)
            if state == "open":
                self.open.setdefault(ip, set()).add(port)
            elif (
                state == "refused" and not ip_address(ip).is_loopback
            ):  # this machine refuses for all of them
                self.refused.add(ip)

    def swept(self, targets: Sequence[str]) -> Swept:
        """What the sweep gave, a reason with it where refusals were not believed."""
        distrust = refusing_everywhere(len(targets), len(self.refused))
        alive = set(self.open) if distrust else set(self.open) | self.refused
        found = tuple(Answer(ip, None, frozenset(self.open.get(ip, ()))) for ip in targets if ip in alive)
        reason = self._stop.said or ("refused-everywhere" if distrust else None)
        state = MethodState.PARTIAL if self._stop.asked else MethodState.DONE
        return Swept(Method("tcp", state, len(targets), len(found), reason), found)


async def sweep(
    targets: Sequence[str],
    ports: Sequence[int],
    wire: AsyncWire,
    stop: Stop,
    told: Callable[[int, int], None] = lambda _done, _total: None,
    *,
    alive: frozenset[str] = frozenset(),
) -> Swept:
    """Try the ports of every target. Open and refused both mean alive, unless nearly everyone refuses.

    Args:
        targets: addresses in scope.
        ports: in the order to try, a network's own mapped ports first.
        wire: the door.
        stop: ends the sweep at once.
        told: called with (done, total) as it goes.
        alive: those of the targets that another sweep has seen.
    """
    run = PortSweep(wire, ports, stop)
    places = asyncio.Semaphore(AT_ONCE)
    done = 0

    async def one(ip: str) -> None:
        nonlocal done
        async with places:
            await run.ask(ip, is_alive=ip in alive)
        done += 1
        told(done, len(targets))

    await until_stopped(asyncio.gather(*(one(ip) for ip in targets)), stop)
    return run.swept(targets)
