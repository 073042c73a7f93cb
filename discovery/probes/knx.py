"""KNXnet/IP: what a gateway to the KNX bus is called (ISO 22510; KNX standard 3/8/2, 7.6 and 7.7). One question by unicast.

Asked with the address 0.0.0.0, the answer goes back to where the question came from (3/8/2, 8.6.2.2).
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from discovery.asking import Ask
from discovery.evidence import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discovery.asking import Host, Wire

NAME = "knx"
ASKS = (Ask("knx", "udp", 1),)
_HEADER = struct.Struct(">BBHH")
"""Length, version, service, total length."""
_VERSION = 0x10
_DESCRIPTION_REQUEST, _DESCRIPTION_RESPONSE = 0x0203, 0x0204
REQUEST = _HEADER.pack(6, _VERSION, _DESCRIPTION_REQUEST, 14) + bytes((8, 1)) + bytes(6)
_DEVICE = struct.Struct(">BBHH6s4s6s30s")
"""Medium, state, individual address, project, serial number, multicast address, MAC, name (ISO 8859-1)."""
_DEVICE_INFORMATION = 1


def _blocks(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Description blocks: length, type, content."""
    at = _HEADER.size
    while at + 2 <= len(data) and data[at] >= 2:  # noqa: PLR2004 -- length and type themselves
        yield data[at + 1], data[at + 2 : at + data[at]]
        at += data[at]


def read(data: bytes) -> list[Evidence]:
    """Name, serial number, MAC and place on the bus out of a description. Pure."""
    if len(data) < _HEADER.size or _HEADER.unpack_from(data)[:3] != (6, _VERSION, _DESCRIPTION_RESPONSE):
        return []
    for kind, content in _blocks(data):
        if kind == _DEVICE_INFORMATION and len(content) >= _DEVICE.size:
            _, _, individual, _, serial, _, mac, name = _DEVICE.unpack_from(content)
            said = (
                ("friendly_name", name.split(b"\0")[0].decode("latin-1")),
                ("serial", serial.hex() if any(serial) else ""),
                ("mac", mac.hex(":") if any(mac) else ""),
                ("individual_address", f"{individual >> 12}.{(individual >> 8) & 15}.{individual & 255}"),
            )
            return [one for one in (Evidence.of("knx", key, value) for key, value in said) if one.value]
    return []


async def look(host: Host, wire: Wire) -> list[Evidence]:
    """Ask once."""
    for data in await wire.ask(host, host.port("knx"), REQUEST, wait=1.0):
        return read(data)
    return []
