"""Identifiers in conflict: a device names two assets, two devices show one serial number or one MAC, or a board has moved.

Duty 2 (REG-03): "Avdelningen ser till att utrustning dokumenteras". Nothing is joined silently: a board, an adapter or a label may
have moved, and only a person can see which.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tracker.contradicting import Conflict, conflicts
from tracker.describing import device_facts, is_gone
from tracker.facts import Judged, Wanted
from tracker.proving import serials_of
from tracker.shared_macs import serial_of
from tracker.words import FindingKind, Purpose, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tracker.facts import KnownDevice, NetworkFact
    from tracker.shared_macs import SharedMac


def _called(device: KnownDevice) -> str:
    return device.name or device.ip or device.mac or "?"


def _shared(shared: SharedMac) -> dict[str, Any]:
    """Whose MAC it is, and which serial numbers it comes with."""
    said: dict[str, Any] = {"value": shared.mac, "second_value": serial_of(shared.device)}
    if shared.twin is not None:
        first = {"claim": "same_mac", "other": _called(shared.twin), "first_value": serial_of(shared.twin)}
        return said | first
    owner = shared.owner
    serials = sorted(serials_of(owner.identifiers)) if owner is not None else []
    tag = owner.tag if owner is not None else ""
    return said | {"claim": "board", "tag": tag, "first_value": serials[0] if serials else "", "maybe": [tag]}


def _unit_id(conflict: Conflict, network: NetworkFact) -> int | None:
    """Whose the question is: the asset's, where there is one."""
    owner = conflict.shared.owner if conflict.shared is not None else None
    if owner is not None:
        return owner.unit_id
    return conflict.assets[0][0].unit_id if conflict.assets else network.unit_id


def _claims(conflict: Conflict) -> dict[str, Any]:
    """Who claims what."""
    if conflict.shared is not None:
        return _shared(conflict.shared)
    if conflict.twin is not None:
        return {"claim": "same_serial", "value": conflict.value, "other": _called(conflict.twin)}
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
        owner = conflict.shared.owner if conflict.shared is not None else None
        yield Wanted(
            kind=FindingKind.CONFLICTING,
            topic="conflicting",
            rule="REG-03",
            severity=Severity.MEDIUM,
            device=device.ref,
            about=conflict.about,
            asset_id=owner.id if owner is not None else None,
            network_id=network.id,
            unit_id=_unit_id(conflict, network),
            group_key=f"conflicting|{named}"[:200],
            facts=device_facts(device, network) | claims,
        )
