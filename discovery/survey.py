"""One run over the configured networks: sweep, harvest, probe, merge; a failing probe shrinks coverage, no more."""

from __future__ import annotations

import asyncio
import logging
from ipaddress import ip_network
from typing import TYPE_CHECKING

from discovery.asking import Host
from discovery.coverage import HARVESTS, MOST_BUSY, Coverage
from discovery.evidence import OBSERVER, OWN_ADDRESS, Evidence
from discovery.harvesting import Harvest, Harvesting, agents_of
from discovery.interfaces import Interface, Link, ethernet, link_of, links, on_link
from discovery.last_step import LastStep
from discovery.learning import Learning, Run, Seen
from discovery.logins import logins
from discovery.merge import Found, sightings
from discovery.on_link import twice
from discovery.pacing import Newcomers, Pacer
from discovery.plan import SENDING, rate_of, sweep_ports
from discovery.probes import PROBES
from discovery.probing import FRAGILE_RATE, Probing, together
from discovery.reverse_dns import NameServers, look_up
from discovery.scope import Scope
from discovery.sweeping import Sweeping
from discovery.sweeps import Stop, neighbour
from discovery.sweeps.tcp import PortSweep
from discovery.unnamed import refusal, unnamed
from discovery.wire import AsyncWire

if TYPE_CHECKING:
    from collections.abc import Sequence

    from discovery.coverage import Method
    from discovery.settings import NetworkSettings

log = logging.getLogger("discovery.survey")


class NetworkSurvey:
    """The survey of one network."""

    def __init__(
        self, run: Run, network: NetworkSettings, interfaces: Sequence[Interface], wide: Sequence[Link] = ()
    ) -> None:
        """Args: interfaces, wide: this machine's own, with IPv4 and with IPv6."""
        self.run = run
        self.network = network
        scope = run.settings.scope
        self.scope = Scope(network.cidrs, scope.never)
        self.stop = Stop(wider=run.stop)
        self.rate = rate_of(run.settings, network)
        host_rate = run.settings.limits.host_rate
        pacer = Pacer(self.rate, min(host_rate, FRAGILE_RATE) if network.profile == "gentle" else host_rate)
        is_own_link = any(on_link(cidr, interfaces) for cidr in network.cidrs)
        is_own_link = is_own_link or link_of(network.cidrs, interfaces, wide) is not None
        newcomers = Newcomers(neighbour.most()) if is_own_link else None
        self.wire = AsyncWire(self.scope, pacer, newcomers)
        # Name servers stand elsewhere: a wire of their own, on the same pace and with the same never-list.
        self.servers = tuple(str(server) for server in run.settings.dns.servers)
        self.names_wire = AsyncWire(Scope(map(ip_network, self.servers), scope.never), pacer)
        # So do routers and switches: this one reaches them and nobody else.
        self.agents_wire = AsyncWire(Scope(agents_of(run.settings.harvest), scope.never), pacer)
        self.logins = logins(run.settings.snmp)
        self.interfaces = list(interfaces)
        self.learning = Learning(run, network)
        self.sweeping = Sweeping(self.learning, self.scope, self.wire, self.stop, interfaces, wide)

    async def _harvest(self) -> Harvest:
        configured = [cidr for network in self.run.settings.networks for cidr in network.cidrs]
        now = self.run.clock()
        harvesting = Harvesting(self.network, self.agents_wire, self.logins, now, self.stop, configured)
        return await harvesting.look(self.run.settings.harvest)

    def _take_in(self, harvest: Harvest) -> None:
        """What others know of those who answered, and who is known to others alone."""
        self.learning.methods += harvest.methods
        for known in harvest.known:
            seen = self.learning.seen.setdefault(known.ip, Seen(known.source, via=known.via))
            seen.mac = seen.mac or known.mac
            seen.evidence.extend(known.evidence)
        for seen in self.learning.seen.values():
            seen.evidence.extend(harvest.of_mac(seen.mac))

    def _host(self, ip: str, seen: Seen) -> Host:
        return Host(
            ip=ip,
            network=self.network.name,
            site=self.network.site,
            mac=seen.mac,
            ports=self.network.ports,
            open_ports=seen.open_ports,
            logins=self.logins,
            is_fragile=not self.run.fragile.isdisjoint((ip, seen.mac or ip)),
        )

    async def _probe(self) -> None:
        probes = [probe for probe in PROBES if probe.NAME != "snmp" or self.logins]
        live = {
            ip: seen.mac
            for ip, seen in self.learning.seen.items()
            if seen.source not in HARVESTS and self.scope.allows(ip)
        }
        known_twice = twice(live)
        ips = [ip for ip in live if ip not in known_twice]
        ports = PortSweep(self.wire, sweep_ports(self.network), self.stop)
        methods: list[Method] = []
        for some, sweep in (
            ([ip for ip in ips if ip in self.sweeping.swept_ports], None),
            ([ip for ip in ips if ip not in self.sweeping.swept_ports], ports),
        ):
            if not some:
                continue
            gently = self.network.profile == "gentle"
            probing = Probing(probes, self.wire, self.stop, gently=gently, ports=sweep)
            hosts = [(self._host(ip, self.learning.seen[ip]), self.learning.seen[ip].evidence) for ip in some]
            methods += await probing.look(hosts, self.learning.told("probe"))
            if sweep is not None:
                swept = sweep.swept(some, alive=frozenset(some))
                # The ports of those who were met say nothing of who was not, where nobody went through the addresses.
                (self.learning.take if self.sweeping.asked_each else self.learning.meet)(swept)
        self.learning.methods += together(methods)
        if not self.logins:
            self.learning.skipped("snmp", "no-login")

    async def _name(self) -> None:
        """Ask the name servers about everyone in scope, also about who sleeps: they are asked, not the devices."""
        if not self.servers:
            self.learning.skipped("rdns", "not-configured")
            return
        ips = [ip for ip in self.learning.seen if self.scope.allows(ip)]
        servers = NameServers(self.servers, self.run.settings.dns.port, self.names_wire)
        names, method = await look_up(ips, servers, self.stop, self.learning.told("rdns"))
        for ip, evidence in names.items():
            self.learning.seen[ip].evidence.append(evidence)
        self.learning.methods.append(method)

    async def _last_step(self) -> None:
        settings = self.run.settings.nmap
        if reason := refusal(settings, self.network):
            self.learning.skipped("nmap", reason)
            return
        hosts = [
            host
            for ip, seen in self.learning.seen.items()
            if self.scope.allows(ip) and (host := unnamed(ip, seen.mac, seen.evidence, seen.open_ports))
        ]
        step = LastStep(self.wire, self.stop, min(self.rate, self.run.settings.limits.host_rate))
        learnt, method = await step.look(settings.path, hosts, self.learning.told("nmap"))
        for ip, evidence in learnt.items():
            self.learning.seen[ip].evidence.extend(evidence)
        self.learning.methods.append(method)

    def _own(self, ip: str) -> tuple[Evidence, ...]:
        """That the address is this machine's, where it is: a stranger that is the scanner itself need not be looked for."""
        is_own = any(str(interface.ip.ip) == ip for interface in self.interfaces)
        return (Evidence.of(OBSERVER, OWN_ADDRESS, self.run.observer),) if is_own else ()

    def _found(self) -> list[Found]:
        return [
            Found(
                ip=ip,
                mac=seen.mac,
                via=seen.via,
                network=self.network.name,
                site=self.network.site,
                source=seen.source,
                evidence=(*self._own(ip), *seen.evidence),
                ports=tuple(sorted(seen.open_ports)),
                packets=self.wire.sent[ip],
            )
            for ip, seen in self.learning.seen.items()
        ]

    async def look(self) -> None:
        """Harvest, sweep, probe, ask for names; then say what was seen and how well we looked."""
        started = self.run.clock()
        sends = self.network.profile in SENDING
        # First of all: a router that is asked to pass a packet to one who sleeps forgets him when he does not answer.
        harvest = await self._harvest() if self.network.profile != "never" else Harvest()
        if sends and not self.stop.asked:
            await self.sweeping.sweep()
        self._take_in(harvest)
        if sends and not self.stop.asked:
            await self._probe()
        if self.network.profile != "never" and not self.stop.asked:
            await self._name()
        if sends and not self.stop.asked:
            await self._last_step()
        ended = self.run.clock()
        name, site = self.network.name, self.network.site
        for sighting in sightings(
            self._found(), survey=self.run.survey, observer=self.run.observer, seen_at=ended
        ):
            self.run.emit(sighting)
        wires = (self.wire, self.names_wire, self.agents_wire)
        packets = self.learning.packets + sum(sum(wire.sent.values()) for wire in wires)
        self.run.emit(
            Coverage(
                self.run.survey,
                self.run.observer,
                name,
                site,
                started,
                ended,
                tuple(self.learning.methods),
                packets,
                tuple(self.wire.sent.most_common(MOST_BUSY)),
            )
        )


async def survey(run: Run, networks: Sequence[NetworkSettings]) -> None:
    """Look at the networks one after the other; each ends at its deadline at the latest."""
    interfaces, wide = ethernet(), links()
    for network in networks:
        one = NetworkSurvey(run, network, interfaces, wide)
        loop = asyncio.get_running_loop()
        timer = loop.call_later(run.settings.limits.deadline_s, one.stop.ask, "deadline")
        await one.look()
        timer.cancel()


__all__ = ["NetworkSurvey", "Run", "survey"]
