"""``enhetskoll resolve``: identity alone, without a database. Which sightings are one device, and which asset is it?"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from discovery.address import normalise_mac, normalise_serial
from discovery.sighting import VERSION, Sighting
from tracker.errors import RefusedError
from tracker.facts import Identifier, KnownAsset, Match
from tracker.matching import matcher_for
from tracker.words import AssetStatus, IdentifierKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

_NEW = "new:"
_ASKED = "ask:"
_STATUSES = {member.value: member for member in AssetStatus}


def _asset(number: int, fields: dict[str, Any]) -> KnownAsset:
    identifiers: set[Identifier] = set()
    if serial := normalise_serial(str(fields.get("serial") or "")):
        identifiers.add((IdentifierKind.SERIAL, serial))
    for kind, key in ((IdentifierKind.MAC, "macs"), (IdentifierKind.DOCK_MAC, "dock_macs")):
        identifiers |= {(kind, mac) for text in fields.get(key) or () if (mac := normalise_mac(str(text)))}
    return KnownAsset(
        id=number,
        tag=str(fields["asset"]),
        status=_STATUSES.get(str(fields.get("status")), AssetStatus.IN_USE),
        identifiers=frozenset(identifiers),
    )


def known_assets(path: Path) -> list[KnownAsset]:
    """Assets out of JSON lines ``{"asset", "serial", "macs", "dock_macs", "status"}``.

    Raises:
        RefusedError: a line that is no such object, by its number.
    """
    found = []
    with path.open(encoding="utf-8", errors="replace") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                found.append(_asset(number, json.loads(line)))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise RefusedError("scans.bad_asset_line", path=str(path), line=number) from error
    return found


def _is_unsure(match: Match) -> bool:
    """Whether only a place speaks for it: enough to say that a known device is still there, too little to call two one."""
    return match.answer == "ask" or (match.keeps_identity and len(match.because) < 2)  # noqa: PLR2004 -- a place and one more


class _Labels:
    """Names for devices, equal for the sightings of one."""

    def __init__(self, assets: Iterable[KnownAsset]) -> None:
        self._tags = {f"asset:{asset.id}": asset.tag for asset in assets}
        self._met: set[str] = set()

    def candidate(self, ref: object) -> str:
        return self._tags.get(str(ref), str(ref).removeprefix(_NEW))

    def answer(self, match: Match) -> dict[str, Any]:
        """The answer for one sighting."""
        device, unsure = str(match.device), _is_unsure(match)
        label, others = device.removeprefix(_NEW), list(match.candidates)
        if unsure and not match.is_fresh:
            label, others = f"{_ASKED}{match.sighting.id}", [match.device, *others]
        asset = None if unsure or match.asset_id is None else self._tags[f"asset:{match.asset_id}"]
        is_known = device in self._met or asset is not None
        self._met.add(device)
        return {
            "v": VERSION,
            "type": "resolved",
            "sighting": match.sighting.id,
            "device": label,
            "asset": asset,
            "answer": "ask" if unsure else ("same" if is_known else "new"),
            "candidates": list(dict.fromkeys(self.candidate(other) for other in others)),
            "flags": list(match.flags),
            "because": list(match.because),
        }


def resolve_lines(sightings: Sequence[Sighting], assets: Sequence[KnownAsset]) -> list[dict[str, Any]]:
    """One answer a sighting, in order. Pure. On ``ask`` the device label is a fresh one and the candidates are the others."""
    networks = {name: number for number, name in enumerate(sorted({s.network or "" for s in sightings}), 1)}
    labels = _Labels(assets)
    matches = matcher_for(sightings, assets, network_ids=networks).match_all(sightings)
    return [labels.answer(match) for match in matches]
