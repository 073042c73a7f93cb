"""CoAP: what a sensor or lamp offers (RFC 6690: ``/.well-known/core``, by RFC 7252). One GET; of a longer answer its first block."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from discovery.asking import Ask
from discovery.evidence import Evidence

if TYPE_CHECKING:
    from discovery.asking import Host, Wire

NAME = "coap"
ASKS = (Ask("coap", "udp", 1),)
_CONFIRMABLE_GET = bytes((0x40, 0x01))
_PATH = bytes((0xB0 | len(b".well-known"),)) + b".well-known" + bytes((len(b"core"),)) + b"core"
"""Option 11, Uri-Path, twice: a difference of eleven from none, and of none from the first (RFC 7252, 3.1)."""
_CONTENT = 0x45
"""2.05 Content."""
_PAYLOAD = 0xFF
_HEADER = 4
_LONG, _LONGER, _RESERVED = 13, 14, 15


def request() -> bytes:
    """One question, without a token."""
    return _CONFIRMABLE_GET + secrets.token_bytes(2) + _PATH


def _extended(nibble: int, data: bytes, at: int) -> tuple[int, int]:
    """An option's difference or length, and where to go on.

    Raises:
        IndexError: it runs out of the message, or is reserved.
    """
    if nibble == _LONG:
        return data[at] + 13, at + 1
    if nibble == _LONGER:
        return (data[at] << 8) + data[at + 1] + 269, at + 2
    if nibble == _RESERVED:
        raise IndexError(at)
    return nibble, at


def _payload(data: bytes) -> bytes:
    """What stands after the options."""
    at = _HEADER + (data[0] & 15)
    while at < len(data):
        if data[at] == _PAYLOAD:
            return data[at + 1 :]
        difference, length = data[at] >> 4, data[at] & 15
        _, at = _extended(difference, data, at + 1)
        size, at = _extended(length, data, at)
        at += size
    return b""


def read(data: bytes) -> list[Evidence]:
    """The links out of an answer, as they stand. Pure."""
    if len(data) < _HEADER or data[0] >> 6 != 1 or data[1] != _CONTENT:
        return []
    try:
        said = Evidence.of("coap", "core", _payload(data))
    except IndexError:
        return []
    return [said] if said.value else []


async def look(host: Host, wire: Wire) -> list[Evidence]:
    """Ask once. An acknowledgement without content promises the answer for later; what comes first is what is read."""
    for data in await wire.ask(host, host.port("coap"), request(), wait=1.0, most=2):
        if found := read(data):
            return found
    return []
