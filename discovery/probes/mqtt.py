"""MQTT: whether a broker lets strangers in, and what it is (MQTT 3.1.1, OASIS): CONNECT, SUBSCRIBE to its version, DISCONNECT.

The session is clean and the identifier ours: nothing of it stays on the broker. Nothing is published.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from discovery.asking import Ask
from discovery.evidence import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discovery.asking import Host, Wire

NAME = "mqtt"
ASKS = (Ask("mqtt", "tcp", 8),)
CAP = 8_192
DEADLINE = 3.0
VERSION_TOPIC = "$SYS/broker/version"
_CONNECT, _CONNACK, _PUBLISH, _SUBSCRIBE = 0x10, 0x20, 0x30, 0x82
DISCONNECT = bytes((0xE0, 0x00))
_RETURN_CODES = {
    0: "accepted",
    1: "version",
    2: "identifier",
    3: "unavailable",
    4: "bad-login",
    5: "not-authorised",
}
_MOST_LENGTH_OCTETS = 4
_MORE = 0x80


def _text(value: str) -> bytes:
    data = value.encode()
    return len(data).to_bytes(2, "big") + data


def _packet(kind: int, body: bytes) -> bytes:
    return (
        bytes((kind, len(body))) + body
    )  # ours are shorter than the 128 from which on a length takes two octets


def connect() -> bytes:
    """A clean session that is given up after five seconds of silence."""
    return _packet(_CONNECT, _text("MQTT") + bytes((4, 2, 0, 5)) + _text(f"enhetskoll{secrets.token_hex(4)}"))


def subscribe() -> bytes:
    """The broker's version, at most once."""
    return _packet(_SUBSCRIBE, bytes((0, 1)) + _text(VERSION_TOPIC) + bytes((0,)))


def packets(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The whole packets of a stream: type and flags, body. Pure."""
    at = 0
    while at + 2 <= len(data):
        kind, length, shift, at = data[at], 0, 0, at + 1
        for _ in range(_MOST_LENGTH_OCTETS):
            if at >= len(data):
                return
            length |= (data[at] & 0x7F) << shift
            shift += 7
            at += 1
            if not data[at - 1] & _MORE:
                break
        if at + length > len(data):
            return
        yield kind, data[at : at + length]
        at += length


def read(data: bytes) -> list[Evidence]:
    """How the broker answered, and its version where it tells. Pure."""
    found = []
    for kind, body in packets(data):
        if kind & 0xF0 == _CONNACK and len(body) == 2:  # noqa: PLR2004 -- flags and return code
            found.append(Evidence.of("mqtt", "connect", _RETURN_CODES.get(body[1], str(body[1]))))
        elif kind & 0xF0 == _PUBLISH and len(body) > 2:  # noqa: PLR2004 -- the length of the topic
            length = int.from_bytes(body[:2], "big")
            if body[2 : 2 + length] == VERSION_TOPIC.encode():
                found.append(Evidence.of("mqtt", "version", body[2 + length :]))
    return [one for one in found if one.value]


async def look(host: Host, wire: Wire) -> list[Evidence]:
    """Connect, ask for the version, leave politely."""
    port = host.port("mqtt")
    if not host.may_be_open(port):
        return []
    async with wire.converse(host, port, deadline=DEADLINE, cap=CAP) as talk:
        if talk is None:
            return []
        await talk.send(connect())
        data = b""
        is_asked = False
        while more := await talk.receive():
            data += more
            said = {(one.key, one.value) for one in read(data)}
            if ("connect", "accepted") in said and not is_asked:
                await talk.send(subscribe())
                is_asked = True
            elif said and (not is_asked or any(key == "version" for key, _ in said)):
                break
        await talk.send(DISCONNECT)
    return read(data)
