"""Where what a device shows and what the register says cannot both be true. Pure; nobody is joined, a person decides."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from discovery.sighting import DeviceClass
from tracker.facts import Identifier, KnownAsset, KnownDevice
from tracker.words import NOT_EXPECTED_ON_NETWORK, IdentifierKind

if TYPE_CHECKING:
    from tracker.facts import DeviceRef, Judged

OWN = frozenset({IdentifierKind.SERIAL, IdentifierKind.MAC, IdentifierKind.UUID, IdentifierKind.MDM_ID})
"""What two things cannot share; docks, which go from hand to hand, are registered as such."""
AT_ONCE = timedelta(days=7)
"""Two shown within so long are shown at the same time; what a device last showed longer before than that is stale."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two that claim one thing.

    Attributes:
        device: the device that shows it.
        assets: the assets it names by what it shows, each with the value; or
        twin: the other device, with the serial that both show.
    """

    device: KnownDevice
    assets: tuple[tuple[KnownAsset, Identifier], ...] = ()
    twin: KnownDevice | None = None
    value: str = ""


def _order(ref: DeviceRef) -> tuple[bool, str]:
    return isinstance(ref, str), f"{ref:>20}"


def _of_assets(device: KnownDevice, owners: dict[Identifier, KnownAsset]) -> Conflict | None:
    """The assets that one device names, when they are several and no stack of switches."""
    named: dict[int, tuple[KnownAsset, Identifier]] = {}
    for identifier in sorted(device.identifiers - device.stale):
        owner = owners.get(identifier)
        if owner is not None:
            named.setdefault(owner.id, (owner, identifier))
    if len(named) < 2:  # noqa: PLR2004 -- one asset contradicts nobody
        return None
    by_serial = all(identifier[0] is IdentifierKind.SERIAL for _, identifier in named.values())
    if by_serial and device.device_class in {DeviceClass.NETWORK, DeviceClass.UNKNOWN}:
        return None
    return Conflict(device, tuple(named[number] for number in sorted(named)))


def _twins(devices: tuple[KnownDevice, ...]) -> list[Conflict]:
    """Devices that show the same serial in the same week, and share no address."""
    showing: dict[Identifier, list[KnownDevice]] = defaultdict(list)
    for device in devices:
        for identifier in device.identifiers - device.stale:
            if identifier[0] is IdentifierKind.SERIAL:
                showing[identifier].append(device)
    found = []
    for identifier, holders in sorted(showing.items()):
        first, *others = sorted(holders, key=lambda d: _order(d.ref))
        for other in others:
            seen = (first.last_seen, other.last_seen)
            if None in seen or abs(seen[0] - seen[1]) > AT_ONCE:  # type: ignore[operator]
                continue
            if not {i for i in first.identifiers & other.identifiers if i[0] is IdentifierKind.MAC}:
                found.append(Conflict(other, twin=first, value=identifier[1]))
    return found


def conflicts(world: Judged) -> dict[DeviceRef, Conflict]:
    """Every contradiction, by the device that shows it."""
    owners = {
        identifier: asset
        for asset in world.assets
        if asset.status not in NOT_EXPECTED_ON_NETWORK
        for identifier in asset.identifiers
        if identifier[0] in OWN
    }
    found = {conflict.device.ref: conflict for conflict in _twins(world.devices)}
    for device in world.devices:
        if (conflict := _of_assets(device, owners)) is not None:
            found[device.ref] = conflict
    return found
