"""Devices of which Debian has no daemon, each written after its standard or made of a library's encoder: ``python speakers.py ADDRESS NAME…``.

None of them knows the product's decoders. What each is stands in `tests.lab.services`.
"""

from __future__ import annotations

import asyncio
import json
import plistlib
import struct
import sys
from collections.abc import Awaitable, Callable
from typing import Any

NOON = 4_004_596_800
"""A moment in NTP's seconds: what the time is, no probe asks."""
CRLF = "\r\n"
CAMERA = "Hipcam RealServer/V1.0"
REALM = "IPCamera Login"
UUID = "4d454930-0000-1000-8000-accc8e000033"


def _datagrams(
    answer: Callable[[bytes], bytes | None],
) -> Callable[[], asyncio.DatagramProtocol]:
    class Speaker(asyncio.DatagramProtocol):
        def connection_made(self, transport: Any) -> None:
            self.transport = transport

        def datagram_received(self, data: bytes, addr: Any) -> None:
            if (told := answer(data)) is not None:
                self.transport.sendto(told, addr)

    return Speaker


async def _bound(address: str, port: int, answer: Callable[[bytes], bytes | None]) -> object:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(_datagrams(answer), local_addr=(address, port))
    return transport


def _ntp(data: bytes) -> bytes | None:
    """RFC 5905, 7.3: a stratum 1 server with a GPS clock."""
    if len(data) < 48 or data[0] & 7 != 3:
        return None
    now = NOON << 32
    head = struct.pack("!BBbb", 4 << 3 | 4, 1, data[2] if data[2] < 128 else 6, -20)
    return head + bytes(8) + b"GPS\0" + struct.pack("!Q8sQQ", now, data[40:48], now, now)


def _knx(data: bytes) -> bytes | None:
    """A KNXnet/IP router, its description encoded by xknx."""
    from xknx.knxip import DescriptionResponse, DIBDeviceInformation, KNXIPFrame
    from xknx.telegram import IndividualAddress

    if data[2:4] != b"\x02\x03":
        return None
    block = DIBDeviceInformation()
    block.individual_address = IndividualAddress("1.1.0")
    block.name, block.serial_number, block.mac_address = (
        "KNX IP Router 751",
        "00:c5:01:02:03:04",
        "00:24:6d:00:00:32",
    )
    response = DescriptionResponse()
    response.dibs.append(block)
    return KNXIPFrame.init_from_body(response).to_knx()


def _wsd(data: bytes) -> bytes | None:
    """ONVIF Core Specification 7.3: a camera's ProbeMatches."""
    if b"/Probe<" not in data.replace(b"Probe</", b"Probe<"):
        return None
    relates = data.partition(b"MessageID>")[2].partition(b"<")[0].decode()
    scopes = "onvif://www.onvif.org/name/DS-2CD2143 onvif://www.onvif.org/hardware/DS-2CD2143G2-I"
    return (
        '<?xml version="1.0" encoding="UTF-8"?><env:Envelope xmlns:env="http://www.w3.org/2003/05/soap-envelope" '
        'xmlns:wsa="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" '
        'xmlns:dn="http://www.onvif.org/ver10/network/wsdl"><env:Header>'
        f"<wsa:MessageID>urn:uuid:{UUID}</wsa:MessageID><wsa:RelatesTo>{relates}</wsa:RelatesTo>"
        "<wsa:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/ProbeMatches</wsa:Action></env:Header><env:Body>"
        f"<d:ProbeMatches><d:ProbeMatch><wsa:EndpointReference><wsa:Address>urn:uuid:{UUID}</wsa:Address></wsa:EndpointReference>"
        f"<d:Types>dn:NetworkVideoTransmitter</d:Types><d:Scopes>{scopes}</d:Scopes>"
        "<d:XAddrs>http://10.77.1.33/onvif/device_service</d:XAddrs><d:MetadataVersion>1</d:MetadataVersion>"
        "</d:ProbeMatch></d:ProbeMatches></env:Body></env:Envelope>"
    ).encode()


async def _head(reader: asyncio.StreamReader) -> list[str]:
    return (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split(CRLF)


async def _rtsp(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """RFC 2326: a camera that offers its methods to all and its pictures to who is logged in."""
    while True:
        lines = await _head(reader)
        number = next((line for line in lines if line.lower().startswith("cseq:")), "CSeq: 0")
        said = [
            "RTSP/1.0 200 OK",
            number,
            f"Server: {CAMERA}",
            "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN",
        ]
        if lines[0].startswith("DESCRIBE"):
            challenge = f'WWW-Authenticate: Digest realm="{REALM}", nonce="6c4f21a0"'
            said = ["RTSP/1.0 401 Unauthorized", number, f"Server: {CAMERA}", challenge]
        writer.write((CRLF.join(said) + CRLF * 2).encode())


async def _airplay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """``/info`` as an Apple TV serves it: a binary property list."""
    told = {
        "name": "Apple TV Aula",
        "model": "AppleTV6,2",
        "deviceID": "9C:20:7B:00:00:33",
        "sourceVersion": "690.7.1",
        "features": 1,
    }
    while True:
        lines = await _head(reader)
        number = next((line for line in lines if line.startswith("CSeq")), "CSeq: 0")
        body = plistlib.dumps(told, fmt=plistlib.FMT_BINARY) if lines[0].startswith("GET /info ") else b""
        said = [
            "RTSP/1.0 200 OK",
            f"Content-Length: {len(body)}",
            "Content-Type: application/x-apple-binary-plist",
            number,
        ]
        writer.write((CRLF.join(said) + CRLF * 2).encode() + body)


async def _cast(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """``/setup/eureka_info`` as a Chromecast serves it."""
    device = {"manufacturer": "Google Inc.", "model_name": "Chromecast", "mac_address": "6C:AD:F8:00:00:33"}
    body = json.dumps(
        {"name": "Aula", "device_info": device, "build_info": {"cast_build_revision": "1.56.281627"}}
    ).encode()
    lines = await _head(reader)
    status, sent = (
        ("200 OK", body) if lines[0].startswith("GET /setup/eureka_info") else ("404 Not Found", b"")
    )
    writer.write(f"HTTP/1.1 {status}{CRLF}Content-Length: {len(sent)}{CRLF * 2}".encode() + sent)


async def _telnet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """RFC 854: options are offered, then comes the banner and the login's prompt."""
    writer.write(bytes((255, 251, 1, 255, 251, 3, 255, 253, 24)) + b"\r\nBarionet 100\r\n\r\nlogin: ")
    await reader.read()


Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
TALKS: dict[str, tuple[int, Talk]] = {
    "rtsp": (554, _rtsp),
    "airplay": (7000, _airplay),
    "cast": (8008, _cast),
    "telnet": (23, _telnet),
}
DATAGRAMS: dict[str, tuple[int, Callable[[bytes], bytes | None]]] = {
    "ntp": (123, _ntp),
    "knx": (3671, _knx),
    "wsd": (3702, _wsd),
}


def _guarded(talk: Talk) -> Talk:
    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    return one


async def _serve(address: str, names: list[str]) -> None:
    held: list[object] = []
    for name in names:
        if name in DATAGRAMS:
            held.append(await _bound(address, *DATAGRAMS[name]))
        else:
            port, talk = TALKS[name]
            held.append(await asyncio.start_server(_guarded(talk), address, port))
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1], sys.argv[2:]))
