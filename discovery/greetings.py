"""What a service says before it is asked: for probes that only listen."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from discovery.asking import Host, Wire

CAP = 4096
DEADLINE = 4.0


def _is_whole(data: bytes) -> bool:
    """Whether the last line of a reply has come: its code is followed by a space (RFC 959, 4.2)."""
    lines = data.split(b"\n")
    return any(line[3:4] == b" " and line[:3].isdigit() for line in lines[:-1])


async def listen(
    host: Host, wire: Wire, port: int, *, deadline: float = DEADLINE, by_line: bool = True
) -> bytes:
    """What comes by itself on a connection.

    Args:
        host: whom to connect to, where the port may be open.
        wire: the door.
        port: of the service.
        deadline: seconds in all.
        by_line: leave as soon as a whole reply has come; else stay until the deadline or the end.
    """
    if not host.may_be_open(port):
        return b""
    async with wire.converse(host, port, deadline=deadline, cap=CAP) as talk:
        data = b""
        while talk is not None and (more := await talk.receive()):
            data += more
            if by_line and _is_whole(data):
                break
        return data


def reply(data: bytes, code: bytes) -> bytes:
    """The text of a reply of this code, its lines after one another; empty when it is none. Pure."""
    lines = [line.rstrip(b"\r") for line in data[:CAP].split(b"\n")]
    if not lines or not lines[0].startswith(code) or lines[0][3:4] not in {b" ", b"-", b""}:
        return b""
    found = [line[4:] if line[:3] == code and line[3:4] in {b" ", b"-"} else line for line in lines]
    return b" ".join(line.strip() for line in found if line.strip())
