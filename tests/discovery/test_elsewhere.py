"""R10: what a device says sends nobody elsewhere: no redirect, no LOCATION, no name is followed (CVE-2022-39276)."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from ipaddress import ip_network
from typing import TYPE_CHECKING

import pytest
import requests

from discovery.asking import Host
from discovery.pacing import Pacer
from discovery.probes import http, ssdp
from discovery.scope import Scope
from discovery.wire import AsyncWire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

DEVICE, VICTIM = "127.0.0.2", "127.0.0.3"
WIDE = Scope([ip_network("127.0.0.0/29")], [])
"""Both addresses may be asked: it is not the scope that must keep a device from choosing whom we ask."""

pytestmark = pytest.mark.wire


@asynccontextmanager
async def _listening(ip: str, answer: bytes, heard: list[bytes]) -> AsyncIterator[int]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(2000))
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, ip, 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


class _Searched(asyncio.DatagramProtocol):
    """Answers a search with a place that is somebody else's."""

    def __init__(self, location: str) -> None:
        self._location = location

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, _data: bytes, addr: tuple[str, int]) -> None:
        said = f"HTTP/1.1 200 OK\r\nSERVER: x\r\nST: upnp:rootdevice\r\nLOCATION: {self._location}\r\n\r\n"
        self._transport.sendto(said.encode(), addr)  # type: ignore[attr-defined]


def _redirect(location: str) -> bytes:
    return f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()


def _wire() -> AsyncWire:
    return AsyncWire(WIDE, Pacer(1000, 1000))


def test_a_redirect_leads_nobody_elsewhere_and_a_client_that_followed_would_be_caught() -> None:
    async def run() -> tuple[list[bytes], list[bytes], list[bytes]]:
        heard: list[bytes] = []
        asked: list[bytes] = []
        ok = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
        async with _listening(VICTIM, ok, heard) as port:
            there = _redirect(f"http://{VICTIM}:{port}/admin?delete=1")
            async with _listening(DEVICE, there, asked) as device:
                await http.look(Host(DEVICE, "net", ports={"http": device, "https": 1}), _wire())
                ours = list(heard)
                with requests.Session() as session:
                    await asyncio.to_thread(session.get, f"http://{DEVICE}:{device}/", timeout=5)
        return asked, ours, heard

    asked, ours, theirs = asyncio.run(run())
    assert len(asked) == 2
    assert ours == []
    assert len(theirs) == 1


@pytest.mark.parametrize(
    "form", ["http://{ip}:{port}/d.xml", "http://0x7f.3:{port}/d.xml", "http://localhost:{port}/d.xml"]
)
def test_a_description_elsewhere_is_left_and_one_at_home_is_read(form: str) -> None:
    async def run(ip: str) -> list[bytes]:
        heard: list[bytes] = []
        async with _listening(ip, b"HTTP/1.0 200 OK\r\n\r\n<root/>", heard) as port:
            location = form.format(ip=ip, port=port)
            loop = asyncio.get_running_loop()
            transport, _ = await loop.create_datagram_endpoint(lambda: _Searched(location), (DEVICE, 0))
            try:
                search = transport.get_extra_info("sockname")[1]
                found = await ssdp.look(Host(DEVICE, "net", ports={"ssdp": search}), _wire())
            finally:
                transport.close()
        assert ("server", "x") in {(e.key, e.value) for e in found}
        return heard

    assert asyncio.run(run(VICTIM)) == []
    if "{ip}" in form:  # the control: the same description on the device itself is fetched
        assert len(asyncio.run(run(DEVICE))) == 1
