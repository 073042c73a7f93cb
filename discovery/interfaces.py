"""This machine's own interfaces: which of them is on a link with a network, and with what addresses."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Interface, IPv6Interface, IPv6Network
from pathlib import Path
from typing import TYPE_CHECKING

import ifaddr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from discovery.settings import IPNetwork

SYS = Path("/sys/class/net")
INTERFACE_BITS = 64
"""Bits of a prefix on a link, and of what an interface adds to it (RFC 4291, 2.5.1)."""
ETHERNET = "1"
"""ARPHRD_ETHER (linux/if_arp.h)."""


@dataclass(frozen=True, slots=True)
class Interface:
    """One Ethernet interface with one of its IPv4 addresses."""

    name: str
    ip: IPv4Interface
    mac: str


@dataclass(frozen=True, slots=True)
class Link:
    """One Ethernet interface with its IPv6 addresses, at least one."""

    name: str
    mac: str
    addresses: tuple[IPv6Interface, ...]

    @property
    def prefixes(self) -> frozenset[IPv6Network]:
        """The /64s of its own addresses: what is on the link beyond doubt (RFC 4291, 2.5.1)."""
        return frozenset(one.network for one in self.addresses if one.network.prefixlen == INTERFACE_BITS)


def _mac(name: str) -> str | None:
    folder = SYS / name
    try:
        if (folder / "type").read_text().strip() != ETHERNET:
            return None
        return (folder / "address").read_text().strip()
    except OSError:
        return None


def ethernet() -> list[Interface]:
    """Every IPv4 address on an Ethernet interface."""
    return [
        Interface(adapter.name, IPv4Interface(f"{address.ip}/{address.network_prefix}"), mac)
        for adapter in ifaddr.get_adapters()
        if (mac := _mac(adapter.name)) is not None
        for address in adapter.ips
        if address.is_IPv4
    ]


def on_link(cidr: IPNetwork, interfaces: Sequence[Interface]) -> Interface | None:
    """The interface whose own network holds all of `cidr`, None when it lies behind a router."""
    for interface in interfaces:
        own = interface.ip.network
        if cidr.version == own.version and cidr.subnet_of(own):
            return interface
    return None


def links() -> list[Link]:
    """Every Ethernet interface that has IPv6."""
    found = []
    for adapter in ifaddr.get_adapters():
        # An address comes as (text, flow, scope), RFC 3493.
        addresses = tuple(
            IPv6Interface(f"{one.ip[0]}/{one.network_prefix}") for one in adapter.ips if one.is_IPv6
        )
        if addresses and (mac := _mac(adapter.name)) is not None:
            found.append(Link(adapter.name, mac, addresses))
    return found


def link_of(
    cidrs: Sequence[IPNetwork], interfaces: Sequence[Interface], links: Sequence[Link]
) -> Link | None:
    """The link with IPv6 that one of the networks lies on, None when there is none."""
    names = {interface.name for cidr in cidrs if (interface := on_link(cidr, interfaces))}
    wide = [cidr for cidr in cidrs if isinstance(cidr, IPv6Network)]
    for link in links:
        own = [one.network for one in link.addresses if not one.is_link_local]
        if link.name in names or any(cidr.subnet_of(network) for cidr in wide for network in own):
            return link
    return None
