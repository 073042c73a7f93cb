"""Rows of SNMP walks: the numbers in a name, and MACs, addresses and texts out of values. Pure; what is odd gives nothing."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING

from discovery.address import AddressQuality, normalise_mac, quality

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Value = str | int | bytes
Row = tuple[str, Value]
"""An object's name as dotted numbers, and its value."""

OCTET = 255
V4_OCTETS, V6_OCTETS, MAC_OCTETS = 4, 16, 6
_IPV4, _IPV6, _IPV4_ZONE, _IPV6_ZONE = 1, 2, 3, 4
"""InetAddressType (RFC 4001)."""
_WANTED = {_IPV4: V4_OCTETS, _IPV4_ZONE: V4_OCTETS, _IPV6: V6_OCTETS, _IPV6_ZONE: V6_OCTETS}
_TYPE_AND_LENGTH = 2
_DIGITS = 10
"""Of a sub-identifier, which has 32 bits."""
_NOBODY = frozenset({AddressQuality.VIRTUAL_ROUTER, AddressQuality.JUNK})
"""Addresses of VRRP, HSRP and GLBP, of groups and of nobody: none is a device's."""


def numbers_of(name: str, below: str) -> list[int]:
    """The numbers of an object's name below a column; none when one of them is no number."""
    parts = name.strip(".").removeprefix(f"{below}.").split(".")
    good = all(part.isdecimal() and len(part) <= _DIGITS for part in parts)
    return [int(part) for part in parts] if good else []


def mac_of(value: Value) -> str | None:
    """A device's own MAC out of an octet string."""
    if not isinstance(value, bytes) or len(value) != MAC_OCTETS:
        return None
    mac = normalise_mac(value.hex(":"))
    return mac if mac is not None and quality(mac) not in _NOBODY else None


def mac_of_numbers(numbers: Sequence[int]) -> str | None:
    """The same out of six numbers of an index."""
    if len(numbers) != MAC_OCTETS or max(numbers) > OCTET:
        return None
    return mac_of(bytes(numbers))


def address_of(octets: Sequence[int]) -> str | None:
    """An address that a device can have, out of its octets."""
    if len(octets) not in {V4_OCTETS, V6_OCTETS} or max(octets) > OCTET:
        return None
    found = ip_address(bytes(octets))
    useless = found.is_multicast or found.is_unspecified or found.is_loopback or found.is_reserved
    return None if useless else str(found)


def inet_of(numbers: Sequence[int]) -> tuple[str | None, Sequence[int]]:
    """An InetAddressType and InetAddress at the beginning of an index; the address and what follows."""
    if len(numbers) < _TYPE_AND_LENGTH or len(numbers) < _TYPE_AND_LENGTH + numbers[1]:
        return None, ()
    kind, length = numbers[0], numbers[1]
    octets, rest = numbers[2 : 2 + length], numbers[2 + length :]
    wanted = _WANTED.get(kind)
    # A zone's index follows the octets of an address with a zone.
    return (
        (address_of(octets[:wanted]), rest) if wanted is not None and len(octets) >= wanted else (None, rest)
    )


def by_index(rows: Iterable[Row], below: str) -> dict[int, Value]:
    """A column with one number for index."""
    found = ((numbers_of(name, below), value) for name, value in rows)
    return {numbers[0]: value for numbers, value in found if len(numbers) == 1}


def text(value: Value | None) -> str:
    """A column's text; empty where there is none."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace").strip("\0 ")
    return "" if value is None else str(value)


def table_of(rows: Iterable[Row], below: str, keys: int) -> dict[tuple[int, ...], dict[int, Value]]:
    """Cells by the numbers of their index (the first `keys` of it), then by column."""
    found: dict[tuple[int, ...], dict[int, Value]] = {}
    for name, value in rows:
        numbers = numbers_of(name, below)
        if len(numbers) == keys + 1:
            found.setdefault(tuple(numbers[1:]), {})[numbers[0]] = value
    return found
