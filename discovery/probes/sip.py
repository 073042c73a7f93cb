"""SIP: what a telephone or exchange calls itself (RFC 3261, 11: OPTIONS, by UDP and answered without a call)."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from discovery.asking import Ask
from discovery.evidence import Evidence

if TYPE_CHECKING:
    from discovery.asking import Host, Wire

NAME = "sip"
ASKS = (Ask("sip", "udp", 1),)
_MOST_BYTES = 8_192
_KEYS = {b"user-agent": "user_agent", b"server": "server"}


def request(host: Host) -> bytes:
    """One OPTIONS. ``rport`` (RFC 3581) has it answered where it came from."""
    mark = secrets.token_hex(8)
    target = f"[{host.ip}]" if ":" in host.ip else host.ip
    lines = [
        f"OPTIONS sip:{target} SIP/2.0",
        f"Via: SIP/2.0/UDP enhetskoll.invalid;branch=z9hG4bK{mark};rport",
        "Max-Forwards: 1",
        f"From: <sip:enhetskoll@enhetskoll.invalid>;tag={mark[:8]}",
        f"To: <sip:{target}>",
        f"Call-ID: {mark}@enhetskoll.invalid",
        "CSeq: 1 OPTIONS",
        "Contact: <sip:enhetskoll@enhetskoll.invalid>",
        "Accept: application/sdp",
        "Content-Length: 0",
        "",
        "",
    ]
    return "\r\n".join(lines).encode("ascii")


def read(data: bytes) -> list[Evidence]:
    """What the answer's headers say of the software. Pure."""
    if not data.startswith(b"SIP/2.0 "):
        return []
    found = []
    for line in data[:_MOST_BYTES].split(b"\r\n")[1:]:
        if not line:
            break
        name, _, value = line.partition(b":")
        key = _KEYS.get(name.strip().lower())
        if key is not None:
            found.append(Evidence.of("sip", key, value.strip()))
    return [one for one in found if one.value] or [Evidence.of("sip", "answers", "yes")]


async def look(host: Host, wire: Wire) -> list[Evidence]:
    """Ask once."""
    for data in await wire.ask(host, host.port("sip"), request(host), wait=1.0):
        return read(data)
    return []
