"""Modbus/TCP: what a controller or meter is (MODBUS Application Protocol V1.1b3, 6.21: Read Device Identification). Read only.

No register is read and no other function is tried; one unit, and behind a gateway a few more.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from discovery.asking import Ask
from discovery.evidence import Evidence

if TYPE_CHECKING:
    from discovery.asking import Conversation, Host, Wire

NAME = "modbus"
ASKS = (Ask("modbus", "tcp", 10),)
CAP = 4_096
DEADLINE = 5.0
_HEADER = struct.Struct(">HHHB")
"""Transaction, protocol, length of what follows, unit (MODBUS Messaging on TCP/IP V1.0b, 3.1.3)."""
_READ_DEVICE, _IDENTIFICATION, _REGULAR = 0x2B, 0x0E, 0x02
_OBJECTS = {
    0: "vendor_name",
    1: "product_code",
    2: "revision",
    3: "vendor_url",
    4: "product_name",
    5: "model_name",
    6: "application_name",
}
UNITS = (255, 1)
"""255 means the device itself on TCP (Messaging guide, 4.4.2.2); many know themselves only as 1."""
_BEFORE_OBJECTS = 7
"""Function, MEI type, code, conformity, more follows, next object, number of objects."""


def request(unit: int, number: int) -> bytes:
    """One question to a unit."""
    asked = bytes((_READ_DEVICE, _IDENTIFICATION, _REGULAR, 0))
    return _HEADER.pack(number, 0, len(asked) + 1, unit) + asked


def frame_of(data: bytes) -> bytes | None:
    """The first whole frame's function and data, None while it has not come. Pure."""
    if len(data) < _HEADER.size:
        return None
    _, protocol, length, _ = _HEADER.unpack_from(data)
    if protocol != 0 or not 2 <= length <= 254:  # noqa: PLR2004 -- a unit and a function; the longest a frame may be
        return b""
    return data[_HEADER.size : 6 + length] if len(data) >= 6 + length else None


def read(body: bytes) -> list[Evidence]:
    """The objects out of an answer. Pure; an exception, which says that somebody speaks Modbus, is told as one."""
    if len(body) >= 2 and body[0] == _READ_DEVICE | 0x80:  # noqa: PLR2004 -- function and code
        return [Evidence.of("modbus", "exception", str(body[1]))]
    if len(body) < _BEFORE_OBJECTS or body[:2] != bytes((_READ_DEVICE, _IDENTIFICATION)):
        return []
    found, at = [], _BEFORE_OBJECTS
    for _ in range(body[6]):
        if at + 2 > len(body):
            break
        number, length = body[at], body[at + 1]
        if number in _OBJECTS:
            found.append(Evidence.of("modbus", _OBJECTS[number], body[at + 2 : at + 2 + length]))
        at += 2 + length
    return [one for one in found if one.value]


async def _asked(talk: Conversation, unit: int, number: int) -> list[Evidence]:
    await talk.send(request(unit, number))
    data = b""
    while (body := frame_of(data)) is None and (more := await talk.receive()):
        data += more
    return read(body or b"")


async def look(host: Host, wire: Wire) -> list[Evidence]:
    """Ask the units until one tells who it is."""
    port = host.port("modbus")
    if not host.may_be_open(port):
        return []
    found: list[Evidence] = []
    async with wire.converse(host, port, deadline=DEADLINE, cap=CAP) as talk:
        for number, unit in enumerate(UNITS, 1):
            if talk is None:
                break
            found = await _asked(talk, unit, number) or found
            if any(one.key != "exception" for one in found):
                break
    return found
