"""Behind which port of a switch a MAC was last seen, out of SNMP walks. Pure.

BRIDGE-MIB (RFC 4188), Q-BRIDGE-MIB (RFC 4363), IF-MIB (RFC 2863), CISCO-VTP-MIB.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discovery.harvest.walked import mac_of, mac_of_numbers, numbers_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from discovery.harvest.walked import Row

FDB_PORT = "1.3.6.1.2.1.17.4.3.1.2"
VLAN_FDB_PORT = "1.3.6.1.2.1.17.7.1.2.2.1.2"
PORT_INTERFACE = "1.3.6.1.2.1.17.1.4.1.2"
INTERFACE_NAME = "1.3.6.1.2.1.31.1.1.1.1"
INTERFACE_ALIAS = "1.3.6.1.2.1.31.1.1.1.18"
INTERFACE_MAC = "1.3.6.1.2.1.2.2.1.6"
VTP_VLAN_STATE = "1.3.6.1.4.1.9.9.46.1.3.1.1.2"
_DOMAIN_AND_VLAN = 2
_RESERVED = range(1002, 1006)
"""VLANs of FDDI and token ring, which every Cisco switch has and nobody uses."""


def forwarding(rows: Iterable[Row]) -> Iterator[tuple[str, int]]:
    """(MAC, bridge port) of dot1dTpFdbPort; port 0 is a switch that does not know."""
    for name, value in rows:
        mac = mac_of_numbers(numbers_of(name, FDB_PORT))
        if mac is not None and isinstance(value, int) and value > 0:
            yield mac, value


def vlan_forwarding(rows: Iterable[Row]) -> Iterator[tuple[int, str, int]]:
    """(filtering database, MAC, bridge port) of dot1qTpFdbPort; the database's number is its VLAN's on nearly all switches."""
    for name, value in rows:
        numbers = numbers_of(name, VLAN_FDB_PORT)
        mac = mac_of_numbers(numbers[1:]) if numbers else None
        if mac is not None and isinstance(value, int) and value > 0:
            yield numbers[0], mac, value


def macs(rows: Iterable[Row]) -> frozenset[str]:
    """The MACs of a device's own interfaces (ifPhysAddress)."""
    return frozenset(mac for _, value in rows if (mac := mac_of(value)) is not None)


def vlans(rows: Iterable[Row]) -> list[int]:
    """The operational VLANs of a Cisco switch (vtpVlanState: domain, VLAN), without the reserved 1002 to 1005."""
    found = (numbers_of(name, VTP_VLAN_STATE) for name, value in rows if value == 1)
    return sorted(
        {numbers[1] for numbers in found if len(numbers) == _DOMAIN_AND_VLAN and numbers[1] not in _RESERVED}
    )
