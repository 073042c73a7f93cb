"""TCP connect sweep over a short list of ports: works through routers and without any right."""

from __future__ import annotations

import asyncio
from collections import Counter
from ipaddress import ip_address
from typing import TYPE_CHECKING

from discovery.coverage import Method, MethodState
from discovery.sweeps import Answer, Stop, Swept, until_stopped
from discovery.sweeps.figures import FIRST, PORTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

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


OPEN_LEAST = 128
"""Addresses from which on a port that nearly all hold open is the firewall's: a full rack may hold 30 web servers, hardly 120."""


def open_everywhere(targets: int, opened: Iterable[Iterable[int]]) -> frozenset[int]:
    """The ports that are open on so many of the addresses that they prove nobody alive. Pure.

    Args:
        targets: addresses asked.
        opened: the open ports of each that had any.
    """
    counted = Counter(port for ports in opened for port in set(ports))
    least = REFUSING_SHARE * targets
    return frozenset(p for p, count in counted.items() if targets >= OPEN_LEAST and count > least)


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

    def swept(self, targets: Sequence[str], *, alive: frozenset[str] = frozenset()) -> Swept:
        """What the sweep gave, a reason with it where answers were not believed.

        Args:
            targets: those that were asked, of an own link those that ARP confirmed.
            alive: who has answered otherwise: of them no answer is doubted.
        """
        everywhere = open_everywhere(len(targets), self.open.values())
        distrust = refusing_everywhere(len(targets), len(self.refused))
        believed = {ip for ip, ports in self.open.items() if ip in alive or ports - everywhere}
        believed |= set() if distrust else self.refused
        found = tuple(Answer(ip, None, frozenset(self.open.get(ip, ()))) for ip in targets if ip in believed)
        doubted = "open-everywhere" if everywhere else "refused-everywhere" if distrust else None
        reason = self._stop.said or doubted
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
    return run.swept(targets, alive=alive)
