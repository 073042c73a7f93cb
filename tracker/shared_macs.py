"""A MAC that two machines show, and a MAC that comes with another serial number than the register's. Pure.

A network card answers for one machine. When two with serial numbers of their own show the same MAC, one is a copy of the other,
or was given its address. When a registered MAC comes with a serial number nobody knows, the board went into another case, or the
register is wrong. Adapters and docks go from hand to hand and are no conflict: neither is an address that is made up each time.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from discovery.address import AddressQuality, quality
from tracker.facts import KnownAsset, KnownDevice
from tracker.proving import PROVING, serials_of
from tracker.silence import CARRIED
from tracker.words import NOT_EXPECTED_ON_NETWORK, IdentifierKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tracker.facts import Judged

TOGETHER = timedelta(minutes=15)
"""Two that show one MAC within so long have it at the same time: nobody carries an adapter over meanwhile."""
LATELY = timedelta(days=7)
"""What was shown within so long is still so."""
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SharedMac:
    """Who shows a MAC, and who else claims it.

    Attributes:
        device: the one that is asked about; the later of two.
        twin: the other device that shows it, with a serial number of its own; or
        owner: the asset that the register says it is of, with another serial number.
    """

    mac: str
    device: KnownDevice
    twin: KnownDevice | None = None
    owner: KnownAsset | None = None


def key_of(mac: str) -> str:
    """What the question is called from night to night, whichever devices it is about."""
    return f"mac:{mac}"


def serial_of(device: KnownDevice) -> str:
    """The serial number it shows; the first of several."""
    return min(serials_of(device.identifiers - device.stale), default="")


def _at(device: KnownDevice) -> datetime:
    """When it last showed who it is."""
    return device.shown_at or device.last_seen or _LONG_AGO


def _steady(device: KnownDevice) -> tuple[bool, datetime, str]:
    """An order that is the same each night: registered ones first, then whoever was met first."""
    return device.asset_id is None, device.first_seen or _LONG_AGO, serial_of(device)


def _still_shows(device: KnownDevice, mac: str) -> bool:
    """Whether the device has the MAC: it did of late, and what it showed last is not another in its place."""
    identifier = (IdentifierKind.MAC, mac)
    if identifier in device.latest:
        return True
    has_another = any(
        kind is IdentifierKind.MAC and quality(value) in PROVING for kind, value in device.latest
    )
    return identifier in device.identifiers - device.stale and not has_another


def _by_mac(serials: dict[str, list[KnownDevice]]) -> dict[str, list[KnownDevice]]:
    """By MAC, the devices with a serial number that have ever shown it."""
    found: dict[str, list[KnownDevice]] = defaultdict(list)
    with_serial = {device.ref: device for holders in serials.values() for device in holders}
    for device in with_serial.values():
        for kind, value in device.identifiers:
            if kind is IdentifierKind.MAC:
                found[value].append(device)
    return found


def _is_agreed(owner: KnownAsset | None, holders: list[KnownDevice]) -> bool:
    """Whether nobody claims a MAC from another: one device has it, and the register's number is its number, or it has none."""
    if len(holders) > 1:
        return False
    return owner is None or not owner.identifiers.isdisjoint(
        one for one in holders[0].identifiers if one[0] is IdentifierKind.SERIAL
    )


def _are_two(first: KnownDevice, second: KnownDevice) -> bool:
    """Whether their serial numbers tell them apart."""
    return not serials_of(first.identifiers - first.stale) & serials_of(second.identifiers - second.stale)


def _at_once(mac: str, first: KnownDevice, second: KnownDevice, *, is_asked: bool) -> bool:
    """Whether both have the MAC at the same time; what is asked already is asked for as long as both had it of late."""
    apart = abs(_at(first) - _at(second))
    if is_asked:
        return apart <= LATELY
    if quality(mac) is AddressQuality.VIRTUAL_MACHINE:
        # No hand carries it, but a machine made anew has it after the one before: was either there in the other's time?
        overlap = _at(first) >= (second.first_seen or _LONG_AGO) and _at(second) >= (
            first.first_seen or _LONG_AGO
        )
        return apart <= LATELY and overlap
    return apart <= TOGETHER and _both_last(mac, first, second)


def _both_last(mac: str, *devices: KnownDevice) -> bool:
    return all((IdentifierKind.MAC, mac) in (device.latest or device.identifiers) for device in devices)


def _twins(mac: str, holders: list[KnownDevice], *, is_asked: bool) -> SharedMac | None:
    showing = sorted((device for device in holders if _still_shows(device, mac)), key=_steady)
    for at, first in enumerate(showing):
        for second in showing[at + 1 :]:
            if _are_two(first, second) and _at_once(mac, first, second, is_asked=is_asked):
                return SharedMac(mac, second, twin=first)
    return None


def serial_holders(world: Judged) -> dict[str, list[KnownDevice]]:
    """The devices that show each serial number."""
    found: dict[str, list[KnownDevice]] = defaultdict(list)
    for device in world.devices:
        for serial in serials_of(device.identifiers - device.stale):
            found[serial].append(device)
    return found


def is_about(owner: KnownAsset, device: KnownDevice, holders: dict[str, list[KnownDevice]]) -> bool:
    """Whether the asset itself is still seen, so that what another device shows of it is an adapter lent.

    What people carry comes and goes: it is waited for. What stands is there each night, or its board is elsewhere.
    """
    since = _at(device) - (LATELY if device.device_class in CARRIED else timedelta(0))
    own = (one for serial in serials_of(owner.identifiers) for one in holders.get(serial, ()))
    return any(one.ref != device.ref and _at(one) >= since for one in own)


def _swapped(
    mac: str,
    owner: KnownAsset,
    showing: list[KnownDevice],
    holders: dict[str, list[KnownDevice]],
    known: set[str],
) -> SharedMac | None:
    """The device in which the owner's board sits now, under a serial number that the register does not know."""
    registered = serials_of(owner.identifiers)
    strangers = [one for one in showing if not serials_of(one.identifiers - one.stale) & registered]
    if not registered or len({serial_of(device) for device in strangers}) != 1:
        return None  # several over time: it goes from hand to hand
    device = max(strangers, key=_at)
    is_known = bool(serials_of(device.identifiers - device.stale) & known)
    if is_known or not _still_shows(device, mac) or is_about(owner, device, holders):
        return None
    return SharedMac(mac, device, owner=owner)


class _Register:
    """What the register says of MACs and serial numbers."""

    def __init__(self, assets: tuple[KnownAsset, ...]) -> None:
        self.owners: dict[str, KnownAsset] = {}
        self.docks: set[str] = set()
        self.serials: set[str] = set()
        for asset in assets:
            for kind, value in asset.identifiers:
                if kind is IdentifierKind.SERIAL:
                    self.serials.add(value)
                elif kind is IdentifierKind.DOCK_MAC:
                    self.docks.add(value)
                elif kind is IdentifierKind.MAC and asset.status not in NOT_EXPECTED_ON_NETWORK:
                    self.owners[value] = asset


def shared_macs(world: Judged, serials: dict[str, list[KnownDevice]]) -> Iterator[SharedMac]:
    """Every MAC that two claim, once each, in the order of the addresses. `serials`: who shows each, as `serial_holders` says."""
    register = _Register(world.assets)
    holders = _by_mac(serials)
    asked = [mac for mac, showing in holders.items() if not _is_agreed(register.owners.get(mac), showing)]
    for mac in sorted(asked):
        if mac in register.docks or quality(mac) not in PROVING:
            continue
        is_asked = f"conflicting:{key_of(mac)}" in world.open_keys
        found = _twins(mac, holders[mac], is_asked=is_asked)
        if found is None and mac in register.owners:
            found = _swapped(mac, register.owners[mac], holders[mac], serials, register.serials)
        if found is not None:
            yield found
