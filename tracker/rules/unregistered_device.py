"""A device on the network that the register does not know, and that is not certainly IoT.

Duty 1 (REG-01): "IT-utrustning så som datorer, mobiltelefoner, plattor nätverksenheter och IoT-enheter skall vara
registrerad i av IT- och Digitaliseringsavdelningen anvisat system". Guests are counted, never findings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracker.contradicting import conflicts
from tracker.describing import device_facts, is_gone, stranger_group
from tracker.facts import Judged, Wanted
from tracker.words import FindingKind, Purpose, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator


def check(world: Judged) -> Iterator[Wanted]:
    """Each unregistered device that is not IoT, or not known to be, on a network that is not for guests."""
    asked = conflicts(world)  # what contradicts the register is its own question
    for device in world.devices:
        network = world.networks.get(device.network_id or 0)
        if device.asset_id is not None or device.is_iot is True or is_gone(device, network, world.now):
            continue
        if network is None or network.purpose is Purpose.GUEST or device.ref in asked:
            continue
        yield Wanted(
            kind=FindingKind.UNREGISTERED_DEVICE,
            topic="unregistered",
            rule="REG-01",
            severity=Severity.MEDIUM,
            device=device.ref,
            network_id=network.id,
            unit_id=network.unit_id,
            group_key=stranger_group("unregistered_device", device, network),
            facts=device_facts(device, network),
        )
