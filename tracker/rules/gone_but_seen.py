"""A unit that the register says is back, retired or gone, and that was on the network after that.

Duty 7 (STU-08): "ser till att enheterna återlämnas och avregistreras på ett korrekt och säkert sätt".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracker.describing import asset_facts
from tracker.facts import Judged, Wanted
from tracker.words import NOT_EXPECTED_ON_NETWORK, FindingKind, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator


def check(world: Judged) -> Iterator[Wanted]:
    """Each such asset with a device that was seen after the status was set."""
    devices = world.devices_of()
    for asset in world.assets:
        if asset.status not in NOT_EXPECTED_ON_NETWORK or asset.status_since is None:
            continue
        seen = [d for d in devices.get(asset.id, ()) if d.last_seen and d.last_seen > asset.status_since]
        if not seen:
            continue
        device = max(seen, key=lambda d: d.last_seen or world.now)
        network = world.networks.get(device.network_id or 0)
        facts = asset_facts(asset, network.site if network else None)
        facts["status_since"] = asset.status_since.isoformat()
        if device.last_seen:
            facts["seen"] = device.last_seen.isoformat()
        if network:
            facts["network"] = network.name
        yield Wanted(
            kind=FindingKind.GONE_BUT_SEEN,
            topic="gone_but_seen",
            rule="STU-08",
            severity=Severity.HIGH,
            asset_id=asset.id,
            network_id=network.id if network else None,
            unit_id=asset.unit_id,
            group_key=f"gone_but_seen|{asset.status.value}|{network.name if network else '-'}"[:200],
            facts=facts,
            begun=asset.status_since,
        )
