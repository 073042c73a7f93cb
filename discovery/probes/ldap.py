"""LDAP: what directory it is (RFC 4512, 5.1: the root DSE, which is read without a login). One search of the base alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discovery.asking import Ask
from discovery.evidence import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discovery.asking import Host, Wire

NAME = "ldap"
ASKS = (Ask("ldap", "tcp", 6),)
CAP = 16_384
DEADLINE = 4.0
WANTED = (
    "vendorName",
    "vendorVersion",
    "dnsHostName",
    "defaultNamingContext",
    "namingContexts",
    "domainFunctionality",
)
_SEQUENCE, _OCTETS, _INTEGER, _ENUMERATED, _BOOLEAN = 0x30, 0x04, 0x02, 0x0A, 0x01
_SEARCH, _ENTRY, _DONE, _PRESENT, _UNBIND = 0x63, 0x64, 0x65, 0x87, 0x42
_MOST = 200


def _tlv(tag: int, content: bytes) -> bytes:
    """Ours are all shorter than 64 kB (BER, X.690, 8.1)."""
    length = len(content)
    head = bytes((length,)) if length < 0x80 else b"\x82" + length.to_bytes(2, "big")  # noqa: PLR2004 -- the short form
    return bytes((tag,)) + head + content


def _message(number: int, operation: bytes) -> bytes:
    return _tlv(_SEQUENCE, _tlv(_INTEGER, bytes((number,))) + operation)


def request() -> bytes:
    """Search the empty name, base only, no dereferencing, one entry, three seconds, (objectClass=*)."""
    search = (
        _tlv(_OCTETS, b"")
        + _tlv(_ENUMERATED, b"\0")
        + _tlv(_ENUMERATED, b"\0")
        + _tlv(_INTEGER, b"\x01")
        + _tlv(_INTEGER, b"\x03")
        + _tlv(_BOOLEAN, b"\0")
        + _tlv(_PRESENT, b"objectClass")
        + _tlv(_SEQUENCE, b"".join(_tlv(_OCTETS, name.encode()) for name in WANTED))
    )
    return _message(1, _tlv(_SEARCH, search))


def unbind() -> bytes:
    """Leave."""
    return _message(2, bytes((_UNBIND, 0)))


def _parts(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Tags and contents, one after the other; what is cut ends it."""
    at = 0
    for _ in range(_MOST):
        if at + 2 > len(data):
            return
        tag, length, at = data[at], data[at + 1], at + 2
        if length & 0x80:
            octets = length & 0x7F
            length, at = int.from_bytes(data[at : at + octets], "big"), at + octets
        if at + length > len(data):
            return
        yield tag, data[at : at + length]
        at += length


def _operations(data: bytes) -> Iterator[tuple[int, bytes]]:
    for tag, message in _parts(data):
        if tag == _SEQUENCE:
            yield from list(_parts(message))[1:2]


def is_done(data: bytes) -> bool:
    """Whether the search has ended. Pure."""
    return any(tag == _DONE for tag, _ in _operations(data))


def read(data: bytes) -> list[Evidence]:
    """The attributes out of an answer. Pure."""
    found = []
    for tag, operation in _operations(data):
        if tag != _ENTRY:
            continue
        for _, listed in list(_parts(operation))[1:2]:
            for _, attribute in _parts(listed):
                name, values = ([content for _, content in _parts(attribute)] + [b"", b""])[:2]
                key = name.decode("ascii", "replace")
                if key in WANTED:
                    found += [Evidence.of("ldap", key, value) for _, value in list(_parts(values))[:4]]
        found.append(Evidence.of("ldap", "answers", "yes"))
    return [one for one in found if one.value]


async def look(host: Host, wire: Wire) -> list[Evidence]:
    """Search once, leave."""
    port = host.port("ldap")
    if not host.may_be_open(port):
        return []
    async with wire.converse(host, port, deadline=DEADLINE, cap=CAP) as talk:
        if talk is None:
            return []
        await talk.send(request())
        data = b""
        while not is_done(data) and (more := await talk.receive()):
            data += more
        await talk.send(unbind())
    return read(data)
