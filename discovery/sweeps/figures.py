"""How often and on which ports a sweep asks. Pure: the plan counts with the same figures as the sweeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discovery.asking import STANDARD_PORTS

if TYPE_CHECKING:
    from collections.abc import Mapping

ARP_ROUNDS = 2
"""The first request, and one more for those still silent."""
ICMP_ROUNDS = 2
"""As for ARP."""
ND_ROUNDS = 2
"""As for ARP: of the echo to everybody, and of the questions to each."""

PORTS = (
    443,
    80,
    22,
    445,
    3389,
    554,
    8080,
    8443,
    5060,
    7000,
    8009,
    8008,
    23,
    53,
    139,
    631,
    1883,
    21,
    25,
    389,
    502,
)
"""What the devices of a municipality listen on: pages, shells, files, desktops, cameras, casting, phones, printing, mail, directories, controllers."""

FIRST = (443, 80, 22, 445)
"""Asked of everyone, after a network's own mapped ports; the rest is asked only of who is known to live."""

_UDP_SERVICES = frozenset({"snmp", "mdns", "ssdp", "nbns", "ntp", "wsd", "sip", "bacnet", "knx", "coap"})


def ports_for(mapping: Mapping[str, int]) -> tuple[int, ...]:
    """The ports to try on a network: the mapped ones first, then the list with mapped services' standard ports left out."""
    mapped = [port for service, port in mapping.items() if service not in _UDP_SERVICES]
    replaced = {STANDARD_PORTS[service] for service in mapping if service in STANDARD_PORTS}
    return (*mapped, *(port for port in PORTS if port not in replaced))
