"""A switch's tables: behind which of its ports each MAC stands, and who announces himself there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from discovery.evidence import Evidence
from discovery.harvest import announced, bridge_tables
from discovery.harvest.announced import Neighbour
from discovery.harvest.walked import by_index, text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from discovery.harvest.asked import Agent

SOURCE = "switch_fdb"
MOST_VLANS = 64
"""VLANs whose tables are asked for one by one, on switches that keep one for each."""
UPLINK_AT = 64
"""So many MACs behind one port stand behind another switch, whatever it says of itself; an access point has fewer."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a device is plugged in.

    Attributes:
        switch: the switch's own name; `port` as the switch calls it.
        alias: what the switch's administrator wrote on the port.
        vlan: None where the switch does not say.
    """

    switch: str
    port: str
    alias: str = ""
    vlan: int | None = None


@dataclass(frozen=True, slots=True)
class Switched:
    """What one switch knows.

    Attributes:
        macs: its own.
        places: by MAC; only of those that stand at the port itself.
        announced: by the MAC at whose port it was said, or the announcer's own.
        uplinks: ports behind which other switches stand.
    """

    name: str
    macs: frozenset[str]
    places: Mapping[str, Place]
    announced: Mapping[str, tuple[Evidence, ...]]
    uplinks: frozenset[str]


@dataclass(frozen=True, slots=True)
class Tables:
    """A switch's tables as read.

    Attributes:
        forwarding: (VLAN or None, MAC, bridge port).
        interfaces: ifIndex by bridge port; `names` and `aliases` by ifIndex.
        local_ports: what LLDP calls its local ports, by its own number.
    """

    forwarding: tuple[tuple[int | None, str, int], ...]
    interfaces: Mapping[int, int]
    names: Mapping[int, str]
    aliases: Mapping[int, str]
    macs: frozenset[str]
    neighbours: tuple[Neighbour, ...]
    local_ports: Mapping[int, str]

    def port_name(self, bridge_port: int) -> str:
        """A bridge port as the switch calls its interface, else its number."""
        index = self.interfaces.get(bridge_port, bridge_port)
        return self.names.get(index) or str(bridge_port)

    def neighbour_port(self, one: Neighbour) -> str:
        """The port at which a neighbour stands. LLDP numbers its ports as it likes; most use the ifIndex or the bridge port."""
        said = self.local_ports.get(one.port, "") if one.protocol == "lldp" else ""
        if said in self.names.values():
            return said
        if one.port in self.names:
            return self.names[one.port]
        return self.port_name(one.port)


def uplinks(tables: Tables, others: frozenset[str]) -> frozenset[str]:
    """The ports that lead to other switches and routers: what is seen there stands elsewhere. Pure.

    Args:
        tables: of the switch.
        others: the MACs of other known switches and routers.
    """
    counted = Counter(tables.port_name(port) for _, _, port in set(tables.forwarding))
    found = {port for port, count in counted.items() if count >= UPLINK_AT}
    found |= {tables.port_name(port) for _, mac, port in tables.forwarding if mac in others}
    found |= {tables.neighbour_port(one) for one in tables.neighbours if one.passes_on}
    return frozenset(found)


def places(name: str, tables: Tables, leading_on: frozenset[str]) -> dict[str, Place]:
    """Where each MAC stands that stands at the switch itself. Pure."""
    found: dict[str, Place] = {}
    for vlan, mac, bridge_port in tables.forwarding:
        port = tables.port_name(bridge_port)
        if port not in leading_on and mac not in tables.macs:
            index = tables.interfaces.get(bridge_port, bridge_port)
            found[mac] = Place(name, port, tables.aliases.get(index, ""), vlan)
    return found


def told(tables: Tables, standing: Mapping[str, Place]) -> dict[str, tuple[Evidence, ...]]:
    """What neighbours announce, by MAC: their own where they name it, else the only one that stands at their port. Pure."""
    at_port: dict[str, list[str]] = {}
    for mac, place in standing.items():
        at_port.setdefault(place.port, []).append(mac)
    found: dict[str, tuple[Evidence, ...]] = {}
    for one in tables.neighbours:
        alone = at_port.get(tables.neighbour_port(one), [])
        whose = one.mac or (alone[0] if len(alone) == 1 else None)
        if whose is not None:
            said = tuple(Evidence.of(one.protocol, key, value) for key, value in one.said)
            found[whose] = (*found.get(whose, ()), *said)
    return found


async def _per_vlan(agent: Agent) -> list[tuple[int | None, str, int]]:
    found: list[tuple[int | None, str, int]] = []
    vlans = bridge_tables.vlans(await agent.walk(bridge_tables.VTP_VLAN_STATE))
    for vlan in vlans[:MOST_VLANS] if agent.has_communities else []:
        async with agent.of_vlan(vlan) as same:
            rows = await same.walk(bridge_tables.FDB_PORT)
        found += [(vlan, mac, port) for mac, port in bridge_tables.forwarding(rows)]
    return found


async def _forwarding(agent: Agent) -> list[tuple[int | None, str, int]]:
    """Q-BRIDGE knows the VLANs; where it is not kept, each VLAN's own table, and where there are none the one of all."""
    rows = await agent.walk(bridge_tables.VLAN_FDB_PORT)
    found: list[tuple[int | None, str, int]] = list(bridge_tables.vlan_forwarding(rows))
    if not found:
        found = await _per_vlan(agent)
    if not found:
        rows = await agent.walk(bridge_tables.FDB_PORT)
        found = [(None, mac, port) for mac, port in bridge_tables.forwarding(rows)]
    return found


async def _neighbours(agent: Agent) -> list[Neighbour]:
    found = announced.lldp(await agent.walk(announced.LLDP_REMOTE))
    found = found or announced.lldp_2009(await agent.walk(announced.LLDP_REMOTE_2009))
    return found + announced.cdp(await agent.walk(announced.CDP_CACHE))


async def read(agent: Agent) -> Tables:
    """Read the switch's tables."""
    interfaces = by_index(await agent.walk(bridge_tables.PORT_INTERFACE), bridge_tables.PORT_INTERFACE)
    names = by_index(await agent.walk(bridge_tables.INTERFACE_NAME), bridge_tables.INTERFACE_NAME)
    aliases = by_index(await agent.walk(bridge_tables.INTERFACE_ALIAS), bridge_tables.INTERFACE_ALIAS)
    local = by_index(await agent.walk(announced.LLDP_LOCAL_PORT), announced.LLDP_LOCAL_PORT)
    return Tables(
        forwarding=tuple(await _forwarding(agent)),
        interfaces={port: index for port, index in interfaces.items() if isinstance(index, int)},
        names={index: text(value) for index, value in names.items() if text(value)},
        aliases={index: text(value) for index, value in aliases.items() if text(value)},
        macs=bridge_tables.macs(await agent.walk(bridge_tables.INTERFACE_MAC)),
        neighbours=tuple(await _neighbours(agent)),
        local_ports={port: text(value) for port, value in local.items()},
    )


def _known(items: Iterable[tuple[str, Tables]]) -> dict[str, frozenset[str]]:
    return {name: tables.macs for name, tables in items}


def placed(read_of: Mapping[str, Tables], routers: frozenset[str] = frozenset()) -> list[Switched]:
    """What all switches that were read say together: each knows the others' MACs, and so its uplinks. Pure.

    Args:
        read_of: each switch's tables by its name.
        routers: MACs of routers, behind whose port a whole network stands.
    """
    own = _known(read_of.items())
    found = []
    for name, tables in read_of.items():
        others = frozenset[str]().union(routers, *(macs for other, macs in own.items() if other != name))
        leading_on = uplinks(tables, others - tables.macs)
        standing = places(name, tables, leading_on)
        found.append(Switched(name, tables.macs, standing, told(tables, standing), leading_on))
    return found
