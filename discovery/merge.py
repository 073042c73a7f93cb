"""Evidence about addresses into one sighting a device. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from discovery.address import AddressQuality, normalise_serial, quality
from discovery.behind import apart, sightings_behind
from discovery.evidence import Evidence
from discovery.fingerprint import identify
from discovery.sighting import SeenAddress, Sighting

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

_NAME_KEYS = frozenset(
    {("snmp", "sysName"), ("dhcp", "hostname"), ("mdns", "host"), ("nbns", "name"), ("rdns", "name")}
)
_SERIAL_KEYS = frozenset({"entPhysicalSerialNum", "prtGeneralSerialNumber", "serialNumber"})
_ATTRIBUTES = frozenset({"sysName", "snmpEngineID", "sysLocation"})
ROUTER = "router_arp"
PLACES = "switch_fdb"
"""The probe whose evidence says where a device is plugged in: ``switch``, ``port``, ``room``, ``vlan``, ``alias``."""
_JOINING = frozenset({AddressQuality.BURNED_IN})
_BY_FRAME = frozenset({"arp", "nd", "neighbour"})
"""Sweeps that saw the frame of whoever answered."""
_SHARED = frozenset({AddressQuality.JUNK, AddressQuality.VIRTUAL_ROUTER})


@dataclass(frozen=True, slots=True)
class Found:
    """What one survey knows of one address.

    Attributes:
        via: the router it was learnt through, None when on-link or directly answered.
        source: the sweep or harvest that found it.
        ports: TCP ports found open.
        packets: how many it was sent.
    """

    ip: str | None
    mac: str | None
    via: str | None
    network: str
    site: str | None
    source: str
    evidence: tuple[Evidence, ...] = ()
    ports: tuple[int, ...] = ()
    packets: int = 0


def _serials(found: Found) -> list[str]:
    made = (normalise_serial(e.value) for e in found.evidence if e.key in _SERIAL_KEYS)
    return list(dict.fromkeys(serial for serial in made if serial))


def _keys(found: Found) -> list[str]:
    """What ties addresses together beyond doubt within one survey: a burned-in MAC, or a serial told under one name.

    Copies of a virtual machine share serials, so theirs tie nothing; whether two of them are one is for the register.
    """
    # A MAC seen through a router is the router's; in the router's own table it is the host's.
    is_own = found.via is None or found.source == ROUTER
    made = quality(found.mac) if found.mac and is_own else None
    keys = [f"mac:{found.mac}"] if made in _JOINING else []
    if made is not AddressQuality.VIRTUAL_MACHINE:
        name = next((e.value for e in found.evidence if e.key == "sysName"), "")
        keys += [f"serial:{serial}:{name}" for serial in _serials(found)]
    return keys


def _by_frame(founds: Iterable[Found]) -> dict[Found, str]:
    """What ties IPv6 addresses to the IPv4 address of the same interface on an own link, whatever its MAC may prove elsewhere.

    Two IPv4 addresses are not tied by it: behind a MAC with several there may be a proxy.
    """
    made: dict[Found, str] = {}
    first: dict[str, Found] = {}
    for found in founds:
        if found.source not in _BY_FRAME or not found.mac or found.via or quality(found.mac) in _SHARED:
            continue
        if ":" in (found.ip or "") or first.setdefault(found.mac, found) is found:
            made[found] = f"link:{found.mac}"
    return made


def _groups(founds: Sequence[Found]) -> list[list[Found]]:
    """Join what shares a key, transitively."""
    groups: list[list[Found]] = []
    by_key: dict[str, list[Found]] = {}
    by_frame = _by_frame(founds)
    for found in founds:
        keys = _keys(found)
        if found in by_frame:
            keys.append(by_frame[found])
        joined = next((by_key[key] for key in keys if key in by_key), None)
        if joined is None:
            joined = []
            groups.append(joined)
        joined.append(found)
        for key in keys:
            other = by_key.get(key)
            if other is not None and other is not joined:
                joined.extend(other)
                groups.remove(other)
                for known, group in by_key.items():
                    if group is other:
                        by_key[known] = joined
            by_key[key] = joined
    return groups


def _evidence(group: list[Found]) -> list[Evidence]:
    own = [Evidence("arp", "mac", found.mac) for found in group if found.mac and found.via is None]
    return list(dict.fromkeys([*own, *(e for found in group for e in found.evidence)]))


def _sightings(
    group: list[Found], number: int, survey: str, observer: str, seen_at: datetime
) -> list[Sighting]:
    """The device's, and those of the devices behind it."""
    evidence, behind = apart(_evidence(group))
    seen = _sighting(group, tuple(evidence), number, survey, observer, seen_at)
    keys = [found.mac for found in group if found.mac and found.via is None]
    return [seen, *sightings_behind(seen, behind, [*keys, *(found.ip for found in group if found.ip)])]


def _sighting(
    group: list[Found],
    evidence: tuple[Evidence, ...],
    number: int,
    survey: str,
    observer: str,
    seen_at: datetime,
) -> Sighting:
    first = group[0]
    attributes: dict[str, object] = {e.key: e.value for e in evidence if e.key in _ATTRIBUTES}
    attributes |= {e.key: e.value for e in evidence if e.probe == PLACES}
    if ports := sorted({port for found in group for port in found.ports}):
        attributes["ports"] = ports
    if packets := sum(found.packets for found in group):
        attributes["packets"] = packets
    names = dict.fromkeys(e.value for e in evidence if (e.probe, e.key) in _NAME_KEYS)
    return Sighting(
        id=f"{survey}-{first.network}-{number}",
        survey=survey,
        observer=observer,
        seen_at=seen_at,
        source=first.source,
        site=first.site,
        network=first.network,
        addresses=tuple(dict.fromkeys(SeenAddress(f.ip, f.mac, f.via) for f in group)),
        names=tuple(names),
        serials=tuple(dict.fromkeys(serial for found in group for serial in _serials(found))),
        attributes=attributes,
        identity=identify(evidence),
        evidence=evidence,
    )


def sightings(founds: Iterable[Found], *, survey: str, observer: str, seen_at: datetime) -> list[Sighting]:
    """One sighting a device, identified, in the order the addresses came; the devices behind one follow it."""
    numbered = enumerate(_groups(list(founds)), 1)
    return [one for number, group in numbered for one in _sightings(group, number, survey, observer, seen_at)]
