"""What a survey must never send, held against what tcpdump saw. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from ipaddress import IPv4Network, ip_address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

PRINTS = frozenset({515, *range(9100, 9108)})
_SLACK = 1.1
"""Acknowledgements that the kernel sends are in the count; the wire allows for four packets a connection."""
_LINE = re.compile(
    r"^(?P<at>[\d.]+) (?:ARP, Request who-has (?P<asked>[\d.]+)|IP [\d.]+ > (?P<to>\d+\.\d+\.\d+\.\d+)(?:\.(?P<port>\d+))?:)"
)


@dataclass(frozen=True, slots=True)
class Packet:
    """One that left the scanner; `at` in seconds."""

    at: float
    to: str
    port: int | None = None


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the configuration allows."""

    scope: IPv4Network
    never: frozenset[str]
    rate: int
    host_rate: int


def read(said: str) -> list[Packet]:
    """The packets out of what ``tcpdump -nn -tt`` prints."""
    found = [_LINE.match(line) for line in said.splitlines()]
    return [
        Packet(float(m["at"]), m["asked"] or m["to"], int(m["port"]) if m["port"] else None)
        for m in found
        if m is not None
    ]


def most_in_a_second(moments: Iterable[float]) -> int:
    """The most that fell within any second."""
    ordered = sorted(moments)
    most, first = 0, 0
    for last, moment in enumerate(ordered):
        while moment - ordered[first] > 1:
            first += 1
        most = max(most, last - first + 1)
    return most


def breaches(packets: Iterable[Packet], allowed: Allowed) -> list[str]:
    """What should not have been sent, each with where it went."""
    found: list[str] = []
    by_host: dict[str, list[float]] = defaultdict(list)
    for one in packets:
        by_host[one.to].append(one.at)
        if ip_address(one.to) not in allowed.scope:
            found.append(f"outside the scope: {one.to}")
        if one.to in allowed.never:
            found.append(f"on the never list: {one.to}")
        if one.port in PRINTS:
            found.append(f"to a port that prints: {one.to} {one.port}")
    everything = most_in_a_second(at for moments in by_host.values() for at in moments)
    if everything > allowed.rate * _SLACK:
        found.append(f"{everything} packets in a second")
    for host, moments in by_host.items():
        if (most := most_in_a_second(moments)) > allowed.host_rate * _SLACK:
            found.append(f"{most} packets in a second to {host}")
    return found
