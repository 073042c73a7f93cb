"""How long a survey of a network will take, before anything is sent. Pure; `benchmarks.survey` holds it against what it took."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from discovery.logins import logins
from discovery.pacing import Newcomers
from discovery.plan import SENDING, Here, nd_packets, rate_of, sweep_ports
from discovery.probes import PROBES
from discovery.probing import AT_ONCE, FRAGILE_RATE, GENTLE_AT_ONCE
from discovery.scope import Scope
from discovery.sweeps import tcp
from discovery.sweeps.figures import FIRST, ICMP_ROUNDS

if TYPE_CHECKING:
    from discovery.settings import DiscoverySettings, NetworkSettings

LIVE_SHARE = 0.05
"""Of a network's addresses so many are taken to answer, and at least `LEAST_LIVE` of them: nobody knows before."""
LEAST_LIVE = 20
_ANSWERING = 1.15
"""Those who answer are sent somewhat more than those who do not."""
_WAITED = 4.0
"""Seconds of waiting for answers that one host costs beside its packets."""
_SWEPT = 2.0
"""Seconds after a sweep's last packet."""


@dataclass(frozen=True, slots=True)
class Foretold:
    """How long a network takes.

    Attributes:
        live: how many hosts were taken to answer.
    """

    network: str
    seconds: int
    live: int


def _per_host(settings: DiscoverySettings, network: NetworkSettings) -> float:
    """Packets to one host that answers little: a try at each port and each question once."""
    tried = len(logins(settings.snmp))
    questions = [ask for probe in PROBES for ask in probe.ASKS if ask.transport == "udp"]
    asked = sum(tried if ask.per_login else 1 for ask in questions)
    return _ANSWERING * (len(sweep_ports(network)) + asked)


def foretell(
    settings: DiscoverySettings, network: NetworkSettings, here: Here, neighbours: int
) -> Foretold | None:
    """The time a survey of the network takes, None where nothing is sent to it.

    Args:
        settings: the whole configuration.
        network: one of its networks.
        here: what the machine is on, and what it may send.
        neighbours: how many the kernel keeps (`discovery.sweeps.neighbour.most`).
    """
    if network.profile not in SENDING:
        return None
    scope = Scope((cidr for n in settings.networks for cidr in n.cidrs), settings.scope.never)
    linked = [cidr for cidr in network.cidrs if cidr in here.links and here.rights.arp]
    near = sum(1 for _ in scope.targets(linked))
    far = sum(1 for _ in scope.targets([cidr for cidr in network.cidrs if cidr not in linked]))
    live = min(near + far, max(round((near + far) * LIVE_SHARE), LEAST_LIVE))
    rate, gently = rate_of(settings, network), network.profile == "gentle"
    swept = (near * (2 - LIVE_SHARE) + far * ICMP_ROUNDS) / rate + _SWEPT
    silent = far * min(len(FIRST), len(sweep_ports(network)))
    swept += max(silent / rate, silent * tcp.WAIT / tcp.AT_ONCE)
    if (beside := here.near.get(network.name)) is not None and here.rights.arp:
        swept += nd_packets(beside, live) / rate + _SWEPT
    packets = _per_host(settings, network)
    host_rate = FRAGILE_RATE if gently else settings.limits.host_rate
    at_once = GENTLE_AT_ONCE if gently else AT_ONCE
    one = packets / host_rate + (_WAITED * len(PROBES) / 4 if gently else _WAITED)
    ways = [live * packets / rate, live * one / at_once]
    if near:
        ways.append(live * near / (near + far) * Newcomers.KEPT_S / (neighbours * Newcomers.SHARE))
    return Foretold(network.name, round(swept + max(ways) + one), live)
