"""Who answers on one network: by ARP and neighbour discovery on an own link, by echo and ports behind routers."""

from __future__ import annotations

import asyncio
from ipaddress import IPv6Network, ip_address
from typing import TYPE_CHECKING

from discovery.coverage import Method, MethodState
from discovery.errors import NotPermittedError
from discovery.interfaces import on_link
from discovery.on_link import Neighbourhood, neighbourhood, never_of
from discovery.plan import rate_of, sweep_ports
from discovery.probing import FRAGILE_RATE
from discovery.sweeps import Answer, Stop, Swept, arp, icmp, nd, neighbour, tcp

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from ipaddress import IPv4Address

    from discovery.interfaces import Interface, Link
    from discovery.learning import Learning
    from discovery.scope import Scope
    from discovery.settings import IPNetwork, NetworkSettings
    from discovery.wire import AsyncWire


def belonging(
    answers: Iterable[Answer], network: NetworkSettings, macs: Iterable[str | None], *, is_alone: bool
) -> list[Answer]:
    """The answers of a link that are this network's. Pure.

    Args:
        answers: IPv6 addresses with their MACs.
        network: the one that is surveyed.
        macs: of the devices met on this network already.
        is_alone: whether no other configured network lies on the link; else a stranger's network cannot be told.
    """
    met = set(macs)
    wide = [cidr for cidr in network.cidrs if isinstance(cidr, IPv6Network)]
    return [
        answer
        for answer in answers
        if is_alone or answer.mac in met or any(ip_address(answer.ip) in cidr for cidr in wide)
    ]


class Sweeping:
    """The sweeps of one network's survey."""

    def __init__(
        self,
        learning: Learning,
        scope: Scope,
        wire: AsyncWire,
        stop: Stop,
        interfaces: Sequence[Interface],
        links: Sequence[Link],
    ) -> None:
        """Args: interfaces, links: this machine's own, with IPv4 and with IPv6."""
        self._learning = learning
        self._scope = scope
        self._wire = wire
        self._stop = stop
        self._run = learning.run
        self._network = learning.network
        self._interfaces = interfaces
        self._near = neighbourhood(learning.run.settings, learning.network, interfaces, links)
        self._rate = rate_of(learning.run.settings, learning.network)
        self.swept_ports: set[str] = set()
        self.asked_each = False
        """Whether the network was gone through address by address, which an IPv6 network is not."""

    async def _sweep_link(self, cidr: IPNetwork, interface: Interface) -> bool:
        targets: list[IPv4Address] = list(self._scope.targets([cidr]))  # type: ignore[arg-type]
        told = self._learning.told_from_thread("arp")
        try:
            swept = await asyncio.to_thread(arp.sweep, targets, interface, self._rate, self._stop, told)
        except NotPermittedError:
            self._learning.skipped("arp", "not-permitted")
            return False
        self._learning.packets += swept.packets
        self._learning.take(swept)
        self.asked_each = self.asked_each or bool(targets)
        return True

    async def _sweep_routed(self, targets: list[str]) -> None:
        # The kernel answers for every loopback address: a reply from there proves nobody.
        targets = [ip for ip in targets if not ip_address(ip).is_loopback]
        if not targets:
            self._learning.skipped("icmp", "loopback")
            return
        try:
            swept = await icmp.sweep(targets, self._wire, self._stop, self._learning.told("icmp"))
        except NotPermittedError:
            self._learning.skipped("icmp", "not-permitted")
            return
        doubted = swept.method.reason == icmp.ECHO_EVERYWHERE
        self._learning.take(Swept(swept.method) if doubted else swept)

    async def sweep(self) -> None:
        """All of them."""
        open_to_all: list[str] = []
        for cidr in self._network.cidrs:
            interface = on_link(cidr, self._interfaces)
            # On the own link a connection goes only to what ARP has confirmed, and with the other questions.
            if interface is None or not await self._sweep_link(cidr, interface):
                open_to_all.extend(str(ip) for ip in self._scope.targets([cidr]))
        self.asked_each = self.asked_each or bool(open_to_all)
        for ip in self._run.fragile.intersection(open_to_all):
            self._wire.slow(ip, FRAGILE_RATE)
        if open_to_all and not self._stop.asked:
            await self._sweep_routed(open_to_all)
        if open_to_all and not self._stop.asked:
            ports, told, alive = (
                sweep_ports(self._network),
                self._learning.told("tcp"),
                frozenset(self._learning.seen),
            )
            self._learning.take(
                await tcp.sweep(open_to_all, ports, self._wire, self._stop, told, alive=alive)
            )
            self.swept_ports.update(open_to_all)
        self._read_neighbours()
        if self._near is not None and not self._stop.asked:
            await self._sweep_wide(self._near)

    async def _sweep_wide(self, near: Neighbourhood) -> None:
        """The IPv6 addresses on an own link, to those who have been met and of those who have not."""
        macs = {seen.mac for seen in self._learning.seen.values() if seen.mac and not seen.via}
        try:
            swept = await asyncio.to_thread(
                nd.sweep,
                near.link,
                macs,
                self._rate,
                self._stop,
                self._learning.told_from_thread("nd"),
                never=never_of(self._run.settings),
                everybody=near.everybody,
            )
        except NotPermittedError:
            self._learning.skipped("nd", "not-permitted")
            return
        self._learning.packets += swept.packets
        answers = belonging(swept.answers, self._network, macs, is_alone=near.is_alone)
        self._learning.take(Swept(swept.method, tuple(answers)))

    def _read_neighbours(self) -> None:
        """Whom the kernel knows, and this machine itself: it stands on the network, too, and no sweep sees it."""
        if not any(on_link(cidr, self._interfaces) for cidr in self._network.cidrs):
            return
        own = [Answer(str(i.ip.ip), i.mac) for i in self._interfaces]
        answers = [a for a in (*neighbour.known(), *own) if self._scope.allows(a.ip)]
        self._learning.take(
            Swept(Method("neighbour", MethodState.DONE, len(answers), len(answers)), tuple(answers))
        )
