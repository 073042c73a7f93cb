"""SMB: which Windows or Samba it is (MS-SMB2 2.2.3 to 2.2.6; MS-NLMP 2.2.1): the names and build in its NTLM challenge.

Negotiate, and the first half of a session set-up, after which the server says who it is. No name and no password is sent, and
the second half never follows, so that nothing counts as a failed login. SMB 1 is not spoken: old devices have died of it.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from discovery.asking import Ask
from discovery.evidence import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discovery.asking import Conversation, Host, Wire

NAME = "smb"
ASKS = (Ask("smb", "tcp", 8),)
CAP = 16_384
DEADLINE = 5.0
_HEADER = struct.Struct("<4sHHIHHIIQIIQ16s")
"""Protocol, header length, charge, status, command, credits, flags, next, message, process, tree, session, signature."""
_PROTOCOL = b"\xfeSMB"
_NEGOTIATE, _SESSION_SETUP = 0, 1
_DIALECTS = (0x0202, 0x0210, 0x0300, 0x0302)
"""Without 3.1.1, which would need contexts."""
_FLAGS = 0x628A8215
"""What Windows itself asks for (MS-NLMP 2.2.2.5): Unicode, NTLM, target information, version and the usual security."""
_SIGNATURE = b"NTLMSSP\0"
_CHALLENGE = struct.Struct("<8sIHHIIQQHHI8s")
"""Signature, type 2, target name (length, room, where), flags, challenge, reserved, target information (the same), version."""
_TOLD = {1: "name", 2: "domain", 3: "dns_name", 4: "dns_domain", 5: "forest"}
"""AV_PAIR identifiers (MS-NLMP 2.2.2.1)."""
_SPNEGO = bytes.fromhex("06062b0601050502")
_NTLM_OID = bytes.fromhex("060a2b06010401823702020a")


def _framed(command: int, body: bytes, number: int) -> bytes:
    header = _HEADER.pack(_PROTOCOL, 64, 1, 0, command, 1, 0, 0, number, 0, 0, 0, bytes(16))
    whole = header + body
    return len(whole).to_bytes(4, "big") + whole


def negotiate() -> bytes:
    """Which dialects we speak."""
    body = struct.pack("<HHHHI16sQ", 36, len(_DIALECTS), 1, 0, 0, bytes(15) + b"\1", 0)
    return _framed(_NEGOTIATE, body + struct.pack(f"<{len(_DIALECTS)}H", *_DIALECTS), 0)


def _der(tag: int, content: bytes) -> bytes:
    return bytes((tag, len(content))) + content  # ours are all shorter than 128


def session_setup() -> bytes:
    """The first half: an NTLM negotiation in SPNEGO (RFC 4178, 4.2), without a name."""
    ntlm = _SIGNATURE + struct.pack("<II", 1, _FLAGS) + bytes(16) + bytes((6, 1, 0, 0, 0, 0, 0, 15))
    inner = _der(0x30, _der(0xA0, _der(0x30, _NTLM_OID)) + _der(0xA2, _der(0x04, ntlm)))
    token = _der(0x60, _SPNEGO + _der(0xA0, inner))
    body = struct.pack("<HBBIIHHQ", 25, 0, 1, 0, 0, 64 + 24, len(token), 0)
    return _framed(_SESSION_SETUP, body + token, 1)


def _pairs(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(data):
        kind, length = struct.unpack_from("<HH", data, at)
        if kind == 0:
            return
        yield kind, data[at + 4 : at + 4 + length]
        at += 4 + length


def read(data: bytes) -> list[Evidence]:
    """Names and build out of a challenge, wherever in the answer it stands. Pure."""
    start = data.find(_SIGNATURE)
    if start < 0 or len(data) < start + _CHALLENGE.size:
        return []
    challenge = data[start:]
    fields = _CHALLENGE.unpack_from(challenge)
    if fields[1] != 2:  # noqa: PLR2004 -- a challenge
        return []
    length, at, version = fields[8], fields[10], fields[11]
    said = [
        (_TOLD[kind], value.decode("utf-16-le", "replace"))
        for kind, value in _pairs(challenge[at : at + length])
        if kind in _TOLD
    ]
    major, minor, build = struct.unpack_from("<BBH", version)
    if major:
        said.append(("build", f"{major}.{minor}.{build}"))
    return [one for one in (Evidence.of("smb", key, value) for key, value in said) if one.value]


async def _answer(talk: Conversation) -> bytes:
    """One framed answer, as far as it comes."""
    data = b""
    while len(data) < 4 or len(data) < 4 + int.from_bytes(data[1:4], "big"):  # noqa: PLR2004 -- the length before it
        more = await talk.receive()
        if not more:
            break
        data += more
    return data


async def look(host: Host, wire: Wire) -> list[Evidence]:
    """Negotiate, ask who is there, leave."""
    port = host.port("smb")
    if not host.may_be_open(port):
        return []
    async with wire.converse(host, port, deadline=DEADLINE, cap=CAP) as talk:
        if talk is None:
            return []
        await talk.send(negotiate())
        if _PROTOCOL not in await _answer(talk):
            return []
        await talk.send(session_setup())
        return read(await _answer(talk))
