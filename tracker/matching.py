"""Which device and which asset is this sighting? Pure. A device is a set of identifiers, never one MAC.

What proves what is decided in `tracker.proving`, which device in `tracker.device_matching`, which asset in
`tracker.asset_matching`. Here it is weighed: what is strong decides, what contradicts asks a person,
and neither a place nor a name joins two devices by itself. Every answer carries its reasons.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tracker.asset_matching import Registered, RegisteredAssets
from tracker.device_matching import Found, MetDevices
from tracker.facts import DeviceRef, KnownAsset, KnownDevice, Match
from tracker.proving import Shown, contradict, show
from tracker.suspecting import UNSUSPECTED, Suspicion, suspect
from tracker.words import NOT_EXPECTED_ON_NETWORK, AssetStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from discovery.sighting import Sighting


def _answer(found: Found, asset: Registered) -> str:
    if found.doubts or (asset.doubts and not asset.is_stack):
        return "ask"
    return "same" if found.device is not None or asset.asset is not None else "new"


def _flags(shown: Shown, found: Found, asset: Registered) -> tuple[str, ...]:
    """What a reader should know about how sure the match is (the words of ``resolve``)."""
    flags = list(shown.flags)
    if not shown.strong:
        flags.append("weak-identity")
    if any(contradict(shown.strong, device.identifiers) for device in found.doubts):
        flags.append("shared-mac")
    if asset.is_stack:
        flags.append("stack")
    statuses = {a.status for a in ([asset.asset] if asset.asset else asset.doubts)}
    if AssetStatus.DELETED in statuses:
        flags.append("seen-after-delete")
    if statuses & (NOT_EXPECTED_ON_NETWORK - {AssetStatus.DELETED}):
        flags.append("retired-but-alive")
    return tuple(dict.fromkeys(flags))


class Matcher:
    """Matches sightings against the register and each other."""

    def __init__(
        self,
        assets: Iterable[KnownAsset],
        devices: Iterable[KnownDevice] = (),
        network_ids: dict[str, int] | None = None,
        suspicion: Suspicion = UNSUSPECTED,
    ) -> None:
        """Args: network_ids: networks by name; suspicion: what the survey as a whole gives away."""
        self._suspicion = suspicion
        self._assets = RegisteredAssets(assets)
        self._devices = MetDevices(devices, network_ids or {}, suspicion.contested)

    def _show(self, sighting: Sighting) -> Shown:
        return show(sighting, self._suspicion, self._assets.named)

    def match_all(self, sightings: Sequence[Sighting]) -> tuple[Match, ...]:
        """A match for each sighting, in order. What proves most is looked at first: the order proves nothing."""
        shown = [self._show(sighting) for sighting in sightings]
        order = sorted(range(len(sightings)), key=lambda i: (-len(shown[i].strong), -len(shown[i].weak)))
        matches = {i: self.match(sightings[i], shown[i]) for i in order}
        found = (matches[i] for i in range(len(sightings)))
        return tuple(replace(match, device=self._devices.lasting(match.device)) for match in found)

    def match(self, sighting: Sighting, shown: Shown | None = None) -> Match:
        """Which device and asset the sighting is; remembers it for those that follow."""
        shown = self._show(sighting) if shown is None else shown
        ref: DeviceRef = self._devices.fresh(sighting)
        if shown.is_nothing:
            return Match(sighting, ref, None, "ask", flags=shown.flags, is_fresh=True, is_nothing=True)
        found = self._devices.find(sighting, shown)
        if found.device is not None:
            ref = found.device.ref
        asset = self._assets.find(shown, found, sighting)
        asset_id = asset.asset.id if asset.asset is not None else None
        self._devices.remember(found, ref, asset_id, sighting, shown)
        return Match(
            sighting=sighting,
            device=ref,
            asset_id=asset_id,
            answer=_answer(found, asset),
            candidates=(*(d.ref for d in found.doubts), *(f"asset:{a.id}" for a in asset.doubts)),
            flags=_flags(shown, found, asset),
            because=tuple(dict.fromkeys((*found.because, *asset.because))),
            identifiers=frozenset() if found.keeps_identity else shown.kept,
            also=tuple(d.ref for d in found.also if isinstance(d.ref, int)),
            is_fresh=found.device is None,
            keeps_identity=found.keeps_identity,
        )


def matcher_for(
    sightings: Sequence[Sighting],
    assets: Sequence[KnownAsset],
    devices: Sequence[KnownDevice] = (),
    network_ids: dict[str, int] | None = None,
    edges: frozenset[str] | None = None,
) -> Matcher:
    """A matcher that has read the survey as a whole and knows the register."""
    known = [*(asset.identifiers for asset in assets), *(device.identifiers for device in devices)]
    return Matcher(assets, devices, network_ids, suspect(sightings, known, edges))
