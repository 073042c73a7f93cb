"""Identifiers in conflict: a device names two assets, or two devices show one serial number.

Duty 2 (REG-03): "Avdelningen ser till att utrustning dokumenteras". Nothing is joined silently: a board, an adapter or a label may
have moved, and only a person can see which.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tracker.contradicting import Conflict, conflicts
from tracker.describing import device_facts, is_gone
from tracker.facts import Judged, Wanted
from tracker.words import FindingKind, Purpose, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator


def _claims(conflict: Conflict) -> dict[str, Any]:
    """Who claims what."""
    if conflict.twin is not None:
        other = conflict.twin
        return {"value": conflict.value, "other": other.name or other.ip or other.mac or "?"}
    (first, by_first), (second, by_second), *_ = conflict.assets
    return {
        "first": first.tag,
        "first_value": by_first[1],
        "second": second.tag,
        "second_value": by_second[1],
        "maybe": [asset.tag for asset, _ in conflict.assets],
    }


def check(world: Judged) -> Iterator[Wanted]:
    """Each device that contradicts the register or another device."""
    for conflict in conflicts(world).values():
        device = conflict.device
        network = world.networks.get(device.network_id or 0)
        if network is None or network.purpose is Purpose.GUEST or is_gone(device, network, world.now):
            continue
        claims = _claims(conflict)
        named = "|".join(claims.get("maybe") or [claims["value"]])
        yield Wanted(
            kind=FindingKind.CONFLICTING,
            topic="conflicting",
            rule="REG-03",
            severity=Severity.MEDIUM,
            device=device.ref,
            network_id=network.id,
            unit_id=conflict.assets[0][0].unit_id if conflict.assets else network.unit_id,
            group_key=f"conflicting|{named}"[:200],
            facts=device_facts(device, network) | claims,
        )
