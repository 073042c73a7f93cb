"""What a whole survey gives away that one sighting cannot: proxies, phantoms, clones, gateways. Pure.

Everything is judged within one survey: a laptop that had eight addresses in eight days is no proxy.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, ip_address
from typing import TYPE_CHECKING

from discovery.address import AddressQuality, normalise_mac, normalise_serial, quality
from tracker.facts import Identifier
from tracker.words import IdentifierKind

if TYPE_CHECKING:
    from discovery.sighting import Sighting

PROXY_AT = 8
"""IPv4 addresses on one MAC at once from which on it is a router's or proxy's, not the hosts'."""
PHANTOM_AT = 8
PHANTOM_DENSITY = 0.8
"""So many neighbouring addresses that answer alike on the same ports and say nothing more are a firewall."""
_TABLES = frozenset({"router_arp", "switch_fdb", "dhcp", "snmp", "agent", "google", "intune"})
_GATEWAYS = frozenset({"bacnet", "modbus", "knx"})
_INSTANCES = ("unit", "bacnet_instance")


def lists_neighbours(sighting: Sighting) -> bool:
    """Whether the sighting is a row of a table that holds the hosts' own MACs, so that `via` only says whose table."""
    return sighting.source in _TABLES


def _instance(sighting: Sighting) -> str | None:
    """What tells a device behind a field-bus gateway from its siblings."""
    if sighting.source not in _GATEWAYS and "bacnet_instance" not in sighting.attributes:
        return None
    said = [(key, sighting.attributes.get(key)) for key in _INSTANCES]
    return next((f"{key}/{value}" for key, value in said if value is not None), None)


def _own_macs(sighting: Sighting) -> list[tuple[str, str | None]]:
    """The sighting's own MACs with their addresses; not those seen through a router."""
    found = []
    for address in sighting.addresses:
        mac = normalise_mac(address.mac) if address.mac else None
        if mac is not None and (address.via is None or lists_neighbours(sighting)):
            found.append((mac, address.ip))
    return found


def gateway_of(sighting: Sighting) -> str | None:
    """The gateway that a device without an address of its own stands behind; None for any other."""
    if any(address.ip or address.mac for address in sighting.addresses):
        return None
    return next((address.via for address in sighting.addresses if address.via), None)


def _place(sighting: Sighting) -> str | None:
    """What a gateway's children share: the MAC, else the address, else the gateway they were learnt through."""
    macs = _own_macs(sighting)
    if macs:
        return macs[0][0]
    if (gateway := gateway_of(sighting)) is not None:
        return gateway
    return next((address.ip for address in sighting.addresses if address.ip), None)


def _v4(text: str | None) -> IPv4Address | None:
    try:
        address = ip_address(text or "")
    except ValueError:
        return None
    return address if isinstance(address, IPv4Address) else None


@dataclass(frozen=True, slots=True)
class Suspicion:
    """What a survey gives away.

    Attributes:
        proxied: MACs that stand for many addresses at once.
        routers: MACs of routers, with the addresses that are the routers' own.
        contested: identifiers that several devices show.
        parents: MACs or addresses behind which several field-bus devices answer.
        phantoms: sightings (survey and id) that a firewall made up.
        edges: addresses that are a network's own or its broadcast address.
    """

    proxied: frozenset[str] = frozenset()
    routers: Mapping[str, frozenset[str]] = field(default_factory=dict)
    contested: frozenset[Identifier] = frozenset()
    parents: frozenset[str] = frozenset()
    phantoms: frozenset[tuple[str, str]] = frozenset()
    edges: frozenset[str] = frozenset()

    def is_proxied(self, mac: str, ip: str | None) -> bool:
        """Whether the MAC, at that address, is somebody else's who answers for it."""
        return mac in self.proxied or (mac in self.routers and ip not in self.routers[mac])

    def flags_of(self, sighting: Sighting) -> list[str]:
        """The flags that come from the survey as a whole."""
        flags = ["phantom-hosts"] if (sighting.survey, sighting.id) in self.phantoms else []
        if any(self._is_edge(address.ip) for address in sighting.addresses):
            flags.append("broadcast-address")
        return flags

    def _is_edge(self, ip: str | None) -> bool:
        address = _v4(ip)
        return address is not None and (str(address) in self.edges or address.is_multicast)

    def is_nothing(self, sighting: Sighting) -> bool:
        """Whether no device of its own stands behind the sighting."""
        ips = [address.ip for address in sighting.addresses if address.ip]
        return (sighting.survey, sighting.id) in self.phantoms or (
            bool(ips) and all(self._is_edge(ip) for ip in ips)
        )


UNSUSPECTED = Suspicion()


def child_of(sighting: Sighting, suspicion: Suspicion) -> str | None:
    """The identity of a device behind a field-bus gateway, None when the sighting is no such device."""
    instance, place = _instance(sighting), _place(sighting)
    if instance is None or place is None:
        return None
    if place not in suspicion.parents and gateway_of(sighting) is None:
        return None
    return f"{place}/{instance}"


def _proxied(sightings: Iterable[Sighting]) -> frozenset[str]:
    counted: dict[str, set[IPv4Address]] = defaultdict(set)
    for sighting in sightings:
        for mac, ip in _own_macs(sighting):
            if (address := _v4(ip)) is not None:
                counted[mac].add(address)
    return frozenset(mac for mac, ips in counted.items() if len(ips) >= PROXY_AT)


def _routers(sightings: Iterable[Sighting]) -> dict[str, frozenset[str]]:
    """MACs that routed hosts were seen behind; the router's own addresses are those it answered on directly."""
    through: set[str] = set()
    vias: set[str] = set()
    for sighting in sightings:
        for address in sighting.addresses:
            mac = normalise_mac(address.mac) if address.mac else None
            if address.via is not None and not lists_neighbours(sighting) and mac is not None:
                through.add(mac)
                vias.add(address.via)
    own: dict[str, set[str]] = {mac: set(vias) for mac in through}
    for sighting in sightings:
        is_router = any(ip in vias for _, ip in _own_macs(sighting))
        for mac, ip in _own_macs(sighting):
            if mac in own and is_router and ip is not None:
                own[mac].add(ip)
    return {mac: frozenset(ips) for mac, ips in own.items()}


def _parents(sightings: Iterable[Sighting]) -> frozenset[str]:
    instances: dict[str, set[str]] = defaultdict(set)
    for sighting in sightings:
        instance, place = _instance(sighting), _place(sighting)
        if instance is not None and place is not None:
            instances[place].add(instance)
    return frozenset(place for place, found in instances.items() if len(found) > 1)


def _is_bare(sighting: Sighting) -> bool:
    says = sighting.names or sighting.serials or sighting.uuids or sighting.mdm_ids or sighting.evidence
    return not says and not _own_macs(sighting) and bool(sighting.attributes.get("ports"))


def _phantoms(sightings: Iterable[Sighting]) -> set[tuple[str, str]]:
    alike: dict[tuple[str, str], dict[int, tuple[str, str]]] = defaultdict(dict)
    for sighting in sightings:
        address = next((a for a in map(_v4, (a.ip for a in sighting.addresses)) if a is not None), None)
        if address is not None and _is_bare(sighting):
            signature = (sighting.network or "", str(sighting.attributes["ports"]))
            alike[signature][int(address)] = (sighting.survey, sighting.id)
    found: set[tuple[str, str]] = set()
    for ids in alike.values():
        span = max(ids) - min(ids) + 1
        if len(ids) >= PHANTOM_AT and len(ids) >= PHANTOM_DENSITY * span:
            found.update(ids.values())
    return found


def _edges(sightings: Iterable[Sighting]) -> set[str]:
    """Addresses ending in .255 or .0 that nobody's own MAC answered for: what a ping to everybody brings back."""
    ips_of: dict[str, set[str | None]] = defaultdict(set)
    for sighting in sightings:
        for mac, ip in _own_macs(sighting):
            ips_of[mac].add(ip)
    found: set[str] = set()
    for sighting in sightings:
        for address in sighting.addresses:
            v4 = _v4(address.ip)
            own = normalise_mac(address.mac) if address.mac else None
            alone = own is not None and quality(own) is not AddressQuality.JUNK and len(ips_of[own]) == 1
            if v4 is not None and int(v4) & 0xFF in {0, 0xFF} and not alone:
                found.add(str(v4))
    return found


def _join(groups: list[set[str]], more: set[str]) -> list[set[str]]:
    """Groups of serials that belong to one device, with one more sighting's serials taken in."""
    apart = [group for group in groups if not group & more]
    return [*apart, more.union(*(group for group in groups if group & more))]


def _contested_macs(
    sightings: Iterable[Sighting], known: Iterable[frozenset[Identifier]], parents: frozenset[str]
) -> set[Identifier]:
    """MACs under which two serials answer: a dock, an adapter or a board that moved."""
    serials_of: dict[str, list[set[str]]] = defaultdict(list)
    for identifiers in known:
        serials = {value for kind, value in identifiers if kind is IdentifierKind.SERIAL}
        for kind, value in identifiers:
            if serials and kind is IdentifierKind.MAC:
                serials_of[value] = _join(serials_of[value], serials)
    for sighting in sightings:
        serials = {serial for text in sighting.serials if (serial := normalise_serial(text))}
        if not serials or (_place(sighting) in parents and _instance(sighting) is not None):
            continue
        for mac, _ in _own_macs(sighting):
            serials_of[mac] = _join(serials_of[mac], serials)
    return {
        (IdentifierKind.MAC, mac)
        for mac, groups in serials_of.items()
        if len(groups) > 1 and quality(mac) is not AddressQuality.DOCK
    }


def _are_clones(one: Sighting, other: Sighting) -> bool:
    """Whether two sightings with the same id, seen in one survey, are two machines and not two interfaces of one."""
    macs = [{mac for mac, _ in _own_macs(s)} for s in (one, other)]
    if not all(macs) or macs[0] & macs[1]:
        return False
    names = [{name.casefold() for name in s.names} for s in (one, other)]
    virtual = any(quality(mac) is AddressQuality.VIRTUAL_MACHINE for mac in macs[0] | macs[1])
    if all(names):
        return not names[0] & names[1]
    return virtual


def _contested_ids(sightings: Iterable[Sighting]) -> set[Identifier]:
    """Serials and ids that clones and careless makers hand out twice: two machines show them in one survey."""
    holders: dict[Identifier, list[Sighting]] = defaultdict(list)
    for sighting in sightings:
        for text in sighting.serials:
            if (serial := normalise_serial(text)) is not None:
                holders[IdentifierKind.SERIAL, serial].append(sighting)
        for value in sighting.uuids:
            holders[IdentifierKind.UUID, value.casefold()].append(sighting)
        for value in sighting.mdm_ids:
            holders[IdentifierKind.MDM_ID, value].append(sighting)
    return {
        identifier
        for identifier, found in holders.items()
        if any(_are_clones(found[0], other) for other in found[1:])
    }


def _by_survey(sightings: Iterable[Sighting]) -> list[list[Sighting]]:
    """Sightings of one run; where a run has no name, those of one hour."""
    runs: dict[str, list[Sighting]] = defaultdict(list)
    for sighting in sightings:
        runs[sighting.survey or sighting.seen_at.strftime("%Y-%m-%d %H")].append(sighting)
    return list(runs.values())


def suspect(
    sightings: Iterable[Sighting],
    known: Iterable[frozenset[Identifier]] = (),
    edges: frozenset[str] | None = None,
) -> Suspicion:
    """Read a survey, or several, as a whole.

    Args:
        sightings: what was seen.
        known: the identifiers of each device and asset met before.
        edges: network and broadcast addresses of the networks; guessed from the last octet when None.
    """
    everything = list(sightings)
    runs = _by_survey(everything)
    parents = frozenset[str]().union(*map(_parents, runs))
    contested = _contested_macs(everything, known, parents).union(*map(_contested_ids, runs))
    routers: dict[str, frozenset[str]] = {}
    for run in runs:
        routers |= _routers(run)
    guessed = set[str]().union(*map(_edges, runs)) if edges is None else edges
    return Suspicion(
        proxied=frozenset[str]().union(*map(_proxied, runs)),
        routers=routers,
        contested=frozenset(contested),
        parents=parents,
        phantoms=frozenset[tuple[str, str]]().union(*map(_phantoms, runs)),
        edges=frozenset(guessed),
    )
