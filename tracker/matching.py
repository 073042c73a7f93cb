"""Which device and which asset is this sighting? Pure. A device is a set of identifiers, never one MAC.

What proves identity, strongest first: serial, MDM id, UUID, a burned-in MAC. A hypervisor's MAC proves a machine until a
serial says otherwise. A dock's, a randomised, a virtual router's and a junk MAC prove no asset unless the register itself
names that very address. A claimed identifier (in a banner or certificate) and a name are never enough: a person is asked.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from discovery.address import AddressQuality, normalise_mac, normalise_serial, quality
from discovery.sighting import DeviceClass, Sighting
from tracker.facts import DeviceRef, Identifier, KnownAsset, KnownDevice, Match
from tracker.words import AssetStatus, IdentifierKind

_FLAG_OF = {
    AddressQuality.RANDOMISED: "random-mac",
    AddressQuality.VIRTUAL_ROUTER: "virtual-mac",
    AddressQuality.JUNK: "junk-mac",
}
_PROVING = frozenset({AddressQuality.BURNED_IN, AddressQuality.VIRTUAL_MACHINE})
_NOTHING = frozenset({AddressQuality.VIRTUAL_ROUTER, AddressQuality.JUNK})
_ALIVE_NO_MORE = frozenset({AssetStatus.RETIRED, AssetStatus.DISPOSED})
PROXY_AT = 8
"""Addresses on one MAC from which on it is a router's or a proxy's, not the hosts'."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a sighting shows of identity.

    Attributes:
        strong: identifiers that prove the device.
        weak: identifiers that hold only together with the register's own word (randomised, dock).
        claimed: identifiers read out of banners and certificates.
    """

    strong: tuple[Identifier, ...]
    weak: tuple[Identifier, ...]
    claimed: tuple[Identifier, ...]
    names: tuple[str, ...]
    flags: tuple[str, ...]


def _macs(sighting: Sighting, shared: frozenset[str]) -> tuple[list[Identifier], list[Identifier], list[str]]:
    strong: list[Identifier] = []
    weak: list[Identifier] = []
    flags: list[str] = []
    for address in sighting.addresses:
        mac = normalise_mac(address.mac) if address.mac else None
        if mac is None or address.via is not None:
            continue  # a MAC seen through a router is the router's
        how = quality(mac)
        if how in _FLAG_OF:
            flags.append(_FLAG_OF[how])
        if mac in shared:
            flags.append("proxy-arp")
        elif how in _PROVING:
            strong.append((IdentifierKind.MAC, mac))
        elif how not in _NOTHING:
            weak.append((IdentifierKind.MAC, mac))
    return strong, weak, flags


def show(sighting: Sighting, shared: frozenset[str] = frozenset()) -> Shown:
    """Sort a sighting's identifiers by what they prove; `shared` are MACs that stand for many addresses."""
    strong, weak, flags = _macs(sighting, shared)
    serials = [normalise_serial(serial) for serial in sighting.serials]
    if any(serial is None for serial in serials):
        flags.append("junk-serial")
    first: list[Identifier] = [(IdentifierKind.SERIAL, serial) for serial in serials if serial]
    first += [(IdentifierKind.MDM_ID, value) for value in sighting.mdm_ids]
    first += [(IdentifierKind.UUID, value) for value in sighting.uuids]
    claimed: list[Identifier] = []
    if sighting.identity is not None:
        claimed = [(IdentifierKind.MAC, mac) for mac in sighting.identity.macs]
        if sighting.identity.serial:
            claimed.append((IdentifierKind.SERIAL, sighting.identity.serial))
    known = {*first, *strong, *weak}
    return Shown(
        strong=tuple(dict.fromkeys([*first, *strong])),
        weak=tuple(dict.fromkeys(weak)),
        claimed=tuple(dict.fromkeys(one for one in claimed if one not in known)),
        names=sighting.names,
        flags=tuple(dict.fromkeys(flags)),
    )


def shared_macs(sightings: Iterable[Sighting]) -> frozenset[str]:
    """MACs that stand for so many addresses at once that they are a router's or proxy's."""
    counted: dict[str, set[str]] = {}
    for sighting in sightings:
        for address in sighting.addresses:
            if address.mac and address.ip:
                counted.setdefault(address.mac, set()).add(address.ip)
    return frozenset(mac for mac, ips in counted.items() if len(ips) >= PROXY_AT)


def _serial(identifiers: Iterable[Identifier]) -> set[str]:
    return {value for kind, value in identifiers if kind is IdentifierKind.SERIAL}


def _reason(identifier: Identifier) -> str:
    return f"{identifier[0].value}:{identifier[1]}"


def _flags(
    shown: Shown, asset: KnownAsset | None, *, is_strong: bool, is_contradicted: bool
) -> tuple[str, ...]:
    """What a reader should know about how sure the match is (the words of ``resolve``)."""
    flags = list(shown.flags)
    if not is_strong:
        flags.append("weak-identity")
    if is_contradicted:
        flags.append("shared-mac")
    if asset is not None and asset.status in _ALIVE_NO_MORE:
        flags.append("retired-but-alive")
    if asset is not None and asset.status is AssetStatus.DELETED:
        flags.append("seen-after-delete")
    return tuple(dict.fromkeys(flags))


@dataclass(slots=True)
class _Device:
    ref: DeviceRef
    asset_id: int | None
    identifiers: set[Identifier]
    network_id: int | None
    ip: str | None
    device_class: DeviceClass
    vendor: str | None
    seen_now: bool = False


@dataclass(slots=True)
class Matcher:
    """Matches sightings one after the other; what an earlier one made, a later one may be."""

    assets: Iterable[KnownAsset]
    devices: Iterable[KnownDevice]
    network_ids: dict[str, int] = field(default_factory=dict)
    _by_asset_identifier: dict[Identifier, KnownAsset] = field(default_factory=dict)
    _docks: set[str] = field(default_factory=set)
    _assets: dict[int, KnownAsset] = field(default_factory=dict)
    _by_identifier: dict[Identifier, list[_Device]] = field(default_factory=dict)
    _by_place: dict[tuple[int | None, str], _Device] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for asset in self.assets:
            self._assets[asset.id] = asset
            for kind, value in asset.identifiers:
                if kind is IdentifierKind.DOCK_MAC:
                    self._docks.add(value)
                else:
                    self._by_asset_identifier[kind, value] = asset
        for known in self.devices:
            self._add(
                _Device(
                    known.ref,
                    known.asset_id,
                    set(known.identifiers),
                    known.network_id,
                    known.ip,
                    known.device_class,
                    known.vendor,
                )
            )

    def _add(self, device: _Device) -> None:
        for identifier in device.identifiers:
            found = self._by_identifier.setdefault(identifier, [])
            if device not in found:
                found.append(device)
        if device.ip is not None:
            self._by_place[device.network_id, device.ip] = device

    def match(self, sighting: Sighting, shared: frozenset[str] = frozenset()) -> Match:
        """Which device and asset the sighting is; remembers it for those that follow."""
        shown = show(sighting, shared)
        strong = tuple(i for i in shown.strong if i[1] not in self._docks)
        device, because, conflict = self._known(strong, shown.weak)
        if device is None and not strong:
            kept = self._still_there(sighting)
            if kept is not None:
                weak = (*shown.flags, "weak-identity")
                return Match(
                    sighting, kept.ref, kept.asset_id, "same", (), weak, ("place",), keeps_identity=True
                )
        asset, asset_because, candidates = self._asset(strong, shown, device)
        ref: DeviceRef = f"new:{sighting.id}" if device is None else device.ref
        asked = bool(conflict or candidates)
        flags = _flags(shown, asset, is_strong=bool(strong), is_contradicted=bool(conflict))
        self._remember(device, ref, asset, (*strong, *shown.weak), sighting)
        answer = "ask" if asked else ("new" if device is None else "same")
        others = (*(d.ref for d in conflict), *(f"asset:{a.id}" for a in candidates))
        reasons = tuple(dict.fromkeys((*because, *asset_because)))
        return Match(sighting, ref, asset.id if asset else None, answer, others, flags, reasons)

    def _known(
        self, strong: tuple[Identifier, ...], weak: tuple[Identifier, ...]
    ) -> tuple[_Device | None, list[str], list[_Device]]:
        """The device that the identifiers name, why, and those that contradict it."""
        serials = _serial(strong)
        conflict: list[_Device] = []
        for identifier in (*strong, *weak):
            for device in self._by_identifier.get(identifier, ()):
                theirs = _serial(device.identifiers)
                if serials and theirs and not serials & theirs:
                    conflict.append(device)  # one MAC, two serials: a board or dock that moved
                else:
                    return device, [_reason(identifier)], conflict
        return None, [], conflict

    def _still_there(self, sighting: Sighting) -> _Device | None:
        """The device last seen at this very place, unless what answers now contradicts it."""
        network = self.network_ids.get(sighting.network or "")
        for address in sighting.addresses:
            device = self._by_place.get((network, address.ip or ""))
            if device is None or device.seen_now:
                continue
            identity = sighting.identity
            if identity is None:
                return device
            unlike = identity.vendor and device.vendor and identity.vendor != device.vendor
            other = DeviceClass.UNKNOWN not in {identity.device_class, device.device_class}
            if not unlike and not (other and identity.device_class is not device.device_class):
                return device
        return None

    def _asset(
        self, strong: tuple[Identifier, ...], shown: Shown, device: _Device | None
    ) -> tuple[KnownAsset | None, list[str], list[KnownAsset]]:
        """The asset, why, and the candidates when a person must say."""
        named = [
            (i, a) for i in (*strong, *shown.weak) if (a := self._by_asset_identifier.get(i)) is not None
        ]
        if named:
            different = {asset.id: asset for _, asset in named}
            if len(different) > 1:
                return None, [_reason(i) for i, _ in named], list(different.values())
            return named[0][1], [_reason(i) for i, _ in named], []
        if device is not None and device.asset_id is not None:
            return self._assets.get(device.asset_id), ["linked"], []
        hinted: dict[int, KnownAsset] = {}
        for identifier in (*shown.claimed, *((IdentifierKind.NAME, name.casefold()) for name in shown.names)):
            if (asset := self._by_asset_identifier.get(identifier)) is not None:
                hinted[asset.id] = asset
        return None, [], list(hinted.values())

    def _remember(
        self,
        device: _Device | None,
        ref: DeviceRef,
        asset: KnownAsset | None,
        identifiers: tuple[Identifier, ...],
        sighting: Sighting,
    ) -> None:
        network = self.network_ids.get(sighting.network or "")
        ip = next((address.ip for address in sighting.addresses if address.ip), None)
        if device is None:
            device = _Device(ref, None, set(), network, ip, DeviceClass.UNKNOWN, None)
        device.asset_id = asset.id if asset else device.asset_id
        device.identifiers.update(identifiers)
        device.network_id, device.ip, device.seen_now = network, ip, True
        if sighting.identity is not None:
            device.device_class, device.vendor = sighting.identity.device_class, sighting.identity.vendor
        self._add(device)
