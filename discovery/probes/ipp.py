"""IPP: what a printer is (RFC 8011, 4.2.5: Get-Printer-Attributes), on port 631 alone, where nothing that is sent is printed."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import h11

from discovery.asking import Ask
from discovery.evidence import Evidence
from discovery.pages import body_of, is_whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discovery.asking import Host, Wire

NAME = "ipp"
ASKS = (Ask("ipp", "tcp", 8),)
CAP = 65_536
DEADLINE = 6.0
PATHS = ("/ipp/print", "/")
"""The path that printers are found under (PWG 5100.14), and the one of those that are older."""
WANTED = (
    "printer-make-and-model",
    "printer-name",
    "printer-info",
    "printer-location",
    "printer-device-id",
    "printer-firmware-name",
    "printer-firmware-string-version",
    "printer-uuid",
    "printer-more-info",
)
_VERSION, _GET_PRINTER_ATTRIBUTES = 0x0101, 0x000B
"""IPP 1.1: what all printers speak."""
_OPERATION, _END = 0x01, 0x03
_CHARSET, _LANGUAGE, _URI, _KEYWORD, _NAME_TAG = 0x47, 0x48, 0x45, 0x44, 0x42
_DELIMITERS = 0x10
"""Tags below are of groups, those from here on of values (RFC 8010, 3.5)."""
_TEXTS = range(0x35, 0x4A)
_MOST_ATTRIBUTES = 600


def _attribute(tag: int, name: str, value: str) -> bytes:
    encoded, said = name.encode(), value.encode()
    return struct.pack(">BH", tag, len(encoded)) + encoded + struct.pack(">H", len(said)) + said


def question(host: Host) -> bytes:
    """The operation: for the printer itself, by no user."""
    uri = f"ipp://{f'[{host.ip}]' if ':' in host.ip else host.ip}/ipp/print"
    asked = [
        _attribute(_KEYWORD, "requested-attributes" if not n else "", one) for n, one in enumerate(WANTED)
    ]
    return (
        struct.pack(">HHIB", _VERSION, _GET_PRINTER_ATTRIBUTES, 1, _OPERATION)
        + _attribute(_CHARSET, "attributes-charset", "utf-8")
        + _attribute(_LANGUAGE, "attributes-natural-language", "en")
        + _attribute(_URI, "printer-uri", uri)
        + b"".join(asked)
        + bytes((_END,))
    )


def request(host: Host, path: str) -> bytes:
    """The operation as a POST (RFC 8010, 4)."""
    body = question(host)
    connection = h11.Connection(h11.CLIENT)
    headers = [
        ("Host", host.ip),
        ("User-Agent", "Enhetskoll"),
        ("Content-Type", "application/ipp"),
        ("Content-Length", str(len(body))),
        ("Connection", "close"),
    ]
    sent = connection.send(h11.Request(method="POST", target=path, headers=headers)) or b""
    return sent + (connection.send(h11.Data(data=body)) or b"") + (connection.send(h11.EndOfMessage()) or b"")


def attributes(body: bytes) -> Iterator[tuple[str, bytes]]:
    """Names and values of the texts out of an operation's answer; of a set the first. Pure."""
    at = 8
    for _ in range(_MOST_ATTRIBUTES):
        if at >= len(body) or body[at] == _END:
            return
        tag, at = body[at], at + 1
        if tag < _DELIMITERS:
            continue
        length = int.from_bytes(body[at : at + 2], "big")
        name, at = body[at + 2 : at + 2 + length], at + 2 + length
        length = int.from_bytes(body[at : at + 2], "big")
        value, at = body[at + 2 : at + 2 + length], at + 2 + length
        if name and tag in _TEXTS:
            yield name.decode("ascii", "replace"), value


def read(data: bytes) -> list[Evidence]:
    """Evidence out of a whole or cut answer. Pure; what is no IPP gives nothing."""
    body = body_of(data, "POST")
    if len(body) <= 8 or body[0] not in {1, 2}:  # noqa: PLR2004 -- version, status, number; what speaks IPP is of version 1 or 2
        return []
    found = [Evidence.of("ipp", name, value) for name, value in attributes(body) if name in WANTED]
    return [one for one in dict.fromkeys(found) if one.value]


async def look(host: Host, wire: Wire) -> list[Evidence]:
    """Ask under the path of today, then under that of old."""
    port = host.port("ipp")
    if not host.may_be_open(port):
        return []
    for path in PATHS:
        async with wire.converse(host, port, deadline=DEADLINE, cap=CAP) as talk:
            if talk is None:
                return []
            await talk.send(request(host, path))
            data = b""
            while not is_whole(data, "POST") and (more := await talk.receive()):
                data += more
        if found := read(data):
            return found
    return []
