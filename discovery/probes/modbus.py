"""Modbus/TCP: what a controller or meter is (MODBUS Application Protocol V1.1b3, 6.21: Read Device Identification). Read only.

No register is read and no other function is tried. What answers for several units with different names, or says that a unit's path
is not there (exceptions 10 and 11, MODBUS Application Protocol 7), is a gateway; of the units behind it the first `MOST_UNITS` are asked.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from discovery.asking import Ask
from discovery.behind import MODBUS, marked
from discovery.evidence import Evidence

if TYPE_CHECKING:
    from discovery.asking import Conversation, Host, Wire

NAME = "modbus"
MOST_UNITS = 16
"""Units asked behind a gateway: those who wire a bus number from 1, and each that is not there costs a time-out on it."""
ASKS = (Ask("modbus", "tcp", 8 + 2 * MOST_UNITS),)
CAP = 16_384
DEADLINE = 10.0
"""Seconds for all units; who keeps silent for so long is left alone."""
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
ITSELF = 255
"""The device itself on TCP (Messaging guide, 4.4.2.2); many know themselves only as unit 1."""
_PATHLESS = frozenset({"10", "11"})
"""Exceptions of a gateway: no path to the unit, no answer from it."""
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


def is_pathless(found: list[Evidence]) -> bool:
    """Whether a gateway said that it cannot reach the unit. Pure."""
    return any(one.key == "exception" and one.value in _PATHLESS for one in found)


def _is_named(found: list[Evidence]) -> bool:
    return any(one.key != "exception" for one in found)


class _Asking:
    """One connection, one question at a time; over when it is closed, answers nonsense or keeps silent."""

    def __init__(self, talk: Conversation) -> None:
        self._talk = talk
        self._number = 0
        self._left = b""
        self.is_over = False

    async def _answer(self) -> bytes:
        """The answer to the last question; one to an earlier question, come late, is passed over."""
        while True:
            while (body := frame_of(self._left)) is None and (more := await self._talk.receive()):
                self._left += more
            if not body:
                self.is_over = True
                return b""
            number = int.from_bytes(self._left[:2], "big")
            self._left = self._left[_HEADER.size + len(body) :]
            if number == self._number:
                return body

    async def unit(self, unit: int) -> list[Evidence]:
        """What one unit tells."""
        self._number += 1
        await self._talk.send(request(unit, self._number))
        return read(await self._answer())


async def _units(asking: _Asking, first: list[Evidence]) -> list[Evidence]:
    """What the units behind a gateway tell, marked as theirs; `first` is what unit 1 told."""
    found = marked(MODBUS, 1, first) if _is_named(first) else []
    for unit in range(2, MOST_UNITS + 1):
        told = [] if asking.is_over else await asking.unit(unit)
        if _is_named(told):
            found += marked(MODBUS, unit, told)
    return found


async def _ask(talk: Conversation) -> list[Evidence]:
    asking = _Asking(talk)
    own = await asking.unit(ITSELF)
    if asking.is_over:
        return own
    first = await asking.unit(1)
    if is_pathless(own) or is_pathless(first) or (_is_named(own) and _is_named(first) and own != first):
        return [*own, *await _units(asking, first)]
    return own if _is_named(own) else first or own


async def look(host: Host, wire: Wire) -> list[Evidence]:
    """Ask the device itself and its first unit; of a gateway the units behind it, too."""
    port = host.port("modbus")
    if not host.may_be_open(port):
        return []
    async with wire.converse(host, port, deadline=DEADLINE, cap=CAP) as talk:
        return await _ask(talk) if talk is not None else []
