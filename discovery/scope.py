"""What may be touched. Pure: complaints about a configuration, and the check before every packet."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING

from discovery.errors import OutOfScopeError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from discovery.settings import DiscoverySettings, IPNetwork, NetworkSettings

FORBIDDEN_TCP = frozenset({515, *range(9100, 9108)})
"""Ports on which a printer prints whatever arrives (LPD, RFC 1179; JetDirect raw printing)."""

HIGHEST_PORT = 65_535
MAX_V4_BITS = 16
"""An IPv4 network may hold at most 2**16 addresses: a /16. What is larger of IPv6 is not gone through address by address."""
LEAST_V6_PREFIX = 48
"""An IPv6 network may be one site's (RFC 6177) at most."""

PRIVATE = tuple(
    ip_network(text)
    for text in (
        "10.0.0.0/8",  # RFC 1918
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",  # RFC 6598, shared by carriers and some VPNs
        "127.0.0.0/8",  # RFC 1122, this machine
        "169.254.0.0/16",  # RFC 3927
        "fc00::/7",  # RFC 4193
        "fe80::/10",  # RFC 4291
        "::1/128",
    )
)

Address = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class ScopeComplaint:
    """One thing wrong with where packets would go.

    Attributes:
        key: dotted key in the configuration.
        code: ``dns-public``, ``public``, ``everything``, ``too-large``, ``too-wide``, ``overlap``, ``duplicate-name``, ``never-all``.
        data: what fills the sentence.
    """

    key: str
    code: str
    data: tuple[tuple[str, str], ...]


def _within(inner: IPNetwork, outer: IPNetwork) -> bool:
    return inner.version == outer.version and (
        outer.network_address <= inner.network_address and inner.broadcast_address <= outer.broadcast_address  # type: ignore[operator]
    )


def _of_cidr(key: str, cidr: IPNetwork) -> Iterator[ScopeComplaint]:
    data = (("cidr", str(cidr)),)
    if cidr.prefixlen == 0:
        yield ScopeComplaint(key, "everything", data)
    elif not any(_within(cidr, private) for private in PRIVATE):
        yield ScopeComplaint(key, "public", data)
    elif cidr.version == 6 and cidr.prefixlen < LEAST_V6_PREFIX:  # noqa: PLR2004 -- IPv6
        yield ScopeComplaint(key, "too-wide", data)
    elif cidr.version == 4 and cidr.max_prefixlen - cidr.prefixlen > MAX_V4_BITS:  # noqa: PLR2004 -- IPv4
        yield ScopeComplaint(key, "too-large", data)


def _overlaps(networks: tuple[NetworkSettings, ...]) -> Iterator[ScopeComplaint]:
    seen: list[tuple[str, IPNetwork]] = []
    for number, network in enumerate(networks):
        for part, cidr in enumerate(network.cidrs):
            for name, other in seen:
                if cidr.version == other.version and cidr.overlaps(other):
                    data = (("cidr", str(cidr)), ("other", f"{name} {other}"))
                    yield ScopeComplaint(f"networks[{number}].cidrs[{part}]", "overlap", data)
            seen.append((network.name, cidr))


def complaints(settings: DiscoverySettings) -> list[ScopeComplaint]:
    """Everything wrong with the configured scope; empty when it may be used."""
    found: list[ScopeComplaint] = []
    names: set[str] = set()
    for number, network in enumerate(settings.networks):
        if network.name in names:
            found.append(
                ScopeComplaint(f"networks[{number}].name", "duplicate-name", (("name", network.name),))
            )
        names.add(network.name)
        for part, cidr in enumerate(network.cidrs):
            found.extend(_of_cidr(f"networks[{number}].cidrs[{part}]", cidr))
        for service, port in network.ports.items():
            if port in FORBIDDEN_TCP or not 0 < port <= HIGHEST_PORT:
                data = (("service", service), ("port", str(port)))
                found.append(ScopeComplaint(f"networks[{number}].ports.{service}", "forbidden-port", data))
    found.extend(_overlaps(settings.networks))
    # A public name server knows nothing of private addresses, and learns which there are.
    found.extend(
        ScopeComplaint(f"dns.servers[{number}]", "dns-public", (("address", str(server)),))
        for number, server in enumerate(settings.dns.servers)
        if not any(server in private for private in PRIVATE)
    )
    return found


class Scope:
    """Where packets may go: inside `allowed`, outside `never`, not to a printer's raw port."""

    def __init__(self, allowed: Iterable[IPNetwork], never: Iterable[IPNetwork] = ()) -> None:
        self.allowed = tuple(allowed)
        self.never = tuple(never)
        self._reason = lru_cache(maxsize=4096)(self._find_reason)

    def _find_reason(self, ip: str) -> str | None:
        address = ip_address(ip)
        if any(address in network for network in self.never):
            return "never"
        return None if any(address in network for network in self.allowed) else "not-in-scope"

    def check(self, ip: str, tcp_port: int | None = None) -> None:
        """Let pass or raise.

        Raises:
            OutOfScopeError: the address is outside the scope or on the never list, or the port prints.
        """
        reason = self._reason(ip)
        if reason is None and tcp_port in FORBIDDEN_TCP:
            reason = "forbidden-port"
        if reason is not None:
            raise OutOfScopeError(ip, reason)

    def allows(self, ip: str) -> bool:
        """Whether packets may go to the address."""
        return self._reason(ip) is None

    def targets(self, cidrs: Iterable[IPNetwork]) -> Iterator[Address]:
        """Every host address of the networks that may be touched, in order; of IPv6 those of small networks only."""
        for cidr in cidrs:
            if cidr.max_prefixlen - cidr.prefixlen > MAX_V4_BITS:
                continue
            hosts: Iterable[Address] = cidr.hosts()
            # A /16 has 65,534: what holds for the whole of it is not found out for each.
            is_inside = any(_within(cidr, network) for network in self.allowed)
            never = [one for one in self.never if one.version == cidr.version and one.overlaps(cidr)]
            for address in hosts:
                is_allowed = is_inside or any(address in network for network in self.allowed)
                if is_allowed and not any(address in network for network in never):
                    yield address
