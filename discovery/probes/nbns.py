"""NetBIOS node status (RFC 1002, 4.2.17 and 4.2.18): the names a Windows machine or a Samba server goes by, and its MAC.

The MAC is what the device claims; a server that hides it says zeros.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from discovery.asking import Ask
from discovery.errors import MalformedError
from discovery.evidence import Evidence

if TYPE_CHECKING:
    from discovery.asking import Host, Wire

NAME = "nbns"
ASKS = (Ask("nbns", "udp", 1),)
_NODE_STATUS = 0x0021
_INTERNET = 0x0001
_ANY = b"\x20" + b"CK" + b"A" * 30 + b"\x00"
"""The name ``*`` filled with zeros, in the half-ASCII of RFC 1001, 14.1: each octet as two letters from A to P."""
REQUEST = struct.pack(">HHHHHH", 0x454B, 0, 1, 0, 0, 0) + _ANY + struct.pack(">HH", _NODE_STATUS, _INTERNET)

_HEADER = struct.Struct(">HHHHHH")
_RECORD = struct.Struct(">HHIHB")
"""Type, class, time to live, length, number of names."""
_ENTRY = struct.Struct(">15sBH")
_RESPONSE = 0x8000
_POINTER = 0xC0
_GROUP = 0x8000
_WORKSTATION, _SERVER, _CONTROLLERS = 0x00, 0x20, 0x1C
"""Last octets of a name (Microsoft, "NetBIOS Suffixes"): the machine or its domain, its file service, its domain's controllers."""
_MAC = 6


def _after_name(frame: bytes, at: int) -> int:
    """Where the record's fields begin.

    Raises:
        IndexError: the name runs out of the frame.
    """
    while frame[at]:
        if frame[at] & _POINTER == _POINTER:
            return at + 2
        at += 1 + frame[at]
    return at + 1


def _entries(frame: bytes) -> tuple[list[tuple[str, int, int]], bytes]:
    """(name, last octet, flags) of each name, and what follows them."""
    _, flags, _, answers, _, _ = _HEADER.unpack_from(frame)
    if not flags & _RESPONSE or answers == 0:
        raise MalformedError(NAME, frame)
    at = _after_name(frame, _HEADER.size)
    kind, _, _, _, count = _RECORD.unpack_from(frame, at)
    if kind != _NODE_STATUS:
        raise MalformedError(NAME, frame)
    at += _RECORD.size
    names = []
    for number in range(count):
        name, last, about = _ENTRY.unpack_from(frame, at + number * _ENTRY.size)
        # The code page of a western DOS, in which Windows still writes these names.
        names.append((name.decode("cp850", "replace").strip(" \x00"), last, about))
    return names, frame[at + count * _ENTRY.size :]


def _first(names: list[tuple[str, int, int]], last: int, *, group: bool) -> str:
    return next((name for name, of, flags in names if of == last and bool(flags & _GROUP) == group), "")


def read(frame: bytes) -> list[Evidence]:
    """Evidence out of an answer. Pure.

    Raises:
        MalformedError: it is no node status.
    """
    try:
        names, rest = _entries(frame)
    except (struct.error, IndexError) as error:
        raise MalformedError(NAME, frame) from error
    mac = rest[:_MAC]
    said = (
        ("name", _first(names, _WORKSTATION, group=False) or _first(names, _SERVER, group=False)),
        ("group", _first(names, _WORKSTATION, group=True)),
        ("controller_of", _first(names, _CONTROLLERS, group=True)),
        ("mac", mac.hex(":") if len(mac) == _MAC and any(mac) else ""),
    )
    made = (Evidence.of(NAME, key, value) for key, value in said)
    return [one for one in made if one.value]


async def look(host: Host, wire: Wire) -> list[Evidence]:
    """Ask once."""
    for frame in await wire.ask(host, host.port("nbns"), REQUEST, wait=1.0):
        try:
            return read(frame)
        except MalformedError:
            return []
    return []
