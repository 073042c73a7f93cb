"""dnsmasq's lease file. Pure.

Format (dnsmasq 2.90, lease.c): ``expiry mac ip hostname client-id``, ``*`` for none; expiry 0 is for ever; a line
``duid ...`` begins the IPv6 part. The file is rewritten in another order at any time.
"""

from __future__ import annotations

from datetime import UTC, datetime
from ipaddress import IPv4Address
from typing import TYPE_CHECKING

from discovery.address import normalise_mac
from discovery.errors import MalformedError
from discovery.harvest import Harvested, Known, evidence_of

if TYPE_CHECKING:
    from collections.abc import Iterable

_WORDS = 5


def _lease(line: str) -> Known | None:
    # Blanks only: a name may hold other characters that count as white space.
    words = line.split(" ")
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
    return Known(address, mac, evidence_of(mac, "" if name == "*" else name), until)


def read(lines: Iterable[str], now: datetime) -> Harvested:
    """The leases that have not run out; lines that cannot be read are counted.

    Raises:
        MalformedError: there are lines, and none of them is a lease.
    """
    known: dict[str, Known] = {}
    malformed = understood = 0
    for line in lines:
        if line.startswith("duid "):
            break
        if not line.strip():
            continue
        lease = _lease(line)
        if lease is None:
            malformed += 1
            continue
        understood += 1
        if lease.until is None or lease.until > now:
            known[lease.ip] = lease
    if malformed and not understood:
        raise MalformedError("dhcp", b"")
    return Harvested(tuple(known.values()), malformed)
