"""Ask those who already know: lease files, routers and switches. Nothing is sent to the devices themselves."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from discovery.asking import Host
from discovery.coverage import Method, MethodState
from discovery.errors import ProbeFailedError
from discovery.evidence import Evidence
from discovery.harvest import Known, dhcp_leases, rooms, router, switch
from discovery.harvest.asked import agent
from discovery.harvest.switch import Switched
from discovery.settings import FILE_KINDS, IPNetwork
from discovery.sweeps import until_stopped

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from discovery.asking import SnmpLogin, Wire
    from discovery.harvest.switch import Tables
    from discovery.settings import HarvestSettings, NetworkSettings
    from discovery.sweeps import Stop

log = logging.getLogger("discovery.harvesting")
_METHODS = {"router": router.SOURCE, "switch": switch.SOURCE}
"""What harvesting a kind of agent is called in the coverage; a file's is ``dhcp``."""


@dataclass(slots=True)
class Harvest:
    """What all sources of one network gave.

    Attributes:
        known: devices with an address in the network.
        switches: what the switches know, of whichever network.
        rooms: by switch and port, both in lower case.
        methods: how it went, one a source.
    """

    known: list[Known] = field(default_factory=list)
    switches: list[Switched] = field(default_factory=list)
    rooms: dict[tuple[str, str], str] = field(default_factory=dict)
    methods: list[Method] = field(default_factory=list)

    def of_mac(self, mac: str | None) -> tuple[Evidence, ...]:
        """Where a MAC is plugged in, and what it announces there. The narrowest place stands: uplinks were left out."""
        found: list[Evidence] = []
        for one in self.switches:
            if mac is None or not (place := one.places.get(mac)):
                continue
            room = rooms.room_of(self.rooms, place.switch, place.port)
            said = {"switch": place.switch, "port": place.port, "alias": place.alias, "room": room or ""}
            if place.vlan is not None:
                said["vlan"] = str(place.vlan)
            found += [Evidence.of(switch.SOURCE, key, value) for key, value in said.items() if value]
        for one in self.switches:
            found += one.announced.get(mac or "", ())
        return tuple(found)


def unknown_networks(known: Iterable[IPNetwork], configured: Iterable[IPNetwork]) -> list[IPNetwork]:
    """The networks that a router knows and that touch none of the configured ones, in order. Pure."""
    within = tuple(configured)
    found = {
        one for one in known if not any(one.version == cidr.version and one.overlaps(cidr) for cidr in within)
    }
    return sorted(found, key=lambda one: (one.version, one))


def asked_for(sources: Iterable[HarvestSettings], network: NetworkSettings) -> list[HarvestSettings]:
    """The sources that may know of a network: files know of all, an agent of those at its site. Pure."""
    return [
        one
        for one in sources
        if one.kind in FILE_KINDS or None in {one.site, network.site} or one.site == network.site
    ]


def agents_of(sources: Iterable[HarvestSettings]) -> list[IPNetwork]:
    """The addresses of routers and switches: the only ones that harvesting sends to."""
    return [ip_network(str(one.address)) for one in sources if one.address is not None]


def _is_further(known: Known, here: Sequence[Known]) -> bool:
    address = ip_address(known.ip)
    return address.version == 6 and not address.is_link_local and known not in here  # noqa: PLR2004 -- IPv6


class Harvesting:
    """Harvests for one network."""

    def __init__(
        self,
        network: NetworkSettings,
        wire: Wire,
        logins: Sequence[SnmpLogin],
        now: datetime,
        stop: Stop,
        configured: Iterable[IPNetwork] = (),
    ) -> None:
        """Args: wire: one that reaches the agents and nobody else; configured: all networks that the configuration knows."""
        self._network = network
        self._wire = wire
        self._logins = tuple(logins)
        self._now = now
        self._stop = stop
        self._configured = tuple(configured)
        self._harvest = Harvest()
        self._tables: dict[str, Tables] = {}

    def _is_here(self, known: Known) -> bool:
        address = ip_address(known.ip)
        return any(address in cidr for cidr in self._network.cidrs)

    def _done(self, name: str, targets: int, reason: str | None = None) -> None:
        self._harvest.methods.append(Method(name, MethodState.DONE, targets, targets, reason))

    async def _file(self, source: HarvestSettings) -> None:
        # A large file takes its time to read, and a stop must be heard meanwhile.
        harvested = await asyncio.to_thread(dhcp_leases.harvest, source, self._now)
        here = [known for known in harvested.known if self._is_here(known)]
        self._harvest.known += here
        self._done(
            "dhcp", len(here), f"malformed-lines:{harvested.malformed}" if harvested.malformed else None
        )

    def _host(self, source: HarvestSettings) -> Host:
        return Host(
            ip=str(source.address),
            network=self._network.name,
            site=source.site,
            ports={"snmp": source.port},
            logins=self._logins,
        )

    async def _router(self, source: HarvestSettings) -> None:
        async with agent(self._host(source), self._wire) as opened:
            routed = await router.harvest(opened)
        here = [known for known in routed.known if self._is_here(known)]
        macs = {known.mac for known in here}
        # What else a device of this network is called: its IPv6 addresses, which no configured network need hold.
        here += [known for known in routed.known if known.mac in macs and _is_further(known, here)]
        self._harvest.known += here
        unknown = unknown_networks(routed.networks, self._configured)
        if unknown:
            log.info(
                "router %s knows networks that are not configured: %s",
                opened.name,
                ", ".join(map(str, unknown)),
            )
        self._done(router.SOURCE, len(here), f"unknown-networks:{len(unknown)}" if unknown else None)

    async def _switch(self, source: HarvestSettings) -> None:
        if source.rooms is not None:
            self._harvest.rooms |= await asyncio.to_thread(rooms.load, source.rooms)
        async with agent(self._host(source), self._wire) as opened:
            self._tables[opened.name] = await switch.read(opened)
        self._done(switch.SOURCE, len({mac for _, mac, _ in self._tables[opened.name].forwarding}))

    async def _one(self, source: HarvestSettings) -> None:
        ways = {"router": self._router, "switch": self._switch}
        try:
            await ways.get(source.kind, self._file)(source)
        except ProbeFailedError as error:
            log.warning("%s %s: %s", source.kind, source.path or source.address, error.reason)
            name = _METHODS.get(source.kind, "dhcp")
            self._harvest.methods.append(Method(name, MethodState.FAILED, reason=error.reason))

    async def look(self, sources: Iterable[HarvestSettings]) -> Harvest:
        """Ask them all, the agents side by side; what is not there at a stop is said to be partial."""
        chosen = asked_for(sources, self._network)
        done: set[int] = set()

        async def one(number: int, source: HarvestSettings) -> None:
            await self._one(source)
            done.add(number)

        await until_stopped(asyncio.gather(*(one(n, source) for n, source in enumerate(chosen))), self._stop)
        for number, source in enumerate(chosen):
            if number not in done:
                name = _METHODS.get(source.kind, "dhcp")
                self._harvest.methods.append(Method(name, MethodState.PARTIAL, reason=self._stop.said))
        self._harvest.switches = switch.placed(self._tables)
        return self._harvest
