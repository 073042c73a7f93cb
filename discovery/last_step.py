"""nmap for what is still unknown after all probes, host by host, under the survey's scope, pace and stop."""

from __future__ import annotations

import asyncio
from ipaddress import ip_address
from typing import TYPE_CHECKING

from discovery import nmap_binary, nmap_report
from discovery.coverage import Method, MethodState
from discovery.errors import ToolMissingError
from discovery.sweeps import until_stopped
from discovery.unnamed import PACKETS_PER_PORT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from discovery.evidence import Evidence
    from discovery.sweeps import Stop
    from discovery.unnamed import Unnamed
    from discovery.wire import AsyncWire

NAME = "nmap"
BOUNDS = nmap_binary.Bounds()
_AT_ONCE = 2


class LastStep:
    """One network's runs of nmap."""

    def __init__(self, wire: AsyncWire, stop: Stop, rate: int, bounds: nmap_binary.Bounds = BOUNDS) -> None:
        """Args: wire: checks, paces, counts; stop: ends all; rate: packets per second of one run; bounds: of each run."""
        self._wire = wire
        self._stop = stop
        self._rate = rate
        self._bounds = bounds

    async def _one(self, program: str, host: Unnamed) -> tuple[list[Evidence], bool]:
        for port in host.ports:
            await self._wire.before_sending(host.ip, PACKETS_PER_PORT, port)
        address = ip_address(host.ip)
        report, cut = await nmap_binary.run(program, address, host.ports, self._rate, self._bounds)
        return nmap_report.read(report), cut or nmap_report.timed_out(report)

    async def look(
        self, program: str, hosts: Sequence[Unnamed], tell: Callable[[int, int], None]
    ) -> tuple[dict[str, list[Evidence]], Method]:
        """Ask each host; what was learnt, and how it went.

        Raises:
            OutOfScopeError: a host or port that nothing may go to.
        """
        try:
            found = nmap_binary.find(program)
        except ToolMissingError:
            return {}, Method(NAME, MethodState.SKIPPED, reason="tool-missing")
        learnt: dict[str, list[Evidence]] = {}
        places = asyncio.Semaphore(_AT_ONCE)
        cut = done = 0

        async def one(host: Unnamed) -> None:
            nonlocal cut, done
            async with places:
                try:
                    evidence, was_cut = await self._one(found, host)
                except OSError:
                    evidence, was_cut = [], True
            learnt[host.ip] = evidence
            cut += was_cut
            done += 1
            tell(done, len(hosts))

        await until_stopped(asyncio.gather(*(one(host) for host in hosts)), self._stop)
        answered = sum(1 for evidence in learnt.values() if evidence)
        state, reason = MethodState.DONE, None
        if self._stop.asked:
            state, reason = MethodState.PARTIAL, self._stop.said
        elif cut:
            state, reason = MethodState.PARTIAL, f"cut-short:{cut}"
        return learnt, Method(NAME, state, len(hosts), answered, reason)
