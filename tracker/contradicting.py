"""Where what a device shows and what the register says cannot both be true. Pure; nobody is joined, a person decides."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from discovery.address import quality
from discovery.sighting import DeviceClass
from tracker.facts import Identifier, KnownAsset, KnownDevice
from tracker.proving import PROVING
from tracker.shared_macs import SharedMac, is_about, key_of, serial_holders, shared_macs
from tracker.words import NOT_EXPECTED_ON_NETWORK, IdentifierKind

if TYPE_CHECKING:
    from tracker.facts import DeviceRef, Judged

OWN = frozenset({IdentifierKind.SERIAL, IdentifierKind.MAC, IdentifierKind.UUID, IdentifierKind.MDM_ID})
"""What two things cannot share; docks, which go from hand to hand, are registered as such."""
LONGEST_KEY = 100
"""Characters of what names a question: with its kind they fit where findings keep them."""
AT_ONCE = timedelta(days=7)
"""Two shown within so long are shown at the same time; what a device last showed longer before than that is stale."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two that claim one thing.

    Attributes:
        device: the device that shows it.
        assets: the assets it names by what it shows, each with the value; or
        twin: the other device, with the serial that both show; or
        shared: the MAC that it shares with another device, or with an asset of another serial number.
    """

    device: KnownDevice
    assets: tuple[tuple[KnownAsset, Identifier], ...] = ()
    twin: KnownDevice | None = None
    value: str = ""
    shared: SharedMac | None = None

    @property
    def about(self) -> str | None:
        """What the question is called where it is of two devices: not by either, for they may change places."""
        if self.shared is not None:
            return key_of(self.shared.mac)
        return f"serial:{self.value}"[:LONGEST_KEY] if self.twin is not None else None


def _order(device: KnownDevice) -> tuple[bool, datetime, list[Identifier]]:
    """The same each night: registered ones first, then whoever was met first."""
    first = device.first_seen or datetime.min.replace(tzinfo=UTC)
    return device.asset_id is None, first, sorted(device.identifiers)


def _is_lent(
    identifier: Identifier, owner: KnownAsset, device: KnownDevice, serials: dict[str, list[KnownDevice]]
) -> bool:
    """Whether a MAC says nothing of whose the device is: it goes from hand to hand, or is made up each time."""
    if identifier[0] is not IdentifierKind.MAC:
        return False
    return quality(identifier[1]) not in PROVING or is_about(owner, device, serials)


def _of_assets(
    device: KnownDevice, owners: dict[Identifier, KnownAsset], serials: dict[str, list[KnownDevice]]
) -> Conflict | None:
    """The assets that one device names, when they are several and no stack of switches."""
    named: dict[int, tuple[KnownAsset, Identifier]] = {}
    for identifier in sorted(device.identifiers - device.stale):
        owner = owners.get(identifier)
        if owner is not None:
            named.setdefault(owner.id, (owner, identifier))
    if len(named) > 1:
        named = {n: one for n, one in named.items() if not _is_lent(one[1], one[0], device, serials)}
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
    several = {identifier: holders for identifier, holders in showing.items() if len(holders) > 1}
    for identifier, holders in sorted(several.items()):
        first, *others = sorted(holders, key=_order)
        for other in others:
            seen = (first.last_seen, other.last_seen)
            if None in seen or abs(seen[0] - seen[1]) > AT_ONCE:  # type: ignore[operator]
                continue
            if not {i for i in first.identifiers & other.identifiers if i[0] is IdentifierKind.MAC}:
                found.append(Conflict(other, twin=first, value=identifier[1]))
    return found


def conflicts(world: Judged) -> dict[DeviceRef, Conflict]:
    """Every contradiction, by the device that shows it; worked out once, however many rules ask."""
    found: dict[DeviceRef, Conflict] | None = world.worked_out.get("conflicts")
    if found is None:
        found = world.worked_out["conflicts"] = _conflicts(world)
    return found


def _conflicts(world: Judged) -> dict[DeviceRef, Conflict]:
    owners = {
        identifier: asset
        for asset in world.assets
        if asset.status not in NOT_EXPECTED_ON_NETWORK
        for identifier in asset.identifiers
        if identifier[0] in OWN
    }
    serials = serial_holders(world)
    found = {conflict.device.ref: conflict for conflict in _twins(world.devices)}
    for shared in shared_macs(world, serials):
        found[shared.device.ref] = Conflict(shared.device, shared=shared)
    for device in world.devices:
        if (conflict := _of_assets(device, owners, serials)) is not None:
            found[device.ref] = conflict
    return found
