"""Who do others know? One source a file; a harvest sends nothing to the devices themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from discovery.evidence import Evidence


@dataclass(frozen=True, slots=True)
class Known:
    """One device that someone else knows.

    Attributes:
        mac: ``aa:bb:cc:dd:ee:ff``.
        until: when the knowledge runs out, None for never.
        source: what kind of source it is, as in a sighting.
        via: the router whose table it is, else None.
    """

    ip: str
    mac: str
    evidence: tuple[Evidence, ...]
    until: datetime | None = None
    source: str = "dhcp"
    via: str | None = None


def evidence_of(mac: str, hostname: str = "", vendor_class: str = "") -> tuple[Evidence, ...]:
    """What a lease tells of a device; what it does not tell is empty. Everything a device sent is cleaned."""
    said = (("mac", mac), ("hostname", hostname), ("vendor_class", vendor_class))
    made = (Evidence.of("dhcp", key, value) for key, value in said)
    return tuple(one for one in made if one.value)


@dataclass(frozen=True, slots=True)
class Harvested:
    """What one source gave, and how many of its lines could not be read."""

    known: tuple[Known, ...]
    malformed: int = 0
