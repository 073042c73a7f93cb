"""SSH: the identification string (RFC 4253 section 4.2), read and nothing more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discovery.asking import Ask
from discovery.evidence import Evidence

if TYPE_CHECKING:
    from discovery.asking import Host, Wire

NAME = "ssh"
ASKS = (Ask("ssh", "tcp", 4),)
_CAP = 4096
_LONGEST = 255
"""RFC 4253: the string is at most 255 characters; lines before it may stand, each ended by a line feed."""


def read(data: bytes) -> list[Evidence]:
    """The banner out of what the server said first. Pure."""
    for line in data.split(b"\n"):
        if line.startswith(b"SSH-"):
            return [Evidence.of("ssh", "banner", line[:_LONGEST].rstrip(b"\r"))]
    return []


async def look(host: Host, wire: Wire) -> list[Evidence]:
    """Connect, read, leave."""
    port = host.port("ssh")
    if not host.may_be_open(port):
        return []
    async with wire.converse(host, port, deadline=4.0, cap=_CAP) as talk:
        if talk is None:
            return []
        data = b""
        while b"SSH-" not in data or b"\n" not in data.partition(b"SSH-")[2]:
            more = await talk.receive()
            if not more:
                break
            data += more
    return read(data)
