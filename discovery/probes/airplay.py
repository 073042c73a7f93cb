"""AirPlay: what a screen or loudspeaker is: ``/info`` on port 7000, a property list, told without pairing."""

from __future__ import annotations

import plistlib
from typing import TYPE_CHECKING, Any

from discovery.asking import Ask
from discovery.evidence import Evidence

if TYPE_CHECKING:
    from discovery.asking import Host, Wire

NAME = "airplay"
ASKS = (Ask("airplay", "tcp", 6),)
CAP = 32_768
DEADLINE = 4.0
REQUEST = b"GET /info RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: Enhetskoll\r\n\r\n"
_TOLD = {
    "name": "name",
    "model": "model",
    "deviceID": "mac",
    "macAddress": "mac",
    "osBuildVersion": "os_build",
    "sourceVersion": "source_version",
    "manufacturer": "maker",
    "serialNumber": "serial",
}
_END = b"\r\n\r\n"
_LENGTH = b"content-length:"


def _is_whole(data: bytes) -> bool:
    head, separator, body = data.partition(_END)
    lengths = [line[len(_LENGTH) :] for line in head.lower().split(b"\r\n") if line.startswith(_LENGTH)]
    return bool(separator) and bool(lengths) and lengths[0].strip().isdigit() and len(body) >= int(lengths[0])


def read(data: bytes) -> list[Evidence]:
    """Evidence out of an answer. Pure."""
    head, _, body = data[:CAP].partition(_END)
    if not head.startswith((b"RTSP/1.0 200", b"HTTP/1.1 200", b"HTTP/1.0 200")):
        return []
    try:
        said: Any = plistlib.loads(body)
    except Exception:  # noqa: BLE001 -- the parser raises many kinds for what is no list, and all mean "nothing"
        return []
    if not isinstance(said, dict):
        return []
    found = [
        Evidence.of("airplay", key, value)
        for name, key in _TOLD.items()
        if isinstance(value := said.get(name), str) and value
    ]
    return [one for one in dict.fromkeys(found) if one.value]


async def look(host: Host, wire: Wire) -> list[Evidence]:
    """Ask once."""
    port = host.port("airplay")
    if not host.may_be_open(port):
        return []
    async with wire.converse(host, port, deadline=DEADLINE, cap=CAP) as talk:
        if talk is None:
            return []
        await talk.send(REQUEST)
        data = b""
        while not _is_whole(data) and (more := await talk.receive()):
            data += more
    return read(data)
