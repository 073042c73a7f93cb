"""One run over the configured networks: sweep, harvest, probe, merge; a failing probe shrinks coverage, no more."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from discovery.asking import Host
from discovery.clock import Clock
from discovery.coverage import HARVESTS, Coverage, Method, MethodState
from discovery.errors import NotPermittedError
from discovery.evidence import OBSERVER, OWN_ADDRESS, Evidence
from discovery.harvesting import Harvest, Harvesting, agents_of
from discovery.interfaces import Interface, ethernet, on_link
from discovery.last_step import LastStep
from discovery.lines import Line, Progress
from discovery.logins import logins
from discovery.merge import Found, sightings
from discovery.pacing import Newcomers, Pacer
from discovery.plan import SENDING, rate_of, sweep_ports
from discovery.probes import PROBES
from discovery.probing import FRAGILE_RATE, Probing, together
from discovery.reverse_dns import NameServers, look_up
from discovery.scope import Scope
from discovery.settings import DiscoverySettings
from discovery.sweeps import Answer, Stop, Swept, arp, icmp, neighbour, tcp
from discovery.sweeps.tcp import PortSweep
from discovery.unnamed import refusal, unnamed
from discovery.wire import AsyncWire

if TYPE_CHECKING:
    from collections.abc import Sequence
    from ipaddress import IPv4Address

    from discovery.settings import IPNetwork, NetworkSettings

log = logging.getLogger("discovery.survey")


@dataclass(slots=True)
class _Seen:
    """What is known of one address so far.

    Attributes:
        via: the router that alone knows it, None for one that answered.
    """

    source: str
    mac: str | None = None
    via: str | None = None
    open_ports: frozenset[int] = frozenset()
    evidence: list[Evidence] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Run:
    """What every network of one survey shares.

    Attributes:
        fragile: MACs and IP addresses of devices that the register knows to be fragile.
    """

    settings: DiscoverySettings
    survey: str
    observer: str
    clock: Clock
    stop: Stop
    emit: Callable[[Line], None]
    fragile: frozenset[str] = frozenset()


class NetworkSurvey:
    """The survey of one network."""

    def __init__(self, run: Run, network: NetworkSettings, interfaces: Sequence[Interface]) -> None:
        self.run = run
        self.network = network
        scope = run.settings.scope
        self.scope = Scope(network.cidrs, scope.never)
        self.stop = Stop(wider=run.stop)
        self.rate = rate_of(run.settings, network)
        host_rate = run.settings.limits.host_rate
        pacer = Pacer(self.rate, min(host_rate, FRAGILE_RATE) if network.profile == "gentle" else host_rate)
        is_own_link = any(on_link(cidr, interfaces) for cidr in network.cidrs)
        newcomers = Newcomers(neighbour.most()) if is_own_link else None
        self.wire = AsyncWire(self.scope, pacer, newcomers)
        # Name servers stand elsewhere: a wire of their own, on the same pace and with the same never-list.
        self.servers = tuple(str(server) for server in run.settings.dns.servers)
        self.names_wire = AsyncWire(Scope(map(ip_network, self.servers), scope.never), pacer)
        # So do routers and switches: this one reaches them and nobody else.
        self.agents_wire = AsyncWire(Scope(agents_of(run.settings.harvest), scope.never), pacer)
        self.logins = logins(run.settings.snmp)
        self.interfaces = list(interfaces)
        self.methods: list[Method] = []
        self.seen: dict[str, _Seen] = {}
        self.swept_ports: set[str] = set()
        self.packets = 0

    def _told(self, step: str) -> Callable[[int, int], None]:
        last = -1

        def tell(done: int, total: int) -> None:
            nonlocal last
            share = done * 50 // max(total, 1)
            if share != last:
                last = share
                self.run.emit(Progress(self.network.name, step, done, total))

        return tell

    def _take(self, swept: Swept) -> None:
        self.methods.append(swept.method)
        for answer in swept.answers:
            seen = self.seen.setdefault(answer.ip, _Seen(swept.method.name))
            seen.mac = seen.mac or answer.mac
            seen.open_ports |= answer.open_ports

    def _skipped(self, name: str, reason: str) -> None:
        self.methods.append(Method(name, MethodState.SKIPPED, reason=reason))

    async def _sweep_link(self, cidr: IPNetwork, interface: Interface) -> bool:
        targets: list[IPv4Address] = list(self.scope.targets([cidr]))  # type: ignore[arg-type]
        loop = asyncio.get_running_loop()
        tell = self._told("arp")

        def from_thread(done: int, total: int) -> None:
            loop.call_soon_threadsafe(tell, done, total)

        try:
            swept = await asyncio.to_thread(arp.sweep, targets, interface, self.rate, self.stop, from_thread)
        except NotPermittedError:
            self._skipped("arp", "not-permitted")
            return False
        self.packets += swept.packets
        self._take(swept)
        return True

    async def _sweep_routed(self, targets: list[str]) -> None:
        # The kernel answers for every loopback address: a reply from there proves nobody.
        targets = [ip for ip in targets if not ip_address(ip).is_loopback]
        if not targets:
            self._skipped("icmp", "loopback")
            return
        try:
            self._take(await icmp.sweep(targets, self.wire, self.stop, self._told("icmp")))
        except NotPermittedError:
            self._skipped("icmp", "not-permitted")

    async def _sweep(self) -> None:
        open_to_all: list[str] = []
        for cidr in self.network.cidrs:
            interface = on_link(cidr, self.interfaces)
            # On the own link a connection goes only to what ARP has confirmed, and with the other questions.
            if interface is None or not await self._sweep_link(cidr, interface):
                open_to_all.extend(str(ip) for ip in self.scope.targets([cidr]))
        for ip in self.run.fragile.intersection(open_to_all):
            self.wire.slow(ip, FRAGILE_RATE)
        if open_to_all and not self.stop.asked:
            await self._sweep_routed(open_to_all)
        if open_to_all and not self.stop.asked:
            ports, told, alive = sweep_ports(self.network), self._told("tcp"), frozenset(self.seen)
            self._take(await tcp.sweep(open_to_all, ports, self.wire, self.stop, told, alive=alive))
            self.swept_ports.update(open_to_all)
        self._read_neighbours()

    def _read_neighbours(self) -> None:
        """Whom the kernel knows, and this machine itself: it stands on the network, too, and no sweep sees it."""
        if not any(on_link(cidr, self.interfaces) for cidr in self.network.cidrs):
            return
        own = [Answer(str(i.ip.ip), i.mac) for i in self.interfaces]
        answers = [a for a in (*neighbour.known(), *own) if self.scope.allows(a.ip)]
        self._take(Swept(Method("neighbour", MethodState.DONE, len(answers), len(answers)), tuple(answers)))

    async def _harvest(self) -> Harvest:
        configured = [cidr for network in self.run.settings.networks for cidr in network.cidrs]
        now = self.run.clock()
        harvesting = Harvesting(self.network, self.agents_wire, self.logins, now, self.stop, configured)
        return await harvesting.look(self.run.settings.harvest)

    def _take_in(self, harvest: Harvest) -> None:
        """What others know of those who answered, and who is known to others alone."""
        self.methods += harvest.methods
        for known in harvest.known:
            seen = self.seen.setdefault(known.ip, _Seen(known.source, via=known.via))
            seen.mac = seen.mac or known.mac
            seen.evidence.extend(known.evidence)
        for seen in self.seen.values():
            seen.evidence.extend(harvest.of_mac(seen.mac))

    def _host(self, ip: str, seen: _Seen) -> Host:
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
        ips = [ip for ip, seen in self.seen.items() if seen.source not in HARVESTS and self.scope.allows(ip)]
        ports = PortSweep(self.wire, sweep_ports(self.network), self.stop)
        methods: list[Method] = []
        for some, sweep in (
            ([ip for ip in ips if ip in self.swept_ports], None),
            ([ip for ip in ips if ip not in self.swept_ports], ports),
        ):
            if not some:
                continue
            gently = self.network.profile == "gentle"
            probing = Probing(probes, self.wire, self.stop, gently=gently, ports=sweep)
            hosts = [(self._host(ip, self.seen[ip]), self.seen[ip].evidence) for ip in some]
            methods += await probing.look(hosts, self._told("probe"))
            if sweep is not None:
                self._take(sweep.swept(some, alive=frozenset(some)))
        self.methods += together(methods)
        if not self.logins:
            self._skipped("snmp", "no-login")

    async def _name(self) -> None:
        """Ask the name servers about everyone in scope, also about who sleeps: they are asked, not the devices."""
        if not self.servers:
            self._skipped("rdns", "not-configured")
            return
        ips = [ip for ip in self.seen if self.scope.allows(ip)]
        servers = NameServers(self.servers, self.run.settings.dns.port, self.names_wire)
        names, method = await look_up(ips, servers, self.stop, self._told("rdns"))
        for ip, evidence in names.items():
            self.seen[ip].evidence.append(evidence)
        self.methods.append(method)

    async def _last_step(self) -> None:
        settings = self.run.settings.nmap
        if reason := refusal(settings, self.network):
            self._skipped("nmap", reason)
            return
        hosts = [
            host
            for ip, seen in self.seen.items()
            if self.scope.allows(ip) and (host := unnamed(ip, seen.mac, seen.evidence, seen.open_ports))
        ]
        step = LastStep(self.wire, self.stop, min(self.rate, self.run.settings.limits.host_rate))
        learnt, method = await step.look(settings.path, hosts, self._told("nmap"))
        for ip, evidence in learnt.items():
            self.seen[ip].evidence.extend(evidence)
        self.methods.append(method)

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
            )
            for ip, seen in self.seen.items()
        ]

    async def look(self) -> None:
        """Harvest, sweep, probe, ask for names; then say what was seen and how well we looked."""
        started = self.run.clock()
        sends = self.network.profile in SENDING
        # First of all: a router that is asked to pass a packet to one who sleeps forgets him when he does not answer.
        harvest = await self._harvest() if self.network.profile != "never" else Harvest()
        if sends and not self.stop.asked:
            await self._sweep()
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
        packets = self.packets + sum(sum(wire.sent.values()) for wire in wires)
        self.run.emit(
            Coverage(
                self.run.survey, self.run.observer, name, site, started, ended, tuple(self.methods), packets
            )
        )


async def survey(run: Run, networks: Sequence[NetworkSettings]) -> None:
    """Look at the networks one after the other; each ends at its deadline at the latest."""
    interfaces = ethernet()
    for network in networks:
        one = NetworkSurvey(run, network, interfaces)
        loop = asyncio.get_running_loop()
        timer = loop.call_later(run.settings.limits.deadline_s, one.stop.ask, "deadline")
        await one.look()
        timer.cancel()


__all__ = ["Answer", "NetworkSurvey", "Run", "survey"]
