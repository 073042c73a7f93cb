"""A unit that is seen at another site than where the register says it belongs.

Duty 3 (TRF-03): equipment "får inte överlåtas utan godkännande från IT- och Digitaliseringsavdelningen". What people carry may
visit: it has moved when it was seen there for a week and never at home meanwhile. Fixed equipment has moved when a whole night
passed. Guests' networks say nothing of where a thing belongs.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tracker.describing import asset_facts
from tracker.facts import Judged, KnownAsset, Place, Wanted
from tracker.silence import CARRIED
from tracker.words import EXPECTED_ON_NETWORK, FindingKind, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from tracker.facts import KnownDevice

VISIT = timedelta(days=7)
A_NIGHT = timedelta(hours=20)
STALE = timedelta(days=30)
"""What was seen nowhere for so long is missed, not moved."""


def _away(asset: KnownAsset, devices: list[KnownDevice], now: datetime) -> tuple[Place, datetime] | None:
    """Where the asset is instead of at home, and since when; None when it is at home, visiting, or silent."""
    places = [place for device in devices for place in device.places]
    elsewhere = [place for place in places if place.site_id not in asset.homes]
    if not elsewhere:
        return None
    there = max(elsewhere, key=lambda place: (place.last_seen, place.site_id))
    at_home = max((p.last_seen for p in places if p.site_id in asset.homes), default=None)
    # Of an earlier visit nothing is left once it was at home again.
    since = there.first_seen if at_home is None else max(there.first_seen, at_home)
    if asset.device_class in CARRIED:
        stayed = there.last_seen - since >= VISIT
    else:
        stayed = at_home is None or there.last_seen - at_home >= A_NIGHT
    return (there, since) if stayed and now - there.last_seen < STALE else None


def check(world: Judged) -> Iterator[Wanted]:
    """Each asset that is somewhere else."""
    devices = world.devices_of()
    sites = {n.site_id: n for n in sorted(world.networks.values(), key=lambda n: -n.id)}
    for asset in world.assets:
        if not asset.homes or asset.home is None or asset.status not in EXPECTED_ON_NETWORK:
            continue
        away = _away(asset, devices.get(asset.id, []), world.now)
        if away is None or (network := sites.get(away[0].site_id)) is None:
            continue
        facts = asset_facts(asset, network.site) | {
            "home": asset.home,
            "since": away[1].isoformat(),
            "site_id": network.site_id,
        }
        yield Wanted(
            kind=FindingKind.MOVED,
            topic="moved",
            rule="TRF-03",
            severity=Severity.LOW if asset.device_class in CARRIED else Severity.MEDIUM,
            asset_id=asset.id,
            network_id=network.id,
            unit_id=asset.unit_id,
            group_key=f"moved|{asset.home}|{network.site}"[:200],
            facts=facts,
            begun=away[1],
        )
