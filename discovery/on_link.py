"""IPv6 beside IPv4 on an own link: who may be asked together, and who need not be asked twice. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv6Network
from typing import TYPE_CHECKING

from discovery.interfaces import Link, link_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from discovery.interfaces import Interface
    from discovery.settings import DiscoverySettings, IPNetwork, NetworkSettings


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """An own link that a network lies on, and how IPv6 may be looked for there.

    Attributes:
        everybody: whether one question may go to all on the link at once: not where anybody is to be left alone or asked gently.
        is_alone: whether no other configured network lies on the link; else a stranger's network cannot be told.
    """

    link: Link
    everybody: bool
    is_alone: bool


def neighbourhood(
    settings: DiscoverySettings,
    network: NetworkSettings,
    interfaces: Sequence[Interface],
    links: Sequence[Link],
) -> Neighbourhood | None:
    """The neighbourhood of a network; None where it lies behind a router, or there is no IPv6 on the link."""
    link = link_of(network.cidrs, interfaces, links)
    if link is None:
        return None
    own: list[IPNetwork] = [one.network for one in link.addresses if not one.is_link_local]
    own += [interface.ip.network for interface in interfaces if interface.name == link.name]
    is_spared = any(
        never.version == one.version and never.overlaps(one) for never in settings.scope.never for one in own
    )
    here = [one for one in settings.networks if link_of(one.cidrs, interfaces, [link]) is not None]
    everybody = not is_spared and all(one.profile == "full" for one in here)
    return Neighbourhood(link, everybody, len(here) <= 1)


def never_of(settings: DiscoverySettings) -> list[IPv6Network]:
    """The IPv6 part of the never list."""
    return [one for one in settings.scope.never if isinstance(one, IPv6Network)]


def twice(addresses: Mapping[str, str | None]) -> set[str]:
    """IPv6 addresses of devices that have an IPv4 address, too: they are asked there.

    Args:
        addresses: the MAC by address, of all that may be asked.
    """
    by_v4 = {mac for ip, mac in addresses.items() if ":" not in ip}
    return {ip for ip, mac in addresses.items() if ":" in ip and mac is not None and mac in by_v4}
