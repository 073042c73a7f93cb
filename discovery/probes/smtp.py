"""SMTP: the greeting (RFC 5321, 3.1: ``220``, the server's name and what it is), read and never answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discovery.asking import Ask
from discovery.evidence import Evidence
from discovery.greetings import listen, reply

if TYPE_CHECKING:
    from discovery.asking import Host, Wire

NAME = "smtp"
ASKS = (Ask("smtp", "tcp", 4),)


def read(data: bytes) -> list[Evidence]:
    """The banner out of what the server said first. Pure."""
    said = reply(data, b"220")
    return [Evidence.of("smtp", "banner", said)] if said else []


async def look(host: Host, wire: Wire) -> list[Evidence]:
    """Connect, read, leave."""
    return read(await listen(host, wire, host.port("smtp")))
