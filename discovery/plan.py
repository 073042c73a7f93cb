"""What a survey would send to whom, class by class and before anything is sent. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from discovery.asking import STANDARD_PORTS
from discovery.probes import PROBES
from discovery.scope import Scope
from discovery.sweeps.figures import ARP_ROUNDS, FIRST, ICMP_ROUNDS, ports_for

if TYPE_CHECKING:
    from collections.abc import Iterable

    from discovery.settings import DiscoverySettings, NetworkSettings

SENDING = frozenset({"full", "gentle"})
"""Profiles under which packets are sent at all."""
GENTLE_RATE = 100
"""Packets per second on a gentle network, or a gentler one."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One class of packets.

    Attributes:
        stage: ``sweep`` (to every address) or ``probe`` (to each that answers).
        ports: by transport port; empty where the protocol has none.
        targets: addresses the class may go to, at most.
        packets: packets at most, retries included.
    """

    network: str
    stage: str
    method: str
    transport: str
    ports: tuple[int, ...]
    targets: int
    packets: int


def rate_of(settings: DiscoverySettings, network: NetworkSettings) -> int:
    """Packets per second on a network: the least of the overall limit, its own, and what its profile allows."""
    limits = [settings.limits.rate, network.rate or settings.limits.rate]
    if network.profile != "full":
        limits.append(GENTLE_RATE)
    return min(limits)


def sweep_ports(network: NetworkSettings) -> tuple[int, ...]:
    """TCP ports tried on each address: the common few under the gentle profile."""
    ports = ports_for(network.ports)
    if network.profile == "gentle":
        return tuple(p for p in ports if p in FIRST or p in network.ports.values())
    return ports


def plan(
    settings: DiscoverySettings, networks: Iterable[NetworkSettings], on_link: set[str]
) -> list[Planned]:
    """Every class of packets a survey of the networks would send.

    Args:
        settings: the whole configuration.
        networks: those that would be surveyed.
        on_link: names of the networks this machine can sweep by ARP.
    """
    planned: list[Planned] = []
    scope = Scope((cidr for n in settings.networks for cidr in n.cidrs), settings.scope.never)
    for network in networks:
        if network.profile not in SENDING:
            continue
        targets = sum(1 for _ in scope.targets(network.cidrs))
        link = network.name in on_link
        if link:
            planned.append(Planned(network.name, "sweep", "arp", "arp", (), targets, targets * ARP_ROUNDS))
        planned.append(Planned(network.name, "sweep", "icmp", "icmp", (), targets, targets * ICMP_ROUNDS))
        ports = sweep_ports(network)
        planned.append(Planned(network.name, "sweep", "tcp", "tcp", ports, targets, targets * len(ports)))
        for probe in PROBES:
            for ask in probe.ASKS:
                port = network.ports.get(ask.service, STANDARD_PORTS[ask.service])
                planned.append(
                    Planned(
                        network.name,
                        "probe",
                        probe.NAME,
                        ask.transport,
                        (port,),
                        targets,
                        targets * ask.packets,
                    )
                )
    return planned
