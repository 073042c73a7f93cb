"""What a survey would send to whom, class by class and before anything is sent. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from discovery.asking import STANDARD_PORTS
from discovery.logins import logins
from discovery.on_link import Neighbourhood
from discovery.probes import PROBES
from discovery.rights import Rights
from discovery.scope import Scope
from discovery.settings import IPNetwork
from discovery.sweeps.figures import ARP_ROUNDS, FIRST, ICMP_ROUNDS, ND_ROUNDS, ports_for
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


@dataclass(frozen=True, slots=True)
class Lost:
    """A sweep that is not made, for want of a right: the words of `discovery.coverage`."""

    network: str
    method: str
    reason: str = "not-permitted"


@dataclass(frozen=True, slots=True)
class Here:
    """What a survey depends on of the machine it runs on.

    Attributes:
        links: the networks on a link of its own.
        rights: what it may send there and elsewhere.
        near: by network, how IPv6 is looked for on a link of its own.
    """

    links: frozenset[IPNetwork] = frozenset()
    rights: Rights = field(default_factory=Rights)
    near: Mapping[str, Neighbourhood] = field(default_factory=dict)


def nd_packets(near: Neighbourhood, met: int) -> int:
    """Packets at most that look for IPv6 on a link: one to everybody from each /64, and to each of those met one in each."""
    prefixes = len(near.link.prefixes)
    return ND_ROUNDS * prefixes * (near.everybody + met)


def _sweeps(network: NetworkSettings, scope: Scope, here: Here) -> Iterator[Planned | Lost]:
    """The sweeps as the survey makes them: ARP on an own link, and echo requests where no ARP goes."""
    name = network.name
    links = [cidr for cidr in network.cidrs if cidr in here.links]
    by_arp = links if here.rights.arp else []
    count = sum(1 for _ in scope.targets(by_arp))
    if by_arp:
        yield Planned(name, "sweep", "arp", "arp", (), count, count * ARP_ROUNDS)
    elif links:
        yield Lost(name, "arp")
    others = [cidr for cidr in network.cidrs if cidr not in by_arp]
    # The kernel answers for every loopback address, so nobody is asked there.
    pinged = sum(1 for target in scope.targets(others) if not target.is_loopback)
    if pinged and here.rights.icmp:
        yield Planned(name, "sweep", "icmp", "icmp", (), pinged, pinged * ICMP_ROUNDS)
    elif pinged:
        yield Lost(name, "icmp")
    ports, targets = sweep_ports(network), sum(1 for _ in scope.targets(network.cidrs))
    yield Planned(name, "sweep", "tcp", "tcp", ports, targets, targets * len(ports))
    if (near := here.near.get(name)) is not None and here.rights.arp:
        yield Planned(name, "sweep", "nd", "icmpv6", (), count, nd_packets(near, count))


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
    settings: DiscoverySettings, networks: Iterable[NetworkSettings], here: Here
) -> list[Planned | Lost]:
    """Every class of packets a survey of the networks would send.

    Args:
        settings: the whole configuration.
        networks: those that would be surveyed.
        here: what the machine is on, and what it may send.

    Returns:
        in the order of the survey; what is lost stands where it would have been.
    """
    planned: list[Planned | Lost] = []
    scope = Scope((cidr for n in settings.networks for cidr in n.cidrs), settings.scope.never)
    for network in networks:
        if network.profile == "never":
            continue
        targets = sum(1 for _ in scope.targets(network.cidrs))
        if network.profile in SENDING:
            planned += _sweeps(network, scope, here)
            planned += _probes(settings, network, targets)
        planned += _lookups(settings, network, targets)
        if network.profile in SENDING:
            planned += _last_step(settings, network, targets)
    return planned
