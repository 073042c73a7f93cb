"""dnsmasq's lease file: IP, MAC and name of everything that asked for an address, also of what sleeps now.

Format (dnsmasq 2.90, lease.c): ``expiry mac ip hostname client-id``, ``*`` for none; expiry 0 is for ever; a line
``duid ...`` begins the IPv6 part. The file is rewritten in another order at any time.
"""

from __future__ import annotations

from datetime import UTC, datetime
from ipaddress import IPv4Address
from typing import TYPE_CHECKING

from discovery.address import normalise_mac
from discovery.evidence import Evidence
from discovery.harvest import Harvested, Known

if TYPE_CHECKING:
    from pathlib import Path

MAX_FILE = 64 * 1024 * 1024
"""Bytes read at most; a lease is about 80."""
_WORDS = 5


def _lease(line: str) -> Known | None:
    words = line.split()
    if len(words) != _WORDS:
        return None
    expiry, hardware, ip, name, _client = words
    # Another hardware type than Ethernet stands before the address: 20-..., ff-...
    mac = normalise_mac(hardware)
    if mac is None:
        return None
    try:
        until = datetime.fromtimestamp(int(expiry), UTC) if int(expiry) else None
        address = str(IPv4Address(ip))
    except (ValueError, OverflowError, OSError):
        return None
    evidence = [Evidence.of("dhcp", "mac", mac)]
    if name != "*":
        evidence.append(Evidence.of("dhcp", "hostname", name))
    return Known(address, mac, tuple(evidence), until)


def read(text: str, now: datetime) -> Harvested:
    """The leases that have not run out. Pure; lines that cannot be read are counted."""
    known: dict[str, Known] = {}
    malformed = 0
    for line in text.splitlines():
        if line.startswith("duid "):
            break
        if not line.strip():
            continue
        lease = _lease(line)
        if lease is None:
            malformed += 1
        elif lease.until is None or lease.until > now:
            known[lease.ip] = lease
    return Harvested(tuple(known.values()), malformed)


def harvest(path: Path, now: datetime) -> Harvested:
    """Read the file.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return read(file.read(MAX_FILE).decode("utf-8", "replace"), now)
