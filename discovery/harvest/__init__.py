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
    """

    ip: str
    mac: str
    evidence: tuple[Evidence, ...]
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Harvested:
    """What one source gave, and how many of its lines could not be read."""

    known: tuple[Known, ...]
    malformed: int = 0
