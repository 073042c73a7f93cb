"""Which asset of the register is this sighting? Pure. Two assets are never one; a person says which."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from discovery.sighting import DeviceClass
from tracker.device_matching import reason
from tracker.facts import KnownAsset
from tracker.proving import NamedMacs, Shown, contradict, serials_of
from tracker.words import NOT_EXPECTED_ON_NETWORK, IdentifierKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from discovery.sighting import Sighting
    from tracker.device_matching import Found
    from tracker.facts import Identifier

_STACKED = frozenset({DeviceClass.NETWORK, DeviceClass.UNKNOWN})


@dataclass(slots=True)
class Registered:
    """The asset a sighting is, and why; or those it may be. Of a stack, `doubts` are the other members."""

    asset: KnownAsset | None = None
    because: list[str] = field(default_factory=list)
    doubts: list[KnownAsset] = field(default_factory=list)
    is_stack: bool = False


class RegisteredAssets:
    """The register's assets, by identifier."""

    def __init__(self, assets: Iterable[KnownAsset]) -> None:
        self._by_id = {asset.id: asset for asset in assets}
        self._by: dict[Identifier, list[KnownAsset]] = defaultdict(list)
        for asset in self._by_id.values():
            for identifier in asset.identifiers:
                self._by[identifier].append(asset)
        self.named = NamedMacs(
            docks=frozenset(value for kind, value in self._by if kind is IdentifierKind.DOCK_MAC),
            own=frozenset(value for kind, value in self._by if kind is IdentifierKind.MAC),
        )

    def _named_by(self, identifiers: Iterable[Identifier]) -> list[tuple[Identifier, KnownAsset]]:
        """Assets that the identifiers name; one that is gone gives way to a living one with the same identifier."""
        named: list[tuple[Identifier, KnownAsset]] = []
        for identifier in identifiers:
            holders = self._by.get(identifier, [])
            alive = [asset for asset in holders if asset.status not in NOT_EXPECTED_ON_NETWORK]
            named += [(identifier, asset) for asset in alive or holders]
        return named

    def find(self, shown: Shown, found: Found, sighting: Sighting) -> Registered:
        """The asset that the register's own identifiers name, else the one the device is linked to."""
        if found.keeps_identity and found.device is not None:
            return Registered(self._by_id.get(found.device.asset_id or 0))
        named = self._named_by((*shown.strong, *shown.weak))
        different = {asset.id: asset for _, asset in named}
        reasons = [reason(identifier) for identifier, _ in named]
        if len(different) > 1:
            return self._several(named, reasons, shown, sighting)
        if named:
            asset = named[0][1]
            if contradict(shown.strong, asset.identifiers):
                return Registered(None, reasons, [asset])
            return Registered(asset, reasons)
        if found.device is not None and found.device.asset_id is not None and not found.doubts:
            return Registered(self._by_id.get(found.device.asset_id), ["linked"])
        names = tuple((IdentifierKind.NAME, name) for name in shown.names)
        hinted = {a.id: a for _, a in self._named_by((*shown.doubtful, *shown.claimed, *names))}
        known = found.device is not None and found.device.has_proof
        return Registered(None, [], [] if known and not found.doubts else list(hinted.values()))

    @staticmethod
    def _several(
        named: list[tuple[Identifier, KnownAsset]], reasons: list[str], shown: Shown, sighting: Sighting
    ) -> Registered:
        """Several assets: the members of a stack, or a contradiction that a person must settle."""
        assets = list({asset.id: asset for _, asset in named}.values())
        identity = sighting.identity
        stackable = identity is None or identity.device_class in _STACKED
        by_serial = {a.id for i, a in named if i[0] is IdentifierKind.SERIAL}
        if stackable and len(by_serial) == len(assets) and len(serials_of(shown.strong)) >= len(assets):
            return Registered(assets[0], reasons, assets[1:], is_stack=True)
        return Registered(None, reasons, assets)
