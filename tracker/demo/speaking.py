"""The simulated devices' servers: HTTP, HTTPS, SSH, SNMP, mDNS and SSDP on loopback addresses and mapped ports."""

from __future__ import annotations

import asyncio
import ssl
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from typing_extensions import override
from zeroconf._dns import DNSPointer, DNSService, DNSText
from zeroconf._protocol.incoming import DNSIncoming
from zeroconf._protocol.outgoing import DNSOutgoing
from zeroconf.const import _CLASS_IN, _FLAGS_AA, _FLAGS_QR_RESPONSE, _TYPE_PTR, _TYPE_SRV, _TYPE_TXT

from tracker.demo.agent import Agent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from tracker.demo.devices import Simulated, Upnp

SERVICES = ("snmp", "http", "https", "ssh", "mdns", "ssdp")
CLAIMED = "127.77.0.1"
"""No device has this address."""
LOWEST, HIGHEST = 20_000, 30_000
_META = "_services._dns-sd._udp.local."
_TTL = 120


class PortsTakenError(Exception):
    """Something else on this machine listens where the devices should."""


def ports_from(first: int) -> dict[str, int]:
    """Six neighbouring ports, one a service."""
    return {service: first + place for place, service in enumerate(SERVICES)}


def page(device: Simulated) -> bytes:
    """What the device's web server answers to anything but its description."""
    web = device.web
    title = escape(web.title) if web else ""
    body = f"<!doctype html><title>{title}</title>".encode()
    head = ["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", "Content-Type: text/html", "Connection: close"]
    if web and web.realm:
        head[0] = "HTTP/1.1 401 Unauthorized"
        head.append(f'WWW-Authenticate: Digest realm="{web.realm}", nonce="0", qop="auth"')
    if web and web.server:
        head.append(f"Server: {web.server}")
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def description(upnp: Upnp) -> bytes:
    """The UPnP device description over HTTP."""
    fields = {
        "deviceType": upnp.kind,
        "friendlyName": upnp.name,
        "manufacturer": upnp.maker,
        "modelName": upnp.model,
        "serialNumber": upnp.serial,
    }
    inside = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in fields.items() if value)
    body = (
        f'<?xml version="1.0"?><root xmlns="urn:schemas-upnp-org:device-1-0"><device>{inside}</device></root>'
    )
    data = body.encode()
    return f"HTTP/1.1 200 OK\r\nContent-Length: {len(data)}\r\nConnection: close\r\n\r\n".encode() + data


def found_me(upnp: Upnp, ip: str, port: int) -> bytes:
    """The answer to a search (UPnP Device Architecture 2.0, 1.3.3)."""
    lines = (
        "HTTP/1.1 200 OK",
        f"LOCATION: http://{ip}:{port}/description.xml",
        f"SERVER: Linux/4.9 UPnP/1.0 {upnp.maker}/1.0",
        f"ST: {upnp.kind}",
        f"USN: uuid:{ip}::{upnp.kind}",
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _txt(pairs: dict[str, str]) -> bytes:
    strings = [f"{key}={value}".encode()[:255] for key, value in pairs.items() if key != "instance"]
    return b"".join(bytes([len(one)]) + one for one in strings) or b"\x00"


def mdns_answer(device: Simulated, datagram: bytes) -> bytes | None:
    """The answer to a unicast query, None when there is nothing to say."""
    query = DNSIncoming(datagram)
    if not query.valid or not query.is_query():
        return None
    out = DNSOutgoing(_FLAGS_QR_RESPONSE | _FLAGS_AA, multicast=False)
    said = False
    host = f"{device.hostname or device.mac.replace(':', '')}.local."
    for question in query.questions:
        for kind, pairs in device.services.items():
            type_, instance = f"{kind}.local.", f"{pairs['instance']}.{kind}.local."
            records: list[Any] = []
            if question.name.lower() == _META:
                records = [DNSPointer(_META, _TYPE_PTR, _CLASS_IN, _TTL, type_)]
            elif question.name == type_:
                records = [DNSPointer(type_, _TYPE_PTR, _CLASS_IN, _TTL, instance)]
            if question.name in {type_, instance}:
                records += [
                    DNSService(instance, _TYPE_SRV, _CLASS_IN, _TTL, 0, 0, 80, host),
                    DNSText(instance, _TYPE_TXT, _CLASS_IN, _TTL, _txt(pairs)),
                ]
            for record in records:
                out.add_answer_at_time(record, 0)
                said = True
    return out.packets()[0] if said else None


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, answer: Callable[[bytes], bytes | None]) -> None:
        self._answer = answer
        self._transport: asyncio.DatagramTransport | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    @override
    def datagram_received(self, data: bytes, addr: Any) -> None:
        said = self._answer(data)
        if said is not None and self._transport is not None:
            self._transport.sendto(said, addr)


def _certificate(folder: Path, subject: str) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name.from_rfc4514_string(subject)
    now = datetime.now(UTC)  # noqa: TID251 -- a certificate is made for the machine's own time
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365))
        .sign(key, hashes.SHA256())
    )
    file = folder / "device.pem"
    file.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    file.unlink()
    return context


async def _web(device: Simulated, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        request = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
        asked = request.split(b" ")[1:2]
        is_description = device.upnp is not None and asked == [b"/description.xml"]
        writer.write(description(device.upnp) if is_description and device.upnp else page(device))
        await writer.drain()
    writer.close()


async def _shell(device: Simulated, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        writer.write(f"{device.ssh}\r\n".encode())
        await writer.drain()
    writer.close()


class Devices:
    """The servers of all devices, on an event loop in a thread of their own, until `close`."""

    def __init__(self, devices: Iterable[Simulated], ports: dict[str, int], folder: Path) -> None:
        """Raises PortsTakenError: a port is taken; nothing is left listening."""
        self._devices = [device for device in devices if device.answers]
        self._ports = ports
        self._folder = folder
        self._open: list[asyncio.Server | asyncio.DatagramTransport] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        try:
            asyncio.run_coroutine_threadsafe(self._listen_all(), self._loop).result()
        except OSError as error:
            self.close()
            raise PortsTakenError from error

    async def _listen_all(self) -> None:
        # Whoever holds this port has all six, on every address: two demos never answer for each other.
        claim = await asyncio.start_server(lambda _r, w: w.close(), CLAIMED, self._ports["http"])
        self._open.append(claim)
        for device in self._devices:
            await self._listen(device)

    async def _tcp(
        self, device: Simulated, service: str, serve: Any, tls: ssl.SSLContext | None = None
    ) -> None:
        handler = partial(serve, device)
        self._open.append(await asyncio.start_server(handler, device.ip, self._ports[service], ssl=tls))

    async def _udp(self, device: Simulated, service: str, answer: Callable[[bytes], bytes | None]) -> None:
        transport, _ = await self._loop.create_datagram_endpoint(
            lambda: _Datagrams(answer), local_addr=(device.ip, self._ports[service])
        )
        self._open.append(transport)

    async def _listen(self, device: Simulated) -> None:
        if device.web is not None or device.upnp is not None:
            await self._tcp(device, "http", _web)
        if device.web is not None and device.web.secure:
            await self._tcp(device, "https", _web, _certificate(self._folder, device.web.secure))
        if device.ssh:
            await self._tcp(device, "ssh", _shell)
        if device.snmp is not None:
            await self._udp(device, "snmp", Agent(device.snmp).answer)
        if device.services:
            await self._udp(device, "mdns", partial(mdns_answer, device))
        if device.upnp is not None:
            said = found_me(device.upnp, device.ip, self._ports["http"])
            await self._udp(device, "ssdp", lambda data: said if data.startswith(b"M-SEARCH") else None)

    async def _end(self) -> None:
        for one in self._open:
            one.close()

    def close(self) -> None:
        """Stop listening."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(timeout=5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)
        self._loop.close()
