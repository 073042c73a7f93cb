"""A router's tables: who stands at its links, IPv4 and IPv6, and which networks it knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from discovery.evidence import Evidence
from discovery.harvest import Known, arp_tables, route_tables
from discovery.settings import IPNetwork

if TYPE_CHECKING:
    from discovery.harvest.asked import Agent

SOURCE = "router_arp"
MOST_NETWORKS = 2_000
"""Networks told of one router."""


@dataclass(frozen=True, slots=True)
class Routed:
    """What one router knows.

    Attributes:
        known: each address with its MAC, as the router's link has it.
        networks: its own links and its routes, the narrow before the wide.
    """

    known: tuple[Known, ...]
    networks: tuple[IPNetwork, ...]


async def _pairs(agent: Agent) -> dict[str, str]:
    """MACs by address. Whoever keeps the newer tables keeps IPv6 in them; the older ones are asked for what is missing."""
    found = dict(arp_tables.media(await agent.walk(arp_tables.NET_TO_MEDIA)))
    found |= dict(arp_tables.physical(await agent.walk(arp_tables.NET_TO_PHYSICAL)))
    if not any(":" in ip for ip in found):
        rows = await agent.walk(arp_tables.IPV6_NET_TO_MEDIA)
        found |= dict(arp_tables.media(rows, arp_tables.IPV6_NET_TO_MEDIA))
        rows = await agent.walk(arp_tables.CISCO_NET_TO_MEDIA)
        found |= dict(arp_tables.physical(rows, arp_tables.CISCO_NET_TO_MEDIA))
    return found


async def _networks(agent: Agent) -> set[IPNetwork]:
    found = set(route_tables.masked(await agent.walk(route_tables.ADDRESS_MASK)))
    found |= set(route_tables.prefixes(await agent.walk(route_tables.ADDRESS_PREFIX)))
    found |= set(route_tables.routes(await agent.walk(route_tables.ROUTE)))
    found |= set(route_tables.inet_routes(await agent.walk(route_tables.INET_ROUTE)))
    return found


async def harvest(agent: Agent) -> Routed:
    """Read both kinds of tables."""
    said = Evidence.of(SOURCE, "router", agent.name)
    known = tuple(
        Known(ip, mac, (Evidence.of(SOURCE, "mac", mac), said), source=SOURCE, via=agent.host.ip)
        for ip, mac in (await _pairs(agent)).items()
    )
    networks = sorted(await _networks(agent), key=lambda one: (-one.prefixlen, one.version, one))
    return Routed(known, tuple(networks[:MOST_NETWORKS]))
