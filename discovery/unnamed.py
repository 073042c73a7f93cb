"""What nmap may be asked about: hosts that no probe could name, and only their open ports. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from discovery.evidence import Evidence
from discovery.fingerprint import identify
from discovery.scope import FORBIDDEN_TCP
from discovery.sighting import DeviceClass

if TYPE_CHECKING:
    from collections.abc import Iterable

    from discovery.settings import NetworkSettings, NmapSettings

PACKETS_PER_PORT = 40
"""What nmap sends one open port at most: with these options 24 were counted (nmap 7.93; silent, echoing and TLS services)."""
MOST_PORTS = 12
"""Open ports asked of one host."""


@dataclass(frozen=True, slots=True)
class Unnamed:
    """One host that no probe could name, and the open ports that may tell."""

    ip: str
    ports: tuple[int, ...]


def refusal(settings: NmapSettings, network: NetworkSettings) -> str | None:
    """Why nmap does not run on a network, None when it may."""
    if not settings.enabled:
        return "disabled"
    # nmap's version probes have silenced an old controller for good.
    if network.profile == "gentle" or network.purpose == "control":
        return "gentle"
    return None


def unnamed(
    ip: str, mac: str | None, evidence: Iterable[Evidence], open_ports: Iterable[int]
) -> Unnamed | None:
    """The host when its class is unknown and it has a port to ask, else None."""
    ports = sorted(set(open_ports) - FORBIDDEN_TCP)[:MOST_PORTS]
    own = [Evidence("arp", "mac", mac)] if mac else []
    if not ports or identify([*own, *evidence]).device_class is not DeviceClass.UNKNOWN:
        return None
    return Unnamed(ip, tuple(ports))
