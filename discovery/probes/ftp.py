"""FTP: the greeting (RFC 959, 5.4: replies of class 220), read and never answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discovery.asking import Ask
from discovery.evidence import Evidence
from discovery.greetings import listen, reply

if TYPE_CHECKING:
    from discovery.asking import Host, Wire

NAME = "ftp"
ASKS = (Ask("ftp", "tcp", 4),)


def read(data: bytes) -> list[Evidence]:
    """The banner out of what the server said first. Pure."""
    said = reply(data, b"220")
    return [Evidence.of("ftp", "banner", said)] if said else []


async def look(host: Host, wire: Wire) -> list[Evidence]:
    """Connect, read, leave."""
    return read(await listen(host, wire, host.port("ftp")))
