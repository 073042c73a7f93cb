"""Devices behind a gateway: how a probe tells of them, and how they become sightings of their own. Pure.

A BACnet router or a Modbus gateway answers for devices that have no address on the network. What such a device tells is
evidence like any other, with the device's mark before the key: ``bacnet_instance:7701/model_name``.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from discovery.fingerprint import identify
from discovery.sighting import SeenAddress, Sighting

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from discovery.evidence import Evidence

BACNET, MODBUS = "bacnet_instance", "unit"
"""What tells the devices behind one gateway apart: attributes of a sighting (the published language)."""
_PROBES = {BACNET: "bacnet", MODBUS: "modbus"}
"""Whose evidence may speak of them: no other protocol makes devices up, whatever its keys are."""
_MARKED = re.compile(rf"({BACNET}|{MODBUS}):(\d{{1,10}})/(.+)")


def marked(kind: str, number: int, found: Iterable[Evidence]) -> list[Evidence]:
    """What a device behind the gateway told, as the gateway's probe hands it over."""
    return [replace(one, key=f"{kind}:{number}/{one.key}") for one in found]


def apart(evidence: Iterable[Evidence]) -> tuple[list[Evidence], dict[tuple[str, str], list[Evidence]]]:
    """The host's own evidence, and that of each device behind it by (kind, number)."""
    own: list[Evidence] = []
    behind: dict[tuple[str, str], list[Evidence]] = {}
    for one in evidence:
        found = _MARKED.fullmatch(one.key)
        if found is None or one.probe != _PROBES[found[1]]:
            own.append(one)
        else:
            kind, number, key = found.groups()
            behind.setdefault((kind, number), []).append(replace(one, key=key))
    return own, behind


def sightings_behind(
    gateway: Sighting, behind: dict[tuple[str, str], list[Evidence]], keys: Sequence[str]
) -> list[Sighting]:
    """One sighting for each device behind a gateway.

    Args:
        gateway: as it was seen itself.
        behind: what they told, as `apart` gives it.
        keys: what names the gateway lastingly, the best first: its MAC, else its address.
    """
    made = []
    via = next((address.ip for address in gateway.addresses if address.ip), None)
    for (kind, number), evidence in behind.items():
        found = replace(
            gateway,
            id=f"{gateway.id}.{kind}-{number}",
            source=evidence[0].probe,
            addresses=(SeenAddress(None, None, via),),
            names=tuple(one.value for one in evidence if one.key == "object_name"),
            serials=(),
            uuids=tuple(f"{key}/{kind}/{number}" for key in keys[:1]),
            attributes={kind: number},
            identity=identify(evidence),
            evidence=tuple(evidence),
        )
        made.append(found)
    return made
