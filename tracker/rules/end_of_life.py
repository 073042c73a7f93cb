"""A unit in use whose support has ended.

Duty 6 (STU-05) for pupils' devices: "säkerställer att alla enheter är uppdaterade med nödvändiga säkerhetspatchar"; duty 14
(IOT-01) for IoT: "uppfylla kommunens säkerhetskrav"; for the rest duty 2 (EOL-01, our number): "nödvändiga
säkerhetsåtgärder finns på plats". The asset's own date goes before its model's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discovery.sighting import DeviceClass
from tracker.describing import asset_facts
from tracker.facts import Judged, KnownAsset, Wanted
from tracker.words import AssetStatus, FindingKind, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

IN_USE = frozenset({AssetStatus.HANDED_OUT, AssetStatus.IN_USE, AssetStatus.RESERVED})
_IOT = frozenset(
    {
        DeviceClass.CAMERA,
        DeviceClass.ACCESS_CONTROL,
        DeviceClass.BUILDING_AUTOMATION,
        DeviceClass.IOT_SENSOR,
        DeviceClass.AV,
        DeviceClass.MEDICAL,
    }
)


def duty(asset: KnownAsset) -> str:
    """The duty that a passed support date offends."""
    if asset.device_class is DeviceClass.CHROMEBOOK:
        return "STU-05"
    return "IOT-01" if asset.device_class in _IOT else "EOL-01"


def check(world: Judged) -> Iterator[Wanted]:
    """Each asset in use whose last day of support has passed."""
    sites = {network.site_id: network.site for network in world.networks.values()}
    for asset in world.assets:
        if asset.support_ends is None or asset.support_ends >= world.today or asset.status not in IN_USE:
            continue
        facts = asset_facts(asset, sites.get(asset.site_id)) | {"ends": asset.support_ends.isoformat()}
        if asset.support_basis:
            facts["basis"] = asset.support_basis
        yield Wanted(
            kind=FindingKind.END_OF_LIFE,
            topic="end_of_life",
            rule=duty(asset),
            severity=Severity.MEDIUM,
            asset_id=asset.id,
            unit_id=asset.unit_id,
            group_key=f"end_of_life|{asset.vendor or '-'}|{asset.model or asset.device_class.value}"[:200],
            facts=facts,
        )
