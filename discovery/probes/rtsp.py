"""RTSP: what serves the pictures, and the realm that keeps them (RFC 7826, 13.1 and 13.2; RFC 2326 is the same here).

One OPTIONS, which asks for no picture and no login, and one DESCRIBE, which most cameras refuse with their realm.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from discovery.asking import Ask
from discovery.evidence import Evidence

if TYPE_CHECKING:
    from discovery.asking import Host, Wire

NAME = "rtsp"
ASKS = (Ask("rtsp", "tcp", 8),)
CAP = 16_384
DEADLINE = 5.0
_REALM = re.compile(rb"""realm\s*=\s*"([^"]{0,200})""", re.IGNORECASE)
_END = b"\r\n\r\n"


def request(host: Host, method: str, number: int) -> bytes:
    """One request for all that there is."""
    target = f"rtsp://{f'[{host.ip}]' if ':' in host.ip else host.ip}:{host.port('rtsp')}/"
    lines = [f"{method} {target} RTSP/1.0", f"CSeq: {number}", "User-Agent: Enhetskoll", "", ""]
    return "\r\n".join(lines).encode("ascii")


def read(data: bytes) -> list[Evidence]:
    """Server and realm out of one or more answers. Pure."""
    if not data.startswith(b"RTSP/"):
        return []
    found = []
    for line in data[:CAP].split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"server":
            found.append(Evidence.of("rtsp", "server", value.strip()))
        elif name.strip().lower() == b"www-authenticate" and (realm := _REALM.search(value)):
            found.append(Evidence.of("rtsp", "realm", realm[1]))
    return list(dict.fromkeys(one for one in found if one.value))


async def look(host: Host, wire: Wire) -> list[Evidence]:
    """Ask what is offered, then for a description."""
    port = host.port("rtsp")
    if not host.may_be_open(port):
        return []
    async with wire.converse(host, port, deadline=DEADLINE, cap=CAP) as talk:
        data = b""
        if talk is None:
            return []
        for number, method in enumerate(("OPTIONS", "DESCRIBE"), 1):
            await talk.send(request(host, method, number))
            while data.count(_END) < number and (more := await talk.receive()):
                data += more
            if data.count(_END) < number:
                break
    return read(data)
