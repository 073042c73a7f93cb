"""Devices that attack who asks them. Run inside a lab host, with a file to touch when all listens:
``python -m tests.lab.hostile strings FIRST_IP READY`` or ``... tarpit IP READY``.

`strings`: one address a payload, which says it on every channel that we read. `tarpit`: five addresses on which the
ports drip, flood without end, swell, and hold.
"""

from __future__ import annotations

import asyncio
import gzip
import ssl
import struct
import sys
import tempfile
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.name import _ASN1Type
from typing_extensions import override

from tests.lab.payloads import NOISE, PAYLOADS, as_bytes, one_line
from tracker.demo.agent import Agent
from tracker.demo.devices import Simulated, Snmp
from tracker.demo.speaking import mdns_answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.x509 import GeneralName

_SYSTEM, _ENTITY = "1.3.6.1.2.1.1", "1.3.6.1.2.1.47.1.1.1.1"
_LABEL = 60
"""A DNS label is at most 63 bytes."""
TARPITS = 5
"""Addresses of the tarpit, from its first on."""
TURTLE_S = 0.3
"""Seconds between two bytes of what drips."""


def text_of(payload: str | bytes) -> str:
    return as_bytes(payload).decode("utf-8", "replace")


class _Agent(Agent):
    """SNMP: the payload in every text we ask for."""

    def __init__(self, said: bytes) -> None:
        super().__init__(Snmp("x", "9.1.1208", "x"))
        texts = (*(f"{_SYSTEM}.{n}.0" for n in (1, 5, 6)), *(f"{_ENTITY}.{c}.1" for c in (2, 11, 12, 13)))
        self._objects = {
            f"{_SYSTEM}.2.0": ("oid", "1.3.6.1.4.1.9.1.1208"),
            f"{_ENTITY}.5.1": ("number", 3),
            **dict.fromkeys(texts, ("text", said)),  # type: ignore[dict-item]
        }
        self._ordered = sorted(self._objects, key=lambda oid: tuple(map(int, oid.split("."))))


def _certificate(payload: str | bytes) -> ssl.SSLContext:
    """A certificate whose subject, issuer and names are the payload."""
    key = ec.generate_private_key(ec.SECP256R1())
    common = x509.NameAttribute(
        x509.NameOID.COMMON_NAME, text_of(payload), _ASN1Type.UTF8String, _validate=False
    )
    name = x509.Name([common])
    plain = text_of(payload).encode("ascii", "replace").decode()
    names: list[GeneralName] = [x509.UniformResourceIdentifier(plain), x509.DNSName(plain)]
    now = datetime.now(UTC)  # noqa: TID251 -- a certificate is made for the machine's own time
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile() as file:
        file.write(made.public_bytes(serialization.Encoding.PEM))
        file.write(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        file.flush()
        context.load_cert_chain(file.name)
    return context


def _page(payload: str | bytes) -> bytes:
    said = one_line(payload)
    body = b"<title>" + as_bytes(payload) + b"</title>"
    return (
        b"HTTP/1.1 401 Unauthorized\r\nServer: "
        + said
        + b'\r\nWWW-Authenticate: Basic realm="'
        + said
        + b'"\r\n'
        b"Location: " + said + b"\r\nSet-Cookie: " + said + b"=1\r\n"
        b"Content-Length: " + str(len(body)).encode() + b"\r\nConnection: close\r\n\r\n" + body
    )


def _description(payload: str | bytes) -> bytes:
    said = escape("".join(c for c in text_of(payload) if c.isprintable() or c in "\t\n\r"))
    names = ("deviceType", "friendlyName", "manufacturer", "modelName", "modelNumber", "serialNumber")
    fields = "".join(f"<{name}>{said}</{name}>" for name in names)
    body = f"<root xmlns='urn:schemas-upnp-org:device-1-0'><device>{fields}</device></root>".encode()
    return b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body


def _found_me(payload: str | bytes, ip: str) -> bytes:
    said = one_line(payload)
    head = b"HTTP/1.1 200 OK\r\nLOCATION: http://" + ip.encode() + b"/description.xml\r\n"
    return head + b"SERVER: " + said + b"\r\nST: " + said + b"\r\nUSN: " + said + b"\r\n\r\n"


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, answer: Callable[[bytes], list[bytes]]) -> None:
        self._answer = answer
        self._transport: Any = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    @override
    def datagram_received(self, data: bytes, addr: Any) -> None:
        for said in self._answer(data):
            self._transport.sendto(said, addr)


async def udp(ip: str, port: int, answer: Callable[[bytes], list[bytes]]) -> None:
    """Answer datagrams to a port."""
    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(lambda: _Datagrams(answer), local_addr=(ip, port))


def _node_status(payload: str | bytes, asked: bytes) -> bytes:
    """NetBIOS node status with one name (RFC 1002, 4.2.18)."""
    name = one_line(payload)[:15].ljust(15) + b"\0" + struct.pack(">H", 0x0400)
    data = b"\1" + name + bytes(46)
    head = asked[:2] + struct.pack(">HHHHH", 0x8400, 0, 1, 0, 0) + asked[12:46]
    return head + struct.pack(">HHIH", 0x21, 1, 0, len(data)) + data


def _some(said: bytes | None) -> list[bytes]:
    return [] if said is None else [said]


async def _web(payload: str | bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError, TimeoutError, asyncio.IncompleteReadError):
        asked = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
        writer.write(_description(payload) if b"/description.xml" in asked else _page(payload))
        await writer.drain()
    writer.close()


async def _shell(payload: str | bytes, _reader: object, writer: asyncio.StreamWriter) -> None:
    writer.write(b"SSH-2.0-" + one_line(payload) + b"\r\n")
    writer.close()


async def say(ip: str, payload: str | bytes) -> None:
    """Say the payload on every channel of one address."""
    cut = text_of(payload).encode()[:_LABEL].decode("utf-8", "ignore")
    device = Simulated(
        "stadshuset", 0, "", hostname=cut, services={"_http._tcp": {"instance": cut, "md": text_of(payload)}}
    )
    agent = _Agent(as_bytes(payload))
    found = _found_me(payload, ip)
    await udp(ip, 161, lambda data: _some(agent.answer(data)))
    await udp(ip, 5353, lambda data: _some(mdns_answer(device, data)))
    await udp(ip, 1900, lambda _: [found])
    await udp(ip, 137, lambda data: [_node_status(payload, data)])
    await asyncio.start_server(partial(_web, payload), ip, 80)
    await asyncio.start_server(partial(_web, payload), ip, 443, ssl=_certificate(payload))
    await asyncio.start_server(partial(_shell, payload), ip, 22)


async def _drip(_reader: object, writer: asyncio.StreamWriter) -> None:
    """A header that never ends, a byte at a time."""
    with suppress(OSError):
        writer.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while True:
            writer.write(b"z")
            await writer.drain()
            await asyncio.sleep(TURTLE_S)


async def _hold(_reader: object, writer: asyncio.StreamWriter) -> None:
    """Take the connection and say nothing, also not in TLS."""
    await asyncio.sleep(600)
    writer.close()


async def _flood(first: bytes, _reader: object, writer: asyncio.StreamWriter) -> None:
    """As much as the other side takes, for ever."""
    with suppress(OSError):
        writer.write(first)
        while True:
            writer.write(NOISE)
            await writer.drain()


async def _bomb(_reader: object, writer: asyncio.StreamWriter) -> None:
    """300 MB in 300 kB."""
    with suppress(OSError):
        body = gzip.compress(bytes(300_000_000), 9)
        head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
    writer.close()


_LAUGHS = (
    b"HTTP/1.1 200 OK\r\n\r\n<!DOCTYPE l [<!ENTITY a 'ha'>"
    + b"".join(b"<!ENTITY %c '%s'>" % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
    + b"]><root><device><friendlyName>&j;</friendlyName></device></root>"
)


async def _laugh(_reader: object, writer: asyncio.StreamWriter) -> None:
    writer.write(_LAUGHS)
    writer.close()


def _names(data: bytes) -> list[bytes]:
    """Thousands of instances for each question."""
    many = {f"_s{n}._tcp": {"instance": f"flood-{n}-" + "x" * 30, "md": "y" * 200} for n in range(60)}
    said = mdns_answer(Simulated("stadshuset", 0, "", services=many), data)
    return [] if said is None else [said[:9000]] * 100


async def hold(ip: str) -> None:
    """The tarpit's five addresses: `ip` drips, the next flood, swell, and hold; one way each, so that they stall side by side.

    What one host that stalls on every port costs is measured in `tests/discovery/test_tarpits.py`.
    """
    flood, swell, hold_tls, hold_shell = (str(ip_address(ip) + number) for number in range(1, TARPITS))
    await udp(ip, 161, lambda _: [])
    await asyncio.start_server(_drip, ip, 80)
    await asyncio.start_server(_hold, hold_tls, 443)
    await asyncio.start_server(_hold, hold_shell, 22)
    endless = f"HTTP/1.1 200 OK\r\nLOCATION: http://{flood}:8080/d.xml\r\nSERVER: ".encode()
    await udp(flood, 161, lambda data: [data, NOISE[:60_000], b"\x30\x84\xff\xff\xff\xff"] * 20)
    await udp(flood, 5353, _names)
    await udp(flood, 1900, lambda _: [endless + NOISE[:60_000]] * 50)
    await asyncio.start_server(partial(_flood, b"HTTP/1.1 200 OK\r\n\r\n<title>"), flood, 80)
    await asyncio.start_server(partial(_flood, b"SSH-"), flood, 22)
    await asyncio.start_server(partial(_flood, b"HTTP/1.1 200 OK\r\n\r\n<root>"), flood, 8080)
    said = f"HTTP/1.1 200 OK\r\nLOCATION: http://{swell}:8080/d.xml\r\n\r\n".encode()
    agent = _Agent(NOISE[:60_000])
    await udp(swell, 161, lambda data: _some(agent.answer(data)))
    await udp(swell, 1900, lambda _: [said])
    await asyncio.start_server(_bomb, swell, 80)
    await asyncio.start_server(_laugh, swell, 8080)


def addresses(first: str) -> list[str]:
    """The address of each payload."""
    start = ip_address(first)
    return [str(start + number) for number in range(len(PAYLOADS))]


def noisy(first: str) -> str:
    """The address of one who asked for a lease with noise, and sleeps."""
    return str(ip_address(first) + len(PAYLOADS))


async def _main(kind: str, first: str, ready: Path) -> None:
    if kind == "tarpit":
        await hold(first)
    else:
        for ip, payload in zip(addresses(first), PAYLOADS, strict=True):
            await say(ip, payload)
    ready.touch()  # noqa: ASYNC240 -- one empty file, before anyone is served
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1], sys.argv[2], Path(sys.argv[3])))
