"""Telnet: what stands before the login (RFC 854), read and never typed into; no option is negotiated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discovery.asking import Ask
from discovery.evidence import Evidence
from discovery.greetings import listen

if TYPE_CHECKING:
    from discovery.asking import Host, Wire

NAME = "telnet"
ASKS = (Ask("telnet", "tcp", 4),)
_IAC, _SB, _SE, _WILL, _DONT = 255, 250, 240, 251, 254
"""Interpret as command; subnegotiation begins and ends; WILL, WONT, DO and DONT, each with an option."""


def text(data: bytes) -> bytes:
    """What is left without commands: two octets, three with an option, or a subnegotiation to its end. Pure."""
    found = bytearray()
    at = 0
    while at < len(data):
        if data[at] != _IAC:
            found.append(data[at])
            at += 1
            continue
        command = data[at + 1] if at + 1 < len(data) else 0
        if command == _IAC:
            found.append(_IAC)
            at += 2
        elif command == _SB:
            end = data.find(bytes((_IAC, _SE)), at)
            at = end + 2 if end >= 0 else len(data)
        else:
            at += 3 if _WILL <= command <= _DONT else 2
    return bytes(found)


def read(data: bytes) -> list[Evidence]:
    """The banner out of what the server said first. Pure."""
    said = Evidence.of("telnet", "banner", text(data))
    return [said] if said.value else []


async def look(host: Host, wire: Wire) -> list[Evidence]:
    """Connect, read for a moment, leave: a login prompt has no end to wait for."""
    return read(await listen(host, wire, host.port("telnet"), deadline=2.0, by_line=False))
