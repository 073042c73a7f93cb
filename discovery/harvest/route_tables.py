"""Which networks a router knows: its own links and its routes out of SNMP walks (IP-MIB RFC 4293, IP-FORWARD-MIB RFC 4292). Pure."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import TYPE_CHECKING

from discovery.harvest.walked import OCTET, V4_OCTETS, V6_OCTETS, numbers_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from discovery.harvest.walked import Row
    from discovery.settings import IPNetwork

ADDRESS_MASK = "1.3.6.1.2.1.4.20.1.3"
ADDRESS_PREFIX = "1.3.6.1.2.1.4.32.1.5"
ROUTE = "1.3.6.1.2.1.4.24.4.1.6"
INET_ROUTE = "1.3.6.1.2.1.4.24.7.1.8"
_LEAST_PREFIX = 8
"""A shorter prefix is a default route or a summary, and no network that somebody could look at."""
_BEFORE_PREFIX = 2
_DIGITS = 3


def _network(octets: Sequence[int], length: int) -> IPNetwork | None:
    if len(octets) not in {V4_OCTETS, V6_OCTETS} or max(octets) > OCTET or length > 8 * len(octets):
        return None
    found: IPv4Network | IPv6Network = ip_network((bytes(octets), length), strict=False)
    single = length == found.max_prefixlen
    useless = (
        found.is_multicast or found.is_loopback or found.is_link_local or length < _LEAST_PREFIX or single
    )
    return None if useless else found


def masked(rows: Iterable[Row]) -> Iterator[IPNetwork]:
    """The networks of a router's own addresses (ipAdEntNetMask, by IPv4 address)."""
    for name, value in rows:
        octets = numbers_of(name, ADDRESS_MASK)
        mask = value if isinstance(value, str) else ""
        if len(octets) == V4_OCTETS and mask.count(".") == V4_OCTETS - 1:
            yield from _of_mask(octets, mask)


def _of_mask(octets: Sequence[int], mask: str) -> Iterator[IPNetwork]:
    bits = "".join(
        f"{int(part):08b}" for part in mask.split(".") if part.isdecimal() and len(part) <= _DIGITS
    )
    if len(bits) == 8 * V4_OCTETS and "01" not in bits and (found := _network(octets, bits.count("1"))):
        yield found


def _prefixed(numbers: Sequence[int]) -> Iterator[IPNetwork]:
    """A type, a prefix by its length in octets, and its length in bits, at the beginning of an index."""
    if len(numbers) > _BEFORE_PREFIX and len(numbers) > _BEFORE_PREFIX + numbers[1]:
        end = _BEFORE_PREFIX + numbers[1]
        if (found := _network(numbers[_BEFORE_PREFIX:end], numbers[end])) is not None:
            yield found


def prefixes(rows: Iterable[Row]) -> Iterator[IPNetwork]:
    """The prefixes on a router's links (ipAddressPrefixTable: ifIndex, type, prefix, length)."""
    for name, _ in rows:
        numbers = numbers_of(name, ADDRESS_PREFIX)[1:]
        yield from _prefixed(numbers)


def routes(rows: Iterable[Row]) -> Iterator[IPNetwork]:
    """The destinations a router knows (ipCidrRouteTable: destination, mask, ...)."""
    for name, _ in rows:
        numbers = numbers_of(name, ROUTE)
        if len(numbers) >= 2 * V4_OCTETS:
            mask = ".".join(map(str, numbers[V4_OCTETS : 2 * V4_OCTETS]))
            yield from _of_mask(numbers[:V4_OCTETS], mask)


def inet_routes(rows: Iterable[Row]) -> Iterator[IPNetwork]:
    """The destinations a router knows (inetCidrRouteTable: type, destination, length, ...)."""
    for name, _ in rows:
        numbers = numbers_of(name, INET_ROUTE)
        yield from _prefixed(numbers)
