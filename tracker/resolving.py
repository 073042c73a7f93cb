"""``enhetskoll resolve``: identity alone, without a database. Which sightings are one device, and which asset is it?"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from discovery.address import normalise_mac, normalise_serial
from discovery.sighting import VERSION, Sighting
from tracker.facts import Identifier, KnownAsset
from tracker.matching import Matcher, shared_macs
from tracker.words import AssetStatus, IdentifierKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path


def _asset(number: int, fields: dict[str, Any]) -> KnownAsset:
    identifiers: set[Identifier] = set()
    if serial := normalise_serial(str(fields.get("serial") or "")):
        identifiers.add((IdentifierKind.SERIAL, serial))
    for kind, key in ((IdentifierKind.MAC, "macs"), (IdentifierKind.DOCK_MAC, "dock_macs")):
        identifiers |= {(kind, mac) for text in fields.get(key) or () if (mac := normalise_mac(str(text)))}
    status = str(fields.get("status") or AssetStatus.IN_USE.value)
    known = {member.value for member in AssetStatus}
    return KnownAsset(
        id=number,
        tag=str(fields["asset"]),
        status=AssetStatus(status) if status in known else AssetStatus.IN_USE,
        identifiers=frozenset(identifiers),
    )


def known_assets(path: Path) -> list[KnownAsset]:
    """Assets out of JSON lines ``{"asset", "serial", "macs", "dock_macs", "status"}``."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [_asset(number, json.loads(line)) for number, line in enumerate(lines, 1) if line.strip()]


def resolve_lines(sightings: Sequence[Sighting], assets: Iterable[KnownAsset]) -> list[dict[str, Any]]:
    """One answer a sighting, in order. Pure. On ``ask`` the device label is a fresh one."""
    known = list(assets)
    tags = {f"asset:{asset.id}": asset.tag for asset in known}
    names = {network: number for number, network in enumerate({s.network or "" for s in sightings}, 1)}
    matcher = Matcher(known, (), names)
    shared = shared_macs(sightings)
    answers = []
    for number, sighting in enumerate(sightings, 1):
        match = matcher.match(sighting, shared)
        device = f"ask:{number}" if match.answer == "ask" else str(match.device).removeprefix("new:")
        asset = tags.get(f"asset:{match.asset_id}") if match.asset_id is not None else None
        answers.append(
            {
                "v": VERSION,
                "type": "resolved",
                "sighting": sighting.id,
                "device": device,
                "asset": asset if match.answer != "ask" else None,
                "answer": match.answer,
                "candidates": [tags.get(str(c), str(c).removeprefix("new:")) for c in match.candidates],
                "flags": list(match.flags),
                "because": list(match.because),
            }
        )
    return answers
