"""The one door against servers that stall, drip, lie and flood: nothing holds it, nothing passes it unpaced."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from ipaddress import ip_network
from typing import TYPE_CHECKING

import pytest

from discovery.asking import Host, SnmpLogin
from discovery.errors import OutOfScopeError
from discovery.pacing import Pacer
from discovery.probes import http, snmp, ssdp, ssh
from discovery.scope import Scope
from discovery.wire import CONNECT_PACKETS, AsyncWire
from tests.discovery.serving import serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from discovery.asking import Wire
    from tests.discovery.serving import Serve

pytestmark = pytest.mark.wire

LOOPBACK = ip_network("127.0.0.0/8")


def _wire(rate: float = 10_000, host_rate: float = 1000, never: str | None = None) -> AsyncWire:
    return AsyncWire(Scope([LOOPBACK], [ip_network(never)] if never else []), Pacer(rate, host_rate))


def _host(**ports: int) -> Host:
    return Host("127.0.0.1", "net", ports=ports, logins=(SnmpLogin("2c", "public"),))


class _Answering(asyncio.DatagramProtocol):
    def __init__(self, answers: Callable[[bytes], list[bytes]]) -> None:
        self._answers = answers
        self.heard: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.heard.append(data)
        for answer in self._answers(data):
            self.transport.sendto(answer, addr)  # type: ignore[attr-defined]


@asynccontextmanager
async def _datagrams(answers: Callable[[bytes], list[bytes]]) -> AsyncIterator[tuple[int, _Answering]]:
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.create_datagram_endpoint(
        lambda: _Answering(answers), local_addr=("127.0.0.1", 0)
    )
    try:
        yield transport.get_extra_info("sockname")[1], protocol
    finally:
        transport.close()


async def _drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.05)
    except OSError:
        pass


async def _flood(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            writer.write(b"x" * 65_536)
            await writer.drain()
    except OSError:
        pass


async def _silence(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read(-1)


async def _read_all(wire: Wire, host: Host, port: int, **how: float) -> bytes:
    async with wire.converse(host, port, **how) as talk:  # type: ignore[arg-type]
        assert talk is not None
        data = b""
        while more := await talk.receive():
            data += more
        return data


@pytest.mark.parametrize("serve", [_drip, _silence])
def test_a_server_that_stalls_is_left_at_the_deadline(serve: Serve) -> None:
    async def run() -> float:
        async with serving(serve) as port:
            began = time.monotonic()
            await _read_all(_wire(), _host(), port, deadline=0.5)
            return time.monotonic() - began

    assert 0.4 < asyncio.run(run()) < 1.5


def test_a_server_that_floods_is_read_to_the_cap() -> None:
    async def run() -> bytes:
        async with serving(_flood) as port:
            return await _read_all(_wire(), _host(), port, deadline=5, cap=100_000)

    assert len(asyncio.run(run())) == 100_000


def test_a_tls_server_that_never_says_hello_is_left_at_the_deadline() -> None:
    async def run() -> float:
        async with serving(_silence) as port:
            began = time.monotonic()
            async with _wire().converse(_host(), port, tls=True, deadline=0.5) as talk:
                assert talk is None
            return time.monotonic() - began

    assert asyncio.run(run()) < 1.5


def test_a_closed_port_is_no_conversation() -> None:
    async def run() -> None:
        async with serving(_silence) as port:
            pass
        async with _wire().converse(_host(), port, deadline=1) as talk:
            assert talk is None

    asyncio.run(run())


def test_the_probes_come_back_from_a_tarpit() -> None:
    def tarpit(first: bytes) -> Serve:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(first)
            await _drip(reader, writer)

        return serve

    async def run() -> float:
        async with (
            serving(tarpit(b"HTTP/1.1 200 OK\r\nServer: tarpit\r\n")) as page,
            serving(tarpit(b"SSH-2.0-tarpit")) as shell,
        ):
            host, wire = _host(http=page, https=1, ssh=shell), _wire()
            began = time.monotonic()
            await asyncio.gather(http.look(host, wire), ssh.look(host, wire))
            return time.monotonic() - began

    assert 3 < asyncio.run(run()) < 9


def test_datagrams_are_taken_up_to_their_number() -> None:
    async def run() -> list[bytes]:
        async with _datagrams(lambda _: [b"1", b"2", b"3", b"4"]) as (port, _):
            return await _wire().ask(_host(), port, b"?", wait=1, most=3)

    assert len(asyncio.run(run())) in {3, 4}


def test_an_unreachable_udp_port_is_an_empty_answer_at_once() -> None:
    async def run() -> float:
        async with _datagrams(lambda _: []) as (port, _):
            pass
        began = time.monotonic()
        assert await _wire().ask(_host(), port, b"?", wait=5) == []
        return time.monotonic() - began

    assert asyncio.run(run()) < 2


@pytest.mark.parametrize("answer", [b"", b"\x30", b"\x30\x84\xff\xff\xff\xff", b"\x00" * 5000])
def test_an_agent_that_answers_nonsense_gives_no_evidence_in_time(answer: bytes) -> None:
    async def run() -> float:
        async with _datagrams(lambda _: [answer]) as (port, agent):
            began = time.monotonic()
            assert await snmp.look(_host(snmp=port), _wire()) == []
            assert agent.heard
            return time.monotonic() - began

    assert asyncio.run(run()) < 6


@pytest.mark.parametrize("target", ["10.0.0.1", "127.0.0.66"])
def test_nothing_leaves_for_an_address_out_of_scope(target: str) -> None:
    async def run() -> AsyncWire:
        wire = _wire(never="127.0.0.66/32")
        host = Host(target, "net", logins=(SnmpLogin("2c", "public"),))
        for look in (http.look, snmp.look, ssdp.look, ssh.look):
            with pytest.raises(OutOfScopeError):
                await look(host, wire)
        with pytest.raises(OutOfScopeError):
            await wire.opens(target, 80, wait=0.1)
        return wire

    assert not asyncio.run(run()).sent


@pytest.mark.parametrize("port", [515, 9100, 9107])
def test_no_connection_is_opened_to_a_printers_raw_port(port: int) -> None:
    async def run() -> None:
        with pytest.raises(OutOfScopeError):
            await _wire().opens("127.0.0.1", port, wait=0.1)
        with pytest.raises(OutOfScopeError):
            async with _wire().converse(_host(), port):
                pass

    asyncio.run(run())


def test_a_description_on_a_raw_port_is_not_fetched_and_the_rest_is_kept() -> None:
    said = b"HTTP/1.1 200 OK\r\nSERVER: x UPnP/1.0\r\nLOCATION: http://127.0.0.1:9100/d.xml\r\n\r\n"

    async def run() -> list[str]:
        async with _datagrams(lambda _: [said]) as (port, _):
            return [e.value for e in await ssdp.look(_host(ssdp=port), _wire())]

    assert asyncio.run(run()) == ["x UPnP/1.0"]


def test_every_packet_is_paced_and_counted() -> None:
    async def run() -> tuple[float, AsyncWire]:
        wire = _wire(host_rate=20)
        async with _datagrams(lambda _: [b"!"]) as (port, _):
            began = time.monotonic()
            for _ in range(9):
                await wire.ask(_host(), port, b"?")
            return time.monotonic() - began, wire

    took, wire = asyncio.run(run())
    assert took >= 8 / 20 - 0.02
    assert wire.sent == {"127.0.0.1": 9}


def test_a_connection_counts_as_the_packets_it_takes() -> None:
    async def run() -> AsyncWire:
        wire = _wire()
        async with serving(_silence) as port, wire.converse(_host(), port, deadline=0.2):
            pass
        return wire

    assert asyncio.run(run()).sent["127.0.0.1"] == CONNECT_PACKETS


def test_open_refused_and_silent_are_told_apart() -> None:
    async def run() -> list[str]:
        wire = _wire()
        async with serving(_silence) as port:
            states = [await wire.opens("127.0.0.1", port, wait=1)]
        return [*states, await wire.opens("127.0.0.1", port, wait=1)]

    assert asyncio.run(run()) == ["open", "refused"]
