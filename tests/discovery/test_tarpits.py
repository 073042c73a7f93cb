"""Hosts that stall, drip, stream and lie on every port at once: each costs its deadlines and no memory, the others nothing."""

from __future__ import annotations

import asyncio
import gzip
import ssl
import time
import tracemalloc
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from discovery.asking import Host, SnmpLogin
from discovery.pacing import Pacer
from discovery.probes import PROBES, http, ssdp, ssh
from discovery.scope import Scope
from discovery.wire import AsyncWire
from tests.discovery.serving import serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from discovery.asking import Conversation

pytestmark = pytest.mark.wire

NOW = datetime(2026, 11, 23, tzinfo=UTC)
HURRY = 0.25
"""Share of each connection's deadline that the test has time for; with whole ones the worst host took 21.0 s."""
MOST_S = HURRY * (2 * http.DEADLINE + 4.0 + 5.0) + 1.5 + 4.0
"""HTTP and HTTPS, SSH and a description; then a search and the other datagram protocols, one after the other."""
MOST_BYTES = 24_000_000
PIECE = b"x" * 65_536


async def _stall(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    while await reader.read(4096):
        pass


async def _forever(writer: asyncio.StreamWriter, piece: bytes, pause: float) -> None:
    while True:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(pause)


async def _drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await _forever(writer, b"x", 0.02)


async def _drip_headers(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    await _forever(writer, b"X-A: b\r\n", 0.02)


async def _endless_banner(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await _forever(writer, PIECE, 0)


async def _endless_body(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n")
    await _forever(writer, PIECE, 0)


PACKED = gzip.compress(b"\0" * 50_000_000)


async def _bomb(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(PACKED))
    writer.write(PACKED)
    await writer.drain()


async def _many_headers(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    await _forever(writer, b"Set-Cookie: a=b\r\n" * 4000, 0)


async def _reset(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


class _Hurried(AsyncWire):
    @asynccontextmanager
    async def converse(self, host: Host, port: int, **how: Any) -> AsyncIterator[Conversation | None]:
        async with super().converse(host, port, **{**how, "deadline": HURRY * how["deadline"]}) as talk:
            yield talk


TARPITS = {
    "stalls": _stall,
    "drips": _drip,
    "drips headers": _drip_headers,
    "endless banner": _endless_banner,
    "10 GB body": _endless_body,
    "gzip bomb": _bomb,
    "endless headers": _many_headers,
    "resets": _reset,
}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """TLS that a tarpit can speak before it begins."""
    folder: Path = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tarpit")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(NOW).not_valid_after(NOW + timedelta(days=3650))
    pem = made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    plain = serialization.NoEncryption()
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    (folder / "both.pem").write_bytes(secret + pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "both.pem")
    return context


class _Lying(asyncio.DatagramProtocol):
    """Answers every datagram with a flood of nonsense and a LOCATION that leads into the tarpit."""

    def __init__(self, ip: str, port: int) -> None:
        self._said = (
            f"HTTP/1.1 200 OK\r\nLOCATION: http://{ip}:{port}/d.xml\r\nSERVER: {'x' * 1400}\r\n\r\n".encode()
        )

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def datagram_received(self, _: bytes, addr: tuple[str, int]) -> None:
        for _number in range(20):
            self.transport.sendto(self._said, addr)  # type: ignore[attr-defined]


async def _host(stack: AsyncExitStack, serve: Any, ip: str, tls: ssl.SSLContext | None) -> Host:
    plain = await stack.enter_async_context(serving(serve, ip))
    # Without a certificate of its own the TLS port is a tarpit already before the handshake.
    secure = await stack.enter_async_context(serving(serve, ip, tls))
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: _Lying(ip, plain), local_addr=(ip, 0))
    stack.callback(transport.close)
    lying = transport.get_extra_info("sockname")[1]
    ports = {"http": plain, "https": secure, "ssh": plain}
    ports |= dict.fromkeys(("snmp", "mdns", "ssdp", "nbns"), lying)
    return Host(ip, "lan", ports=ports, logins=(SnmpLogin("2c", "public"),))


def test_a_tarpit_costs_its_deadlines_and_no_memory_and_no_other_host(certificate: ssl.SSLContext) -> None:
    wire = _Hurried(Scope([ip_network("127.0.0.0/8")]), Pacer(100_000, 1000))
    took: dict[str, float] = {}

    async def look(name: str, host: Host) -> None:
        began = time.monotonic()
        for probe in PROBES:
            await probe.look(host, wire)
        took[name] = time.monotonic() - began

    async def good(ip: str) -> float:
        async def page(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 21\r\n\r\n<title>EK-SW1</title>")
            await writer.drain()

        async with serving(page, ip) as port:
            began = time.monotonic()
            host = Host(ip, "lan", ports={"http": port}, open_ports=frozenset({port}))
            assert [e.value for e in await http.look(host, wire)] == ["EK-SW1"]
            return time.monotonic() - began

    async def run() -> float:
        async with AsyncExitStack() as stack:
            hosts = [
                (
                    f"{name}{' in TLS' if tls else ''}",
                    await _host(stack, serve, f"127.9.7.{number + at * 40}", tls),
                )
                for at, tls in enumerate((None, certificate))
                for number, (name, serve) in enumerate(TARPITS.items(), 1)
            ]
            looking = asyncio.gather(*(look(name, host) for name, host in hosts))
            await asyncio.sleep(0.5)
            among = await good("127.9.7.250")
            await looking
            return among

    tracemalloc.start(1)
    among = asyncio.run(run())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    worst = max(took, key=took.__getitem__)
    print(
        f"tarpits {len(took)}, worst {took[worst]:.1f} s ({worst}), peak {peak / 1e6:.1f} MB traced for all at once,"
        f" a good host among them {among:.2f} s"
    )
    assert len(took) == 2 * len(TARPITS)
    assert took["drips"] > HURRY * http.DEADLINE, "the tarpits did hold the probes until the deadline"
    assert took[worst] < MOST_S
    assert peak < MOST_BYTES
    assert among < 3


def test_a_timeout_for_each_read_would_be_held_by_the_same_drip() -> None:
    """The control: what most clients do has no end here."""

    async def run() -> bool:
        async with serving(_drip, "127.9.7.1") as port:
            reader, writer = await asyncio.open_connection("127.9.7.1", port)

            async def naive() -> None:
                while await asyncio.wait_for(reader.read(1024), 0.3):
                    pass

            try:
                await asyncio.wait_for(naive(), 1.5)
            except TimeoutError:
                return True
            finally:
                writer.transport.abort()
            return False

    assert asyncio.run(run())


@pytest.mark.parametrize(("probe", "service"), [(ssh, "ssh"), (http, "http"), (ssdp, "ssdp")])
def test_a_stop_or_a_cancel_is_heard_in_the_tarpit(probe: Any, service: str) -> None:
    async def run() -> float:
        async with AsyncExitStack() as stack:
            host = await _host(stack, _drip, "127.9.7.9", None)
            assert service in host.ports
            wire = AsyncWire(Scope([ip_network("127.0.0.0/8")]), Pacer(100_000, 1000))
            looking = asyncio.ensure_future(probe.look(host, wire))
            await asyncio.sleep(0.5)
            assert not looking.done()
            began = time.monotonic()
            looking.cancel()
            await asyncio.wait([looking])
            return time.monotonic() - began

    assert asyncio.run(run()) < 0.5
