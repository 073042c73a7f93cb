"""An IoT device on the network that the register does not know.

Duties 1 and 14 (REG-01): "alla IoT-enheter registreras och uppfylla kommunens säkerhetskrav" and "IT-utrustning så som
datorer, mobiltelefoner, plattor nätverksenheter och IoT-enheter skall vara registrerad". Equipment of a business's own
(welfare, medical, conference) is handled by that business, and registered all the same.
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
    """Each unregistered device that is certainly IoT, on a network that is not for guests."""
    asked = conflicts(world)  # what contradicts the register is its own question
    for device in world.devices:
        network = world.networks.get(device.network_id or 0)
        if device.asset_id is not None or device.is_iot is not True or is_gone(device, network, world.now):
            continue
        if network is None or network.purpose is Purpose.GUEST or device.ref in asked:
            continue
        yield Wanted(
            kind=FindingKind.UNREGISTERED_IOT,
            topic="unregistered",
            rule="REG-01",
            severity=Severity.HIGH,
            device=device.ref,
            network_id=network.id,
            unit_id=network.unit_id,
            group_key=stranger_group("unregistered_iot", device, network),
            facts=device_facts(device, network),
        )
