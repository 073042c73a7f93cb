"""BACnet/IP frames (ANSI/ASHRAE 135, Annex J, clauses 6 and 20): questions as bytes, and what answers tell. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from discovery.evidence import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_BVLC_UNICAST = bytes((0x81, 0x0A))
_VERSION = 1
_EXPECTS_REPLY, _HAS_SOURCE, _HAS_TARGET, _IS_NETWORKS = 0x04, 0x08, 0x20, 0x80
"""Bits of the network layer's control octet (6.2.2)."""
_WHO_IS_ROUTER, _I_AM_ROUTER = 0x00, 0x01
_HOPS = 255
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
BINDINGS = 30
SINGLE = (121, 70, 77)
"""What is asked for one by one of a device that does not know ReadPropertyMultiple."""
_READ, _READ_MULTIPLE = 12, 14
_CONFIRMED, _COMPLEX_ACK, _ERROR, _REJECT, _ABORT = 0, 3, 5, 6, 7
_STRING, _UNSIGNED, _OCTETS, _OBJECT = 7, 2, 6, 12
_ALL_NETWORKS = 0xFFFF
_LONGEST_ADDRESS = 18
"""Octets of the longest address on any network: IPv6 with its port (Annex U)."""
_EXTENDED, _LONG_LENGTH, _LONGER_LENGTH = 5, 254, 255
_OPENING, _CLOSING = 6, 7
_EXTENDED_NUMBER = 15
_MOST_TAGS = 200
_CHARACTER_SETS = {0: "utf-8", 4: "utf-16-be", 5: "latin-1"}


@dataclass(frozen=True, slots=True)
class Remote:
    """Where a device stands behind a router.

    Attributes:
        address: its own on that network, one octet on a field bus; empty for all of them.
    """

    network: int
    address: bytes = b""

    @property
    def is_one(self) -> bool:
        """Whether it is one device's place: on one network, at an address that one may have (6.2.2)."""
        return 0 < self.network < _ALL_NETWORKS and 0 < len(self.address) <= _LONGEST_ADDRESS


def _packet(control: int, rest: bytes, to: Remote | None = None) -> bytes:
    target, hops = b"", b""
    if to is not None:
        control |= _HAS_TARGET
        target = to.network.to_bytes(2, "big") + bytes((len(to.address),)) + to.address
        hops = bytes((_HOPS,))
    whole = bytes((_VERSION, control)) + target + hops + rest
    return _BVLC_UNICAST + (4 + len(whole)).to_bytes(2, "big") + whole


def _framed(service: int, body: bytes, number: int, to: Remote | None = None) -> bytes:
    return _packet(_EXPECTS_REPLY, bytes((_CONFIRMED, 0x05, number, service)) + body, to)


def _device(instance: int) -> bytes:
    """An object identifier in the first context: type device(8) and the instance."""
    return b"\x0c" + (8 << 22 | instance).to_bytes(4, "big")


def request_all(instance: int = WILDCARD, to: Remote | None = None) -> bytes:
    """All properties at once."""
    wanted = b"".join(bytes((0x09, number)) for number in PROPERTIES)
    return _framed(_READ_MULTIPLE, _device(instance) + b"\x1e" + wanted + b"\x1f", 1, to)


def request_one(number: int, instance: int = WILDCARD) -> bytes:
    """One property."""
    return _framed(_READ, _device(instance) + bytes((0x19, number)), number)


def who_is(to: Remote | None = None) -> bytes:
    """Who is there, of all instances (16.10)."""
    return _packet(0, bytes((_UNCONFIRMED << 4, _WHO_IS)), to)


def who_is_router() -> bytes:
    """To which networks do you lead (6.4.1)."""
    return _packet(_IS_NETWORKS, bytes((_WHO_IS_ROUTER,)))


def request_bindings(instance: int) -> bytes:
    """The addresses of others that a device has bound: device-address-binding (12.11)."""
    return request_one(BINDINGS, instance)


@dataclass(frozen=True, slots=True)
class _Npdu:
    """The network layer's part of a frame: who sent it, if he stands behind a router, and what follows."""

    control: int = 0
    source: Remote | None = None
    rest: bytes = b""


def _npdu(data: bytes) -> _Npdu:
    """The network layer of a unicast frame; an empty one when it is none.

    Raises:
        IndexError: it is cut.
    """
    if len(data) < 6 or data[0] != 0x81 or data[1] not in {0x0A, 0x0B} or data[4] != _VERSION:  # noqa: PLR2004 -- headers' octets
        return _Npdu()
    control, at, source = data[5], 6, None
    if control & _HAS_TARGET:
        at += 3 + data[at + 2]
    if control & _HAS_SOURCE:
        length = data[at + 2]
        source = Remote(int.from_bytes(data[at : at + 2], "big"), data[at + 3 : at + 3 + length])
        at += 3 + length
    return _Npdu(control, source, data[at + 1 if control & _HAS_TARGET else at :])


def _apdu(data: bytes) -> bytes:
    """The application's part of a unicast frame; empty when it is none.

    Raises:
        IndexError: it is cut.
    """
    found = _npdu(data)
    return b"" if found.control & _IS_NETWORKS else found.rest


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


def read_i_am(data: bytes) -> tuple[int, Remote | None] | None:
    """The instance out of an I-Am (16.10), and where it stands if behind a router; None when it is none. Pure."""
    try:
        found = _npdu(data)
        if found.control & _IS_NETWORKS or found.rest[:2] != bytes((_UNCONFIRMED << 4, _I_AM)):
            return None
        number, _, _, content = next(_tags(found.rest[2:]))
    except (IndexError, StopIteration):
        return None
    is_object = number == _OBJECT and len(content) == 4  # noqa: PLR2004 -- an object identifier
    source = found.source if found.source is not None and found.source.is_one else None
    return (int.from_bytes(content, "big") & WILDCARD, source) if is_object else None


def instance_of(found: Iterable[Evidence]) -> int | None:
    """The device's own number among what it told, None when it told none that can be one. Pure."""
    told = (one.value for one in found if one.key == "instance" and one.value.isdecimal())
    return next(
        (int(value) for value in told if len(value) <= len(str(WILDCARD)) and int(value) < WILDCARD), None
    )


def read_networks(data: bytes) -> tuple[int, ...]:
    """The networks out of an I-Am-Router-To-Network (6.4.2); none when it is none. Pure."""
    try:
        found = _npdu(data)
    except IndexError:
        return ()
    if not found.control & _IS_NETWORKS or found.rest[:1] != bytes((_I_AM_ROUTER,)):
        return ()
    numbers = found.rest[1:]
    named = (int.from_bytes(numbers[at : at + 2], "big") for at in range(0, len(numbers) - 1, 2))
    return tuple(number for number in named if 0 < number < _ALL_NETWORKS)


def read_bindings(data: bytes) -> list[tuple[int, Remote]]:
    """Instances and their places behind routers out of an answer about device-address-binding. Pure.

    Those of the router's own network (number 0) are left out: they have addresses of their own.
    """
    bound: list[tuple[int, Remote]] = []
    try:
        apdu = _apdu(data)
        if len(apdu) < 3 or apdu[0] >> 4 != _COMPLEX_ACK or apdu[0] & 8 or apdu[2] != _READ:  # noqa: PLR2004 -- type, invoke id, service
            return []
        values = [
            (number, content) for number, is_context, side, content in _tags(apdu[3:]) if not is_context
        ]
    except IndexError:
        return []
    for (one, what), (two, network), (three, address) in zip(
        values[::3], values[1::3], values[2::3], strict=False
    ):
        if (one, two, three) != (_OBJECT, _UNSIGNED, _OCTETS):
            break
        remote = Remote(int.from_bytes(network, "big"), address)
        if remote.is_one:
            bound.append((int.from_bytes(what, "big") & WILDCARD, remote))
    return bound
