"""This machine's own interfaces: which of them is on a link with a network, and with what addresses."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Interface
from pathlib import Path
from typing import TYPE_CHECKING

import ifaddr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from discovery.settings import IPNetwork

SYS = Path("/sys/class/net")
ETHERNET = "1"
"""ARPHRD_ETHER (linux/if_arp.h)."""


@dataclass(frozen=True, slots=True)
class Interface:
    """One Ethernet interface with one of its IPv4 addresses."""

    name: str
    ip: IPv4Interface
    mac: str


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
