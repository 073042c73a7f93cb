"""Which device that was met before is this sighting? Pure.

Proof decides; what contradicts asks a person; a place or a name never joins two devices by itself.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from discovery.sighting import DeviceClass, Sighting
from tracker.facts import DeviceRef, Identifier
from tracker.proving import Shown, contradict, proves, serials_of
from tracker.words import IdentifierKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tracker.facts import KnownDevice

CARRIED = frozenset(
    {DeviceClass.COMPUTER, DeviceClass.CHROMEBOOK, DeviceClass.PHONE, DeviceClass.TABLET, DeviceClass.UNKNOWN}
)
"""Classes that people carry about, or that might be one of those."""


def reason(identifier: Identifier) -> str:
    """The code with data that says which identifier decided."""
    return f"{identifier[0].value}:{identifier[1]}"


@dataclass(slots=True, eq=False)
class MetDevice:
    """A device as the matcher knows it so far."""

    ref: DeviceRef
    asset_id: int | None = None
    identifiers: set[Identifier] = field(default_factory=set)
    network_id: int | None = None
    ip: str | None = None
    names: set[str] = field(default_factory=set)
    device_class: DeviceClass = DeviceClass.UNKNOWN
    vendor: str | None = None
    has_proof: bool = False
    seen_now: bool = False


@dataclass(slots=True)
class Found:
    """The device a sighting is, and why; or those it may be.

    Attributes:
        doubts: devices that a person must tell it from.
        also: further devices that the same proof names: one thing met twice before it was known to be one.
        keeps_identity: nothing but the place speaks for it.
    """

    device: MetDevice | None = None
    because: list[str] = field(default_factory=list)
    doubts: list[MetDevice] = field(default_factory=list)
    also: list[MetDevice] = field(default_factory=list)
    keeps_identity: bool = False


def _met(known: KnownDevice) -> MetDevice:
    return MetDevice(
        ref=known.ref,
        asset_id=known.asset_id,
        identifiers=set(known.identifiers),
        network_id=known.network_id,
        ip=known.ip,
        names={known.name.casefold()} if known.name else set(),
        device_class=known.device_class,
        vendor=known.vendor,
        has_proof=any(map(proves, known.identifiers)),
    )


class MetDevices:
    """Every device met so far, by identifier, place and name."""

    def __init__(
        self, devices: Iterable[KnownDevice], network_ids: dict[str, int], contested: frozenset[Identifier]
    ) -> None:
        """Args: network_ids: networks by name; contested: identifiers that several devices show."""
        self._network_ids = network_ids
        self._contested = contested
        self._made: Counter[str] = Counter()
        self._absorbed: dict[DeviceRef, DeviceRef] = {}
        self._by: dict[Identifier, list[MetDevice]] = defaultdict(list)
        self._by_place: dict[tuple[int | None, str], MetDevice] = {}
        self._by_name: dict[str, list[MetDevice]] = defaultdict(list)
        for known in devices:
            self._add(_met(known))

    def _add(self, device: MetDevice) -> None:
        for identifier in device.identifiers:
            if device not in self._by[identifier]:
                self._by[identifier].append(device)
        for name in device.names:
            if device not in self._by_name[name]:
                self._by_name[name].append(device)
        if device.ip is not None:
            self._by_place[device.network_id, device.ip] = device

    def fresh(self, sighting: Sighting) -> str:
        """A reference for a new device; ids of sightings are unique within one survey only."""
        self._made[sighting.id] += 1
        count = self._made[sighting.id]
        return f"new:{sighting.id}" if count == 1 else f"new:{sighting.id}#{count}"

    def lasting(self, ref: DeviceRef) -> DeviceRef:
        """The reference of the device that took this one in, else its own."""
        while ref in self._absorbed:
            ref = self._absorbed[ref]
        return ref

    def find(self, sighting: Sighting, shown: Shown) -> Found:
        """The device: by proof, else by a weak address, else still at its place; else perhaps by a hint."""
        found = self._proven(shown)
        if found.device is not None or found.doubts:
            return found
        for identifier in (*shown.weak, *(() if shown.strong else shown.doubtful)):
            for device in self._by.get(identifier, ()):
                if identifier in shown.weak:
                    return Found(device, [reason(identifier)])
                found.doubts.append(device)
        if shown.strong:
            shared = [i for i in shown.doubtful if i in self._contested]
            found.doubts = list(dict.fromkeys(d for i in shared for d in self._by.get(i, ())))
            return found
        if found.doubts:
            return self._same_doubt(found)
        kept = self._still_there(sighting, shown)
        if kept is not None:
            return kept
        return Found(doubts=self._hinted(shown))

    @staticmethod
    def _same_doubt(found: Found) -> Found:
        """A dock seen again without a word from what hangs on it: the register keeps one row for it, and asks."""
        own = [device for device in found.doubts if not serials_of(device.identifiers)]
        found.doubts = list(dict.fromkeys(found.doubts))
        if len(found.doubts) == 1 and own:
            return Found(own[0], ["doubtful"], doubts=own)
        return found

    def _proven(self, shown: Shown) -> Found:
        """The device that strong identifiers name, and those that the same identifiers name besides."""
        reasons: dict[MetDevice, list[str]] = {}
        doubts: list[MetDevice] = []
        for identifier in shown.strong:
            for device in self._by.get(identifier, ()):
                if contradict(shown.strong, device.identifiers) or self._only_a_part(shown, device):
                    doubts.append(device)
                else:
                    reasons.setdefault(device, []).append(reason(identifier))
        if not reasons:
            return Found(doubts=list(dict.fromkeys(doubts)))
        # A proof beats a contradiction by another identifier: the board, adapter or dock moved.
        first, *rest = sorted(reasons, key=lambda d: (d.asset_id is None, isinstance(d.ref, str), str(d.ref)))
        found = Found(first, reasons[first])
        for device in rest:
            linked = {first.asset_id, device.asset_id} - {None}
            if len(linked) > 1 or contradict(first.identifiers, device.identifiers):
                found.doubts.append(device)
            else:
                found.also.append(device)
                found.because += reasons[device]
        return found

    @staticmethod
    def _only_a_part(shown: Shown, device: MetDevice) -> bool:
        """Whether nothing but a further serial is shared: a power unit or module that moved to another chassis."""
        mine = [value for kind, value in shown.strong if kind is IdentifierKind.SERIAL]
        theirs = serials_of(device.identifiers)
        if len(mine) < 2 or mine[0] in theirs or not theirs & set(mine):  # noqa: PLR2004 -- a chassis and a part
            return False
        rest = {i for i in (*shown.strong, *shown.weak) if i[0] is not IdentifierKind.SERIAL}
        return not rest & device.identifiers and not set(shown.names) & device.names

    def _still_there(self, sighting: Sighting, shown: Shown) -> Found | None:
        """The device last seen at this very place, unless what answers now is, or may be, another.

        A device that has shown proof is not taken for still there because something silent answers at its old address.
        """
        network = self._network_ids.get(sighting.network or "")
        for address in sighting.addresses:
            device = self._by_place.get((network, address.ip or ""))
            if device is None or device.seen_now or not address.ip:
                continue
            alike = self._alike(sighting, shown, device)
            if alike is not None and (alike or not device.has_proof):
                return Found(device, [f"place:{address.ip}", *alike], keeps_identity=True)
        return None

    @staticmethod
    def _alike(sighting: Sighting, shown: Shown, device: MetDevice) -> list[str] | None:
        """What else agrees (codes), None when something contradicts."""
        agreed = ["name"] if set(shown.names) & device.names else []
        if shown.names and device.names and not agreed:
            return None
        identity = sighting.identity
        if identity is None:
            return agreed
        if identity.vendor and device.vendor and identity.vendor != device.vendor:
            return None
        if DeviceClass.UNKNOWN in {identity.device_class, device.device_class}:
            return agreed
        if identity.device_class is not device.device_class:
            return None
        same_maker = bool(identity.vendor) and identity.vendor == device.vendor
        if same_maker and device.device_class not in CARRIED:
            agreed.append("kind")
        return agreed

    def _hinted(self, shown: Shown) -> list[MetDevice]:
        """Devices that a claimed identifier or a name points to: never enough to merge."""
        hinted = [d for i in shown.claimed for d in self._by.get(i, ())]
        hinted += [d for name in shown.names for d in self._by_name.get(name, ())]
        return list(dict.fromkeys(hinted))

    def _absorb(self, device: MetDevice, other: MetDevice) -> None:
        device.identifiers |= other.identifiers
        device.names |= other.names
        device.asset_id = device.asset_id if device.asset_id is not None else other.asset_id
        other.seen_now = True
        self._absorbed[other.ref] = device.ref
        for holders in (*self._by.values(), *self._by_name.values()):
            if other in holders:
                holders.remove(other)

    def remember(
        self, found: Found, ref: DeviceRef, asset_id: int | None, sighting: Sighting, shown: Shown
    ) -> None:
        """Take the sighting in, so that a later one may be the same."""
        device = found.device or MetDevice(ref)
        device.network_id = self._network_ids.get(sighting.network or "")
        device.ip = next((address.ip for address in sighting.addresses if address.ip), device.ip)
        device.seen_now = True
        device.asset_id = asset_id if asset_id is not None else device.asset_id
        if not found.keeps_identity:
            device.identifiers |= shown.kept
            device.names |= set(shown.names)
            device.has_proof = device.has_proof or bool(shown.strong)
            if sighting.identity is not None:
                device.device_class, device.vendor = sighting.identity.device_class, sighting.identity.vendor
        for other in found.also:
            self._absorb(device, other)
        self._add(device)
