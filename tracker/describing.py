"""The facts of a finding's sentence: data only, never text. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from discovery.sighting import DeviceClass
from tracker.facts import THIS_MACHINE

if TYPE_CHECKING:
    from tracker.facts import KnownAsset, KnownDevice, NetworkFact

FORGET_AFTER = timedelta(days=30)
"""A stranger that a covered network has not shown for so long is gone."""


def device_facts(device: KnownDevice, network: NetworkFact | None) -> dict[str, Any]:
    """What is known of a device and where it was seen."""
    facts: dict[str, Any] = {
        "class": device.device_class.value,
        "vendor": device.vendor,
        "model": device.model,
        "ip": device.ip,
        "mac": device.mac,
        "name": device.name,
        "sector": device.sector,
        "network": network.name if network else None,
        "site": network.site if network else None,
        "maybe": list(device.maybe) or None,
        "plugged": list(device.plugged) or None,
        "behind": device.behind,
        "number": device.number,
        "observer": THIS_MACHINE in device.flags or None,
        "since": device.first_seen.isoformat() if device.first_seen else None,
    }
    return {key: value for key, value in facts.items() if value is not None}


def asset_facts(asset: KnownAsset, site: str | None = None) -> dict[str, Any]:
    """What the register says of an asset."""
    facts: dict[str, Any] = {
        "tag": asset.tag,
        "status": asset.status.value,
        "class": asset.device_class.value,
        "vendor": asset.vendor,
        "model": asset.model,
        "site": site,
    }
    return {key: value for key, value in facts.items() if value is not None}


def is_gone(device: KnownDevice, network: NetworkFact | None, now: Any) -> bool:
    """Whether a device has not been seen for `FORGET_AFTER` although its network was looked over since."""
    if device.last_seen is None or now - device.last_seen < FORGET_AFTER:
        return False
    return network is not None and network.covered_at is not None and network.covered_at > device.last_seen


def stranger_group(kind: str, device: KnownDevice, network: NetworkFact | None) -> str:
    """What one decision may settle: same kind, maker, model and network; the scanner itself is like nobody."""
    if THIS_MACHINE in device.flags:
        return f"{kind}|{THIS_MACHINE}|{network.name if network else '-'}"[:200]
    what = device.model or (
        device.device_class.value if device.device_class is not DeviceClass.UNKNOWN else "-"
    )
    return f"{kind}|{device.vendor or '-'}|{what}|{network.name if network else '-'}"[:200]
