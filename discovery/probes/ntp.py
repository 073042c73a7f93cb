"""NTP: what keeps the time (RFC 5905, 7.3): version, stratum and, of a clock of its own, which. One client's question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discovery.asking import Ask
from discovery.evidence import Evidence

if TYPE_CHECKING:
    from discovery.asking import Host, Wire

NAME = "ntp"
ASKS = (Ask("ntp", "udp", 1),)
_LENGTH = 48
_CLIENT, _SERVER = 3, 4
REQUEST = bytes([(4 << 3) | _CLIENT]) + bytes(_LENGTH - 1)
"""Version 4, mode 3. Modes 6 and 7, which tell more, are not asked: they are what amplifies attacks."""


def read(data: bytes) -> list[Evidence]:
    """Version, stratum and reference out of an answer. Pure."""
    if len(data) < _LENGTH or data[0] & 7 != _SERVER:
        return []
    stratum, reference = data[1], data[12:16]
    found = [
        Evidence.of("ntp", "version", str((data[0] >> 3) & 7)),
        Evidence.of("ntp", "stratum", str(stratum)),
    ]
    if stratum == 1 and (name := reference.rstrip(b"\0")).isalnum():
        found.append(Evidence.of("ntp", "refid", name))
    return found


async def look(host: Host, wire: Wire) -> list[Evidence]:
    """Ask once."""
    for data in await wire.ask(host, host.port("ntp"), REQUEST, wait=1.0):
        return read(data)
    return []
