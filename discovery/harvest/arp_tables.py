"""Who stands at a router's links: ARP and neighbour discovery tables out of SNMP walks. Pure.

IP-MIB (RFC 4293; ipNetToMediaTable is RFC 1213's), IPV6-MIB (RFC 2465), CISCO-IETF-IP-MIB.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discovery.harvest.walked import address_of, inet_of, mac_of, numbers_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from discovery.harvest.walked import Row

NET_TO_MEDIA = "1.3.6.1.2.1.4.22.1.2"
NET_TO_PHYSICAL = "1.3.6.1.2.1.4.35.1.4"
IPV6_NET_TO_MEDIA = "1.3.6.1.2.1.55.1.12.1.2"
CISCO_NET_TO_MEDIA = "1.3.6.1.4.1.9.10.86.1.1.3.1.3"


def media(rows: Iterable[Row], below: str = NET_TO_MEDIA) -> Iterator[tuple[str, str]]:
    """(IP, MAC) of ipNetToMediaPhysAddress, by ifIndex and IPv4 address; of IPV6-MIB's by ifIndex and 16 octets."""
    for name, value in rows:
        numbers, mac = numbers_of(name, below), mac_of(value)
        ip = address_of(numbers[1:]) if numbers else None
        if ip is not None and mac is not None:
            yield ip, mac


def physical(rows: Iterable[Row], below: str = NET_TO_PHYSICAL) -> Iterator[tuple[str, str]]:
    """(IP, MAC) of ipNetToPhysicalPhysAddress and of Cisco's cInetNetToMediaPhysAddress, by ifIndex, type and address."""
    for name, value in rows:
        numbers, mac = numbers_of(name, below), mac_of(value)
        ip, _ = inet_of(numbers[1:])
        if ip is not None and mac is not None:
            yield ip, mac
