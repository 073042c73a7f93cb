"""Ask those who answered what they are: by datagram first, side by side, then over connections.

A host that is recognised as fragile (printers, building automation, medical equipment; from the register, by its MAC's maker,
by an open port or by its first answers) is asked one thing at a time from then on, and more slowly. On a gentle network all are.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from discovery.coverage import Method, MethodState
from discovery.errors import OutOfScopeError
from discovery.evidence import Evidence
from discovery.fingerprint import identify
from discovery.narrowing import FRAGILE
from discovery.sweeps import until_stopped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from discovery.asking import Host
    from discovery.probes import Probe
    from discovery.sweeps import Stop
    from discovery.sweeps.tcp import PortSweep
    from discovery.wire import AsyncWire

log = logging.getLogger("discovery.probing")
AT_ONCE = 256
"""Hosts asked at once: most of their time is waiting for answers."""
GENTLE_AT_ONCE = 4
HOST_DEADLINE = 45.0
"""Seconds that one host may take in all."""
FRAGILE_RATE = 10
"""Packets per second to a fragile host at most."""
FRAGILE_PORTS = frozenset({502, 631, 2404, 44818, 47808})
"""TCP ports of printing (RFC 8010) and of automation: Modbus, IEC 60870-5-104, EtherNet/IP, BACnet (IANA's registry)."""


@dataclass(slots=True)
class Counts:
    """How the probes of one network went."""

    hosts: int = 0
    answered: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    late: int = 0


def is_fragile(host: Host, evidence: Iterable[Evidence]) -> bool:
    """Whether a host is to be asked gently, by what is known of it so far. Pure."""
    if host.is_fragile or FRAGILE_PORTS & (host.open_ports or frozenset()):
        return True
    own = [Evidence("arp", "mac", host.mac)] if host.mac else []
    return identify([*own, *evidence]).device_class in FRAGILE


def _by_datagram(probe: Probe) -> bool:
    return any(ask.transport == "udp" for ask in probe.ASKS[:1])


class Probing:
    """Asks the hosts of one network."""

    def __init__(
        self,
        probes: Sequence[Probe],
        wire: AsyncWire,
        stop: Stop,
        *,
        gently: bool,
        ports: PortSweep | None = None,
    ) -> None:
        """Args: gently: whether every host of the network is asked as a fragile one; ports: finds each host's open ports first.

        On an own link a host is done with in one go: the kernel remembers only so many neighbours at a time.
        """
        self._probes = probes
        self._wire = wire
        self._stop = stop
        self._gently = gently
        self._ports = ports
        self.counts = Counts()

    async def _look(self, probe: Probe, host: Host, learnt: list[Evidence]) -> None:
        if self._stop.asked:
            return
        try:
            evidence = await probe.look(host, self._wire)
        except OutOfScopeError:
            raise
        except Exception:
            log.exception("probe %s failed on %s", probe.NAME, host.ip)
            self.counts.failed[probe.NAME] += 1
        else:
            self.counts.answered[probe.NAME] += bool(evidence)
            learnt.extend(evidence)

    def _slow_where_fragile(self, host: Host, learnt: list[Evidence]) -> bool:
        """Whether the host is to be asked gently; its rate is lowered then."""
        gently = self._gently or is_fragile(host, learnt)
        if gently:
            self._wire.slow(host.ip, FRAGILE_RATE)
        return gently

    async def _wave(self, probes: Sequence[Probe], host: Host, learnt: list[Evidence]) -> None:
        """Some probes, side by side or, where the host is fragile, one after the other."""
        if self._slow_where_fragile(host, learnt):
            for probe in probes:
                await self._look(probe, host, learnt)
            return
        async with asyncio.TaskGroup() as group:
            for probe in probes:
                group.create_task(self._look(probe, host, learnt))

    async def _host(self, host: Host, learnt: list[Evidence]) -> None:
        await self._wire.meet(host.ip)
        try:
            async with asyncio.timeout(HOST_DEADLINE):
                if self._ports is not None:
                    # A port's try is a packet, too.
                    self._slow_where_fragile(host, learnt)
                    await self._ports.ask(host.ip, is_alive=True)
                    host = replace(host, open_ports=frozenset(self._ports.open.get(host.ip, ())))
                await self._wave([probe for probe in self._probes if _by_datagram(probe)], host, learnt)
                await self._wave([probe for probe in self._probes if not _by_datagram(probe)], host, learnt)
        except TimeoutError:
            self.counts.late += 1
        except BaseExceptionGroup as error:
            # A group holds what its first failing probe raised: a packet that was about to leave the scope ends the survey.
            raise error.exceptions[0] from None

    async def look(
        self, hosts: Sequence[tuple[Host, list[Evidence]]], told: Callable[[int, int], None]
    ) -> list[Method]:
        """Ask all of them; what each tells is added to its list.

        Returns:
            how it went, a method for each probe.

        Raises:
            OutOfScopeError: a probe was about to send where nothing may go.
        """
        places = asyncio.Semaphore(GENTLE_AT_ONCE if self._gently else AT_ONCE)

        async def one(host: Host, learnt: list[Evidence]) -> None:
            async with places:
                await self._host(host, learnt)
            self.counts.hosts += 1
            told(self.counts.hosts, len(hosts))

        await until_stopped(asyncio.gather(*(one(host, learnt) for host, learnt in hosts)), self._stop)
        return [self._method(probe.NAME, len(hosts)) for probe in self._probes]

    def _method(self, name: str, targets: int) -> Method:
        state, reason = MethodState.DONE, None
        if self.counts.late:
            state, reason = MethodState.PARTIAL, f"late:{self.counts.late}"
        if self.counts.failed[name]:
            state, reason = MethodState.PARTIAL, f"failed:{self.counts.failed[name]}"
        if self._stop.asked:
            state, reason = MethodState.PARTIAL, self._stop.said
        return Method(name, state, targets, self.counts.answered[name], reason)


_WORST = (MethodState.FAILED, MethodState.PARTIAL, MethodState.DONE)


def together(methods: Iterable[Method]) -> list[Method]:
    """The methods of one name as one: the sum of both, and the worse of their states. Pure."""
    found: dict[str, Method] = {}
    for one in methods:
        other = found.get(one.name)
        if other is not None:
            worse = min(one, other, key=lambda method: _WORST.index(method.state))
            targets, answered = one.targets + other.targets, one.answered + other.answered
            found[one.name] = replace(worse, targets=targets, answered=answered)
        else:
            found[one.name] = one
    return list(found.values())
