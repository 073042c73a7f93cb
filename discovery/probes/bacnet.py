"""BACnet/IP: what a controller is (ANSI/ASHRAE 135, Annex J): the properties of its device object, read by unicast.

The object is asked for by the instance 4194303, which a device takes for itself (clause 12.11), so that mostly no Who-Is (16.10) is
needed, whose answer many send to everyone. One ReadPropertyMultiple (15.7); where that is not known, ReadProperty (15.5).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discovery.asking import Ask
from discovery.evidence import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discovery.asking import Host, Wire

NAME = "bacnet"
ASKS = (Ask("bacnet", "udp", 6),)
_BVLC_UNICAST = bytes((0x81, 0x0A))
_NPDU_EXPECTING_REPLY = bytes((0x01, 0x04))
WILDCARD = 0x3FFFFF
"""The instance that means "whoever you are"."""
_WHO_IS, _I_AM, _UNCONFIRMED = 8, 0, 1
PROPERTIES = {
    75: "instance",
    77: "object_name",
    121: "vendor_name",
    120: "vendor_id",
    70: "model_name",
    44: "firmware",
    12: "application",
    28: "description",
    58: "location",
}
SINGLE = (121, 70, 77)
"""What is asked for one by one of a device that does not know ReadPropertyMultiple."""
_READ, _READ_MULTIPLE = 12, 14
_CONFIRMED, _COMPLEX_ACK, _ERROR, _REJECT, _ABORT = 0, 3, 5, 6, 7
_STRING, _UNSIGNED, _OBJECT = 7, 2, 12
_EXTENDED, _LONG_LENGTH, _LONGER_LENGTH = 5, 254, 255
_OPENING, _CLOSING = 6, 7
_EXTENDED_NUMBER = 15
_MOST_TAGS = 200
_CHARACTER_SETS = {0: "utf-8", 4: "utf-16-be", 5: "latin-1"}


def _framed(service: int, body: bytes, number: int) -> bytes:
    apdu = bytes((_CONFIRMED, 0x05, number, service)) + body
    whole = _NPDU_EXPECTING_REPLY + apdu
    return _BVLC_UNICAST + (4 + len(whole)).to_bytes(2, "big") + whole


def _device(instance: int) -> bytes:
    """An object identifier in the first context: type device(8) and the instance."""
    return b"\x0c" + (8 << 22 | instance).to_bytes(4, "big")


def request_all(instance: int = WILDCARD) -> bytes:
    """All properties at once."""
    wanted = b"".join(bytes((0x09, number)) for number in PROPERTIES)
    return _framed(_READ_MULTIPLE, _device(instance) + b"\x1e" + wanted + b"\x1f", 1)


def request_one(number: int, instance: int = WILDCARD) -> bytes:
    """One property."""
    return _framed(_READ, _device(instance) + bytes((0x19, number)), number)


def who_is() -> bytes:
    """Who is there, of all instances."""
    whole = bytes((0x01, 0x00, _UNCONFIRMED << 4, _WHO_IS))
    return _BVLC_UNICAST + (4 + len(whole)).to_bytes(2, "big") + whole


def _apdu(data: bytes) -> bytes:
    """The application's part of a unicast frame; empty when it is none.

    Raises:
        IndexError: it is cut.
    """
    if len(data) < 6 or data[0] != 0x81 or data[1] not in {0x0A, 0x0B} or data[4] != 1:  # noqa: PLR2004 -- headers' octets
        return b""
    control, at = data[5], 6
    if control & 0x80:
        return b""  # a message of the network layer
    if control & 0x20:
        at += 3 + data[at + 2]
    if control & 0x08:
        at += 3 + data[at + 2]
    return data[at + 1 if control & 0x20 else at :]


def _tags(data: bytes) -> Iterator[tuple[int, bool, int, bytes]]:
    """(tag number, is it the context's, opening 6 or closing 7 or 0, content) of each tag (clause 20.2.1).

    Raises:
        IndexError: one is cut.
    """
    at = 0
    for _ in range(_MOST_TAGS):
        if at >= len(data):
            return
        first = data[at]
        number, is_context, length = first >> 4, bool(first & 8), first & 7
        at += 1
        if number == _EXTENDED_NUMBER:
            number, at = data[at], at + 1
        if is_context and length in {_OPENING, _CLOSING}:
            yield number, True, length, b""
            continue
        if length == _EXTENDED:
            length, at = data[at], at + 1
            if length == _LONG_LENGTH:
                length, at = int.from_bytes(data[at : at + 2], "big"), at + 2
            elif length == _LONGER_LENGTH:
                length, at = int.from_bytes(data[at : at + 4], "big"), at + 4
        yield number, is_context, 0, data[at : at + length]
        at += length


def _value(number: int, content: bytes) -> str:
    if number == _STRING and content:
        return content[1:].decode(_CHARACTER_SETS.get(content[0], "latin-1"), "replace")
    if number == _OBJECT and len(content) == 4:  # noqa: PLR2004 -- an object identifier
        return str(int.from_bytes(content, "big") & 0x3FFFFF)
    return str(int.from_bytes(content[:8], "big")) if number == _UNSIGNED and content else ""


def _told(apdu: bytes) -> Iterator[tuple[str, str]]:
    """Property and value of an acknowledgement of either service."""
    key_tag = {_READ: 1, _READ_MULTIPLE: 2}.get(apdu[2])
    key = ""
    for number, is_context, side, content in _tags(apdu[3:]):
        if is_context and not side and number == key_tag and content:
            key = PROPERTIES.get(int.from_bytes(content[:4], "big"), "")
        elif not is_context and key:
            yield key, _value(number, content)
            key = ""


def read(data: bytes) -> list[Evidence]:
    """What an answer tells. Pure; a refusal, which says that somebody speaks BACnet, is told as one."""
    try:
        apdu = _apdu(data)
        if len(apdu) < 3:  # noqa: PLR2004 -- type, invoke id, service
            return []
        kind = apdu[0] >> 4
        if kind in {_ERROR, _REJECT, _ABORT}:
            return [Evidence.of("bacnet", "refuses", str(kind))]
        if kind != _COMPLEX_ACK or apdu[0] & 8:  # an answer in segments is not put together
            return []
        found = [Evidence.of("bacnet", key, value) for key, value in _told(apdu)]
    except IndexError:
        return []
    return [one for one in found if one.value]


def read_i_am(data: bytes) -> int | None:
    """The instance out of an I-Am (16.10), None when it is none. Pure."""
    try:
        apdu = _apdu(data)
        if apdu[:2] != bytes((_UNCONFIRMED << 4, _I_AM)):
            return None
        number, _, _, content = next(_tags(apdu[2:]))
    except (IndexError, StopIteration):
        return None
    is_object = number == _OBJECT and len(content) == 4  # noqa: PLR2004 -- an object identifier
    return int.from_bytes(content, "big") & WILDCARD if is_object else None


async def _instance(host: Host, wire: Wire) -> int | None:
    answers = await wire.ask(host, host.port("bacnet"), who_is(), wait=1.0)
    return next((found for data in answers if (found := read_i_am(data)) is not None), None)


async def look(host: Host, wire: Wire) -> list[Evidence]:
    """Ask for all at once; of who does not know itself by the wildcard, by its own instance; else for the few that matter."""
    port = host.port("bacnet")
    answers = await wire.ask(host, port, request_all(), wait=1.0)
    found = read(answers[0]) if answers else []
    if [one.key for one in found] != ["refuses"]:
        return found
    instance = await _instance(host, wire)
    if instance is not None:
        found = [Evidence.of("bacnet", "instance", str(instance))]
        for data in await wire.ask(host, port, request_all(instance), wait=1.0):
            found += [one for one in read(data) if one.key != "refuses"]
    if len(found) == 1:
        for number in SINGLE:
            for data in await wire.ask(host, port, request_one(number, instance or WILDCARD), wait=1.0):
                found += [one for one in read(data) if one.key != "refuses"]
    return list(dict.fromkeys(found))
