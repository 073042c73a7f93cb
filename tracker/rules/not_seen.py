"""A unit that should be on the network and is not seen, where coverage says that we looked.

Duty 2 (REG-04): "Avdelningen ser till att utrustning dokumenteras". When a large part of what a site used to show vanishes at
once, the network is the likelier cause: one finding is opened about the site, and none about its single units.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracker.describing import asset_facts
from tracker.facts import Judged, Wanted
from tracker.silence import is_told, mass_sites, missed, silent_sites
from tracker.words import FindingKind, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator


def check(world: Judged) -> Iterator[Wanted]:
    """Each asset that is missed, unless its whole site is."""
    sites = {network.site_id: network.site for network in world.networks.values()}
    gone = missed(world)
    hushed = mass_sites(gone, world) | set(silent_sites(world))
    for one in gone:
        asset = one.asset
        if one.site_id in hushed and one.last is not None and not is_told(asset, world):
            continue
        facts = asset_facts(asset, sites.get(asset.site_id))
        if one.last is not None:
            facts["seen"] = one.last.isoformat()
        place = sites.get(asset.site_id) or "-"
        yield Wanted(
            kind=FindingKind.NOT_SEEN,
            topic="not_seen",
            rule="REG-04",
            severity=Severity.LOW,
            asset_id=asset.id,
            unit_id=asset.unit_id,
            group_key=f"not_seen|{asset.model or asset.device_class.value}|{place}"[:200],
            facts=facts,
        )
