"""What a survey would send to whom, class by class and before anything is sent. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from discovery.asking import STANDARD_PORTS
from discovery.logins import logins
from discovery.probes import PROBES
from discovery.scope import Scope
from discovery.sweeps.figures import ARP_ROUNDS, FIRST, ICMP_ROUNDS, ports_for
from discovery.unnamed import MOST_PORTS, PACKETS_PER_PORT, refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from discovery.settings import DiscoverySettings, NetworkSettings

SENDING = frozenset({"full", "gentle"})
"""Profiles under which packets are sent at all."""
GENTLE_RATE = 100
"""Packets per second on a gentle network, or a gentler one."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One class of packets.

    Attributes:
        stage: ``sweep`` (to every address), ``probe`` (to each that answers) or ``lookup`` (to the name servers, about each).
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


def _sweeps(network: NetworkSettings, targets: int, *, link: bool) -> Iterator[Planned]:
    name = network.name
    if link:
        yield Planned(name, "sweep", "arp", "arp", (), targets, targets * ARP_ROUNDS)
    yield Planned(name, "sweep", "icmp", "icmp", (), targets, targets * ICMP_ROUNDS)
    ports = sweep_ports(network)
    yield Planned(name, "sweep", "tcp", "tcp", ports, targets, targets * len(ports))


def _probes(settings: DiscoverySettings, network: NetworkSettings, targets: int) -> Iterator[Planned]:
    tried = len(logins(settings.snmp))
    for probe in PROBES:
        for ask in probe.ASKS:
            if ask.per_login and not tried:
                continue
            port = network.ports.get(ask.service, STANDARD_PORTS[ask.service])
            packets = targets * (ask.packets + ask.per_login * tried)
            yield Planned(network.name, "probe", probe.NAME, ask.transport, (port,), targets, packets)


def _last_step(settings: DiscoverySettings, network: NetworkSettings, targets: int) -> Iterator[Planned]:
    if refusal(settings.nmap, network) is None:
        packets = targets * MOST_PORTS * PACKETS_PER_PORT
        yield Planned(network.name, "probe", "nmap", "tcp", sweep_ports(network), targets, packets)


def _lookups(settings: DiscoverySettings, network: NetworkSettings, targets: int) -> Iterator[Planned]:
    if servers := len(settings.dns.servers):
        port = settings.dns.port
        yield Planned(network.name, "lookup", "rdns", "udp", (port,), targets, targets * servers)


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
        if network.profile == "never":
            continue
        targets = sum(1 for _ in scope.targets(network.cidrs))
        if network.profile in SENDING:
            planned += _sweeps(network, targets, link=network.name in on_link)
            planned += _probes(settings, network, targets)
        planned += _lookups(settings, network, targets)
        if network.profile in SENDING:
            planned += _last_step(settings, network, targets)
    return planned
