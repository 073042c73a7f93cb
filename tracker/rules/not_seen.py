"""A unit that should be on the network and is not seen, where coverage says that we looked.

Duty 2 (REG-04): "Avdelningen ser till att utrustning dokumenteras". Fixed equipment is missed after a week, or at the first
whole look at its site when it was never seen; what people carry is missed after 30 days. When a large part of what a
site used to show vanishes at once, the network is the likelier cause, and nothing is said of the single units.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from discovery.sighting import DeviceClass
from tracker.describing import asset_facts
from tracker.facts import Judged, KnownAsset, KnownDevice, NetworkFact, Wanted
from tracker.words import EXPECTED_ON_NETWORK, FindingKind, IdentifierKind, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

FIXED_AFTER = timedelta(days=7)
CARRIED_AFTER = timedelta(days=30)
MASS_SHARE = 0.4
MASS_LEAST = 10

_CARRIED = frozenset(
    {DeviceClass.COMPUTER, DeviceClass.CHROMEBOOK, DeviceClass.PHONE, DeviceClass.TABLET, DeviceClass.UNKNOWN}
)
_VISIBLE = frozenset({IdentifierKind.MAC, IdentifierKind.SERIAL, IdentifierKind.MDM_ID, IdentifierKind.UUID})


def _covered_at(asset: KnownAsset, devices: list[KnownDevice], world: Judged) -> datetime | None:
    """When all of where the asset should be was last looked over: its last network, else its site's networks."""
    seen_on = {d.network_id for d in devices if d.network_id is not None}
    places: list[NetworkFact] = [world.networks[i] for i in seen_on if i in world.networks]
    if not places and asset.site_id is not None:
        places = [n for n in world.networks.values() if n.site_id == asset.site_id]
    moments = [network.covered_at for network in places]
    return min((m for m in moments if m), default=None) if moments and all(moments) else None


def _silent_since(asset: KnownAsset, devices: list[KnownDevice], world: Judged) -> datetime | None:
    """Since when the asset is missed, None when it is not."""
    covered = _covered_at(asset, devices, world)
    if covered is None:
        return None
    last = max((d.last_seen for d in devices if d.last_seen), default=None)
    carried = asset.device_class in _CARRIED
    begun = last or asset.created_at
    if begun is None:
        return None
    patience = CARRIED_AFTER if carried else (FIXED_AFTER if last else timedelta(0))
    return begun if covered > begun and covered - begun >= patience else None


def _is_expected(asset: KnownAsset) -> bool:
    visible = any(kind in _VISIBLE for kind, _ in asset.identifiers)
    return asset.status in EXPECTED_ON_NETWORK and asset.expected_online and visible


def _masses(missing: list[tuple[KnownAsset, datetime | None]], world: Judged) -> set[int | None]:
    """Sites where so many vanish at once that the single units are not to blame."""
    expected: dict[int | None, int] = {}
    fresh: dict[int | None, int] = {}
    for asset in world.assets:
        if _is_expected(asset):
            expected[asset.site_id] = expected.get(asset.site_id, 0) + 1
    for asset, last in missing:
        if last is not None and f"not_seen:asset:{asset.id}" not in world.open_keys:
            fresh[asset.site_id] = fresh.get(asset.site_id, 0) + 1
    return {
        site
        for site, count in fresh.items()
        if expected[site] >= MASS_LEAST and count > MASS_SHARE * expected[site]
    }


def check(world: Judged) -> Iterator[Wanted]:
    """Each asset that is missed."""
    devices = world.devices_of()
    sites = {network.site_id: network.site for network in world.networks.values()}
    missing: list[tuple[KnownAsset, datetime | None]] = []
    for asset in world.assets:
        own = devices.get(asset.id, [])
        if _is_expected(asset) and _silent_since(asset, own, world) is not None:
            missing.append((asset, max((d.last_seen for d in own if d.last_seen), default=None)))
    masses = _masses(missing, world)
    for asset, last in missing:
        if (
            asset.site_id in masses
            and last is not None
            and f"not_seen:asset:{asset.id}" not in world.open_keys
        ):
            continue
        facts = asset_facts(asset, sites.get(asset.site_id))
        if last is not None:
            facts["seen"] = last.isoformat()
        yield Wanted(
            kind=FindingKind.NOT_SEEN,
            topic="not_seen",
            rule="REG-04",
            severity=Severity.LOW,
            asset_id=asset.id,
            unit_id=asset.unit_id,
            group_key=f"not_seen|{asset.model or asset.device_class.value}|{sites.get(asset.site_id) or '-'}"[
                :200
            ],
            facts=facts,
        )
