"""Who says over LLDP or CDP that he stands at a port, out of SNMP walks. Pure.

LLDP-MIB (IEEE 802.1AB-2005), LLDP-V2-MIB (IEEE 802.1AB-2009), CISCO-CDP-MIB.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from discovery.harvest.walked import mac_of, table_of, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from discovery.harvest.walked import Row, Value

LLDP_REMOTE = "1.0.8802.1.1.2.1.4.1.1"
LLDP_LOCAL_PORT = "1.0.8802.1.1.2.1.3.7.1.3"
LLDP_REMOTE_2009 = "1.3.111.2.802.1.1.13.1.4.1.1"
CDP_CACHE = "1.3.6.1.4.1.9.9.23.1.2.1.1"


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Somebody who says over LLDP or CDP that he stands at a port.

    Attributes:
        port: LLDP's local port number, or CDP's ifIndex.
        mac: of the chassis, where it is named by one.
        passes_on: whether it says that it is a bridge or a router, and is no access point or phone.
        said: the protocol's own fields.
    """

    protocol: str
    port: int
    mac: str | None
    passes_on: bool
    said: tuple[tuple[str, str], ...]


_LLDP_NAMED = {8: "portDesc", 9: "sysName", 10: "sysDesc"}
_LLDP_NAMED_2009 = {9: "portDesc", 10: "sysName", 11: "sysDesc"}
_BY_MAC = 4
"""LldpChassisIdSubtype macAddress (IEEE 802.1AB)."""
_BRIDGE, _ACCESS_POINT, _ROUTER, _PHONE = 0x20, 0x10, 0x08, 0x04
"""LldpSystemCapabilitiesMap, bits counted from the left."""


def _capable(value: Value | None) -> int:
    return value[0] if isinstance(value, bytes) and value else 0


def _lldp(columns: Mapping[int, Value], port: int, named: Mapping[int, str], first: int) -> Neighbour:
    chassis = columns.get(first + 1, b"")
    mac = mac_of(chassis) if columns.get(first) == _BY_MAC else None
    enabled = _capable(columns.get(max(named) + 2))
    said = [(key, text(columns.get(number))) for number, key in named.items()]
    passes_on = bool(enabled & (_BRIDGE | _ROUTER)) and not enabled & (_ACCESS_POINT | _PHONE)
    return Neighbour("lldp", port, mac, passes_on, tuple((key, value) for key, value in said if value))


def lldp(rows: Iterable[Row]) -> list[Neighbour]:
    """LLDP-MIB of 2005: time mark, local port, index."""
    table = table_of(rows, LLDP_REMOTE, 3)
    return [_lldp(columns, key[1], _LLDP_NAMED, 4) for key, columns in table.items()]


def lldp_2009(rows: Iterable[Row]) -> list[Neighbour]:
    """LLDP-V2-MIB of 2009: time mark, ifIndex, destination, index."""
    table = table_of(rows, LLDP_REMOTE_2009, 4)
    return [_lldp(columns, key[1], _LLDP_NAMED_2009, 5) for key, columns in table.items()]


_CDP_NAMED = {5: "version", 6: "deviceId", 7: "devicePort", 8: "platform"}
_CDP_CAPABILITIES = 9
_CDP_PASSES_ON, _CDP_PHONE = 0x01 | 0x02 | 0x08, 0x80
"""Router, transparent bridge, switch; VoIP phone (CISCO-CDP-MIB)."""


def cdp(rows: Iterable[Row]) -> list[Neighbour]:
    """cdpCacheTable: ifIndex, index."""
    found = []
    for key, columns in table_of(rows, CDP_CACHE, 2).items():
        able = columns.get(_CDP_CAPABILITIES, b"")
        bits = int.from_bytes(able[:4].rjust(4, b"\0"), "big") if isinstance(able, bytes) else 0
        said = [(name, text(columns.get(number))) for number, name in _CDP_NAMED.items()]
        passes_on = bool(bits & _CDP_PASSES_ON) and not bits & _CDP_PHONE
        found.append(
            Neighbour("cdp", key[0], None, passes_on, tuple((name, value) for name, value in said if value))
        )
    return found
