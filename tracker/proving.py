"""What a sighting shows of identity, and how much each part of it may prove. Pure.

Strongest first: serial, MDM id, UUID, a burned-in MAC; a hypervisor's MAC proves a machine. A randomised or dock MAC holds only
until something better speaks. A virtual router's and a junk MAC, and one seen through a router, prove nothing. What a
banner claims and a name are hints for a person.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from discovery.address import AddressQuality, normalise_mac, normalise_serial, quality
from discovery.evidence import OBSERVER, OWN_ADDRESS
from tracker.facts import THIS_MACHINE, Identifier
from tracker.suspecting import UNSUSPECTED, Suspicion, child_of, lists_neighbours
from tracker.words import IdentifierKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from discovery.sighting import SeenAddress, Sighting

FLAG_OF = {
    AddressQuality.RANDOMISED: "random-mac",
    AddressQuality.VIRTUAL_ROUTER: "virtual-mac",
    AddressQuality.JUNK: "junk-mac",
}
PROVING = frozenset({AddressQuality.BURNED_IN, AddressQuality.VIRTUAL_MACHINE})
NOTHING = frozenset({AddressQuality.VIRTUAL_ROUTER, AddressQuality.JUNK})
_LONGEST = 160
"""Characters an identifier may have in the register."""
_ENGINE = re.compile(r"(?:0x)?(80[0-9a-f]{6})(03|80)([0-9a-f]{8,48})")
_NET_SNMP = "80001f88"


@dataclass(frozen=True, slots=True)
class NamedMacs:
    """MACs that the register names: as docks, which go from hand to hand, and as an asset's own."""

    docks: frozenset[str] = frozenset()
    own: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Shown:
    """What a sighting shows of identity.

    Attributes:
        strong: identifiers that prove the device.
        weak: identifiers that hold only while nothing contradicts them (randomised MACs).
        doubtful: identifiers that several devices show, docks among them: grounds to ask, never to merge.
        claimed: identifiers read out of banners and certificates.
        flags: the words of ``resolve``.
        is_nothing: whatever answered is no device of its own.
    """

    strong: tuple[Identifier, ...] = ()
    weak: tuple[Identifier, ...] = ()
    doubtful: tuple[Identifier, ...] = ()
    claimed: tuple[Identifier, ...] = ()
    names: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    is_nothing: bool = False

    @property
    def kept(self) -> frozenset[Identifier]:
        """What the register keeps of it."""
        return frozenset((*self.strong, *self.weak, *self.doubtful))


class _Sorting:
    """Sorts one sighting's identifiers by what they prove."""

    def __init__(self, suspicion: Suspicion, named: NamedMacs) -> None:
        self._suspicion = suspicion
        self._named = named
        self.strong: list[Identifier] = []
        self.weak: list[Identifier] = []
        self.doubtful: list[Identifier] = []
        self.flags: list[str] = []

    def serials(self, sighting: Sighting) -> None:
        for text in sighting.serials:
            serial = normalise_serial(text)
            if serial is None:
                self.flags.append("junk-serial")
            else:
                self._hold((IdentifierKind.SERIAL, serial[:_LONGEST]))

    def _hold(self, identifier: Identifier) -> None:
        into = self.doubtful if identifier in self._suspicion.contested else self.strong
        into.append(identifier)

    def ids(self, sighting: Sighting) -> None:
        for value in sighting.mdm_ids:
            self._hold((IdentifierKind.MDM_ID, value[:_LONGEST]))
        for value in (*sighting.uuids, *filter(None, [engine(sighting.attributes)])):
            self._hold((IdentifierKind.UUID, value.casefold()[:_LONGEST]))

    def macs(self, sighting: Sighting) -> None:
        child = child_of(sighting, self._suspicion)
        if child is not None:
            self.flags.append("gateway-children")
            # By the gateway's place only where nothing better was told: another may have its address tomorrow.
            if not sighting.uuids:
                self.strong.append((IdentifierKind.UUID, child[:_LONGEST]))
            return  # the MAC is the gateway's
        for address in sighting.addresses:
            self._mac(sighting, address)

    def _mac(self, sighting: Sighting, address: SeenAddress) -> None:
        mac = normalise_mac(address.mac) if address.mac else None
        if mac is None:
            return
        how = quality(mac)
        identifier = (IdentifierKind.MAC, mac)
        if how in FLAG_OF:
            self.flags.append(FLAG_OF[how])
        if how in NOTHING or (address.via is not None and not lists_neighbours(sighting)):
            return  # a MAC seen through a router is the router's
        if self._suspicion.is_proxied(mac, address.ip):
            self.flags.append("proxy-arp")
        elif mac in self._named.docks or (how is AddressQuality.DOCK and mac not in self._named.own):
            self.doubtful.append(identifier)
        elif identifier in self._suspicion.contested:
            self.flags.append("shared-mac")
            self.doubtful.append(identifier)
        else:
            (self.strong if how in PROVING else self.weak).append(identifier)


def engine(attributes: dict[str, object]) -> str | None:
    """An SNMP engine's own identity with its system's name, where the id is unique by construction.

    RFC 3411 (SnmpEngineID): format 3 holds a MAC; net-snmp's own format 128 is random. Others are often alike in a whole series.
    """
    said = _ENGINE.fullmatch(str(attributes.get("snmpEngineID") or "").casefold().replace(":", ""))
    name = str(attributes.get("sysName") or "").strip().casefold()
    if said is None or not name or (said[2] == "80" and said[1] != _NET_SNMP):
        return None
    return f"snmp:{said[1]}{said[2]}{said[3]}/{name}"


def _claims(sighting: Sighting) -> list[Identifier]:
    identity = sighting.identity
    if identity is None:
        return []
    macs = [mac for text in identity.macs if (mac := normalise_mac(text)) and quality(mac) in PROVING]
    claimed: list[Identifier] = [(IdentifierKind.MAC, mac) for mac in macs]
    if identity.serial and (serial := normalise_serial(identity.serial)):
        claimed.append((IdentifierKind.SERIAL, serial))
    return claimed


def serials_of(identifiers: Iterable[Identifier]) -> set[str]:
    """The serials among identifiers."""
    return {value for kind, value in identifiers if kind is IdentifierKind.SERIAL}


def contradict(one: Iterable[Identifier], other: Iterable[Identifier]) -> bool:
    """Whether both name serials and none in common: two devices, whatever else they share."""
    mine, theirs = serials_of(one), serials_of(other)
    return bool(mine and theirs and not mine & theirs)


def proves(identifier: Identifier) -> bool:
    """Whether an identifier by itself proves a device."""
    kind, value = identifier
    if kind is IdentifierKind.MAC:
        return quality(value) in PROVING
    return kind in {IdentifierKind.SERIAL, IdentifierKind.MDM_ID, IdentifierKind.UUID}


def _own(sighting: Sighting) -> list[str]:
    is_own = any((e.probe, e.key) == (OBSERVER, OWN_ADDRESS) for e in sighting.evidence)
    return [THIS_MACHINE] if is_own else []


def show(sighting: Sighting, suspicion: Suspicion = UNSUSPECTED, named: NamedMacs = NamedMacs()) -> Shown:
    """Sort a sighting's identifiers by what they prove."""
    sorting = _Sorting(suspicion, named)
    sorting.serials(sighting)
    sorting.ids(sighting)
    sorting.macs(sighting)
    strong, weak = tuple(dict.fromkeys(sorting.strong)), tuple(dict.fromkeys(sorting.weak))
    known = {*strong, *weak, *sorting.doubtful}
    flags = [*sorting.flags, *suspicion.flags_of(sighting), *_own(sighting)]
    return Shown(
        strong=strong,
        weak=weak,
        doubtful=tuple(dict.fromkeys(sorting.doubtful)),
        claimed=tuple(dict.fromkeys(one for one in _claims(sighting) if one not in known)),
        names=tuple(name.casefold() for name in sighting.names if name.strip()),
        flags=tuple(dict.fromkeys(flags)),
        is_nothing=suspicion.is_nothing(sighting) and not strong,
    )
