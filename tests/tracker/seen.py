"""Short ways to say what was seen and what is known."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from discovery.sighting import DeviceClass, Identity, SeenAddress, Sighting
from tracker.facts import KnownAsset, KnownDevice, NetworkFact, World
from tracker.words import AssetStatus, IdentifierKind, Purpose

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MAC = "9c:b6:d0:00:00:01"
OTHER = "9c:b6:d0:00:00:02"
CAMERA = Identity(DeviceClass.CAMERA, vendor="Axis", model="P3245-LV", is_iot=True, confidence=0.9)
SERIAL, MAC_KIND, DOCK = IdentifierKind.SERIAL, IdentifierKind.MAC, IdentifierKind.DOCK_MAC
LAN = NetworkFact(
    1, "lan", Purpose.OFFICE, site_id=1, site="Stadshuset", cidrs=("10.0.0.0/24",), covered_at=NOW
)


def sighting(number: int, ip: str | None = None, mac: str | None = None, **more: Any) -> Sighting:
    via = more.pop("via", None)
    addresses = (SeenAddress(ip, mac, via),) if ip or mac else ()
    defaults = {"survey": "s", "observer": "o", "seen_at": NOW, "source": "arp", "network": "lan"}
    return Sighting(id=f"s-{number}", addresses=addresses, **{**defaults, **more})


def asset(number: int, *identifiers: tuple[IdentifierKind, str], **more: Any) -> KnownAsset:
    defaults: dict[str, Any] = {"status": AssetStatus.IN_USE, "created_at": NOW}
    return KnownAsset(number, f"T-{number}", identifiers=frozenset(identifiers), **{**defaults, **more})


def device(number: int, *identifiers: tuple[IdentifierKind, str], **more: Any) -> KnownDevice:
    defaults: dict[str, Any] = {"network_id": 1, "first_seen": NOW, "last_seen": NOW}
    return KnownDevice(number, identifiers=frozenset(identifiers), **{**defaults, **more})


def world(**parts: Any) -> World:
    empty: dict[str, Any] = dict.fromkeys(("assets", "devices", "sightings", "findings", "decisions"), ())
    given = {"networks": (LAN,), "now": NOW, "today": NOW.date(), **empty, **parts}
    return World(**given)
