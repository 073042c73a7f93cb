"""Agents that answer with broken, endless or foreign frames: nothing they send ends a survey or passes the plan."""

from __future__ import annotations

import asyncio
import random
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from discovery.asking import Host, SnmpLogin
from discovery.coverage import Coverage, MethodState
from discovery.pacing import Pacer
from discovery.plan import Here, plan
from discovery.probes import snmp
from discovery.scope import Scope
from discovery.settings import DiscoverySettings
from discovery.survey import Run, survey
from discovery.sweeps import Stop
from discovery.wire import AsyncWire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from discovery.lines import Line

pytestmark = pytest.mark.wire

NOW = datetime(2026, 11, 23, 2, 15, tzinfo=UTC)
NETWORK = {"name": "lan", "cidr": "127.0.0.1/32"}
LOGINS = {
    "v1": SnmpLogin("1", "public"),
    "v2c": SnmpLogin("2c", "public"),
    "v3": SnmpLogin("3", "ek", "SHA-256", "authpassw0rd", "AES-128", "privpassw0rd"),
}
ENGINE = bytes.fromhex("80001f888001020304050607")
VALUES = [
    bytes.fromhex(value)
    for value in (
        "040568656c6c6f",
        "020105",
        "06082b06010401090101",
        "4104ffffffff",
        "40040a000001",
        "8000",
        "8200",
    )
]


def _tlv(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    length = bytes([len(body)]) if len(body) < 128 else b"\x82" + len(body).to_bytes(2, "big")
    return bytes([tag]) + length + body


def _int(value: int) -> bytes:
    return _tlv(2, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def _row(oid: str, value: bytes) -> bytes:
    return _tlv(0x30, _tlv(6, bytes.fromhex(oid)), value)


def _first_int(frame: bytes, at: int) -> bytes:
    return frame[at : at + 2 + frame[at + 1]]


def _answer(request: bytes, rows: list[bytes]) -> bytes:
    """A response to a v1 or v2c request, its number taken over."""
    start = 2 if request[1] < 0x80 else 2 + (request[1] & 0x7F)
    version = _first_int(request, start)
    at = start + len(version) + 2 + len(b"public")
    at += 2 if request[at + 1] < 0x80 else 2 + (request[at + 1] & 0x7F)
    number = _first_int(request, at)
    pdu = _tlv(0xA2, number, _int(0), _int(0), _tlv(0x30, *rows))
    return _tlv(0x30, version, _tlv(4, b"public"), pdu)


def _report(request: bytes) -> bytes:
    """A v3 report that tells the engine's id (RFC 3414, section 4)."""
    at = request.index(b"\x02\x01\x03") + 3
    number = _first_int(request, at + 2)
    security = _tlv(0x30, _tlv(4, ENGINE), _int(5), _int(1000), _tlv(4), _tlv(4), _tlv(4))
    pdu = _tlv(0xA8, _int(1), _int(0), _int(0), _tlv(0x30, _row("2b060106030f01010400", b"\x41\x01\x05")))
    about = _tlv(0x30, number, _int(65_507), _tlv(4, b"\x00"), _int(3))
    return _tlv(0x30, _int(3), about, _tlv(4, security), _tlv(0x30, _tlv(4, ENGINE), _tlv(4), pdu))


class _Agent(asyncio.DatagramProtocol):
    def __init__(self, answer: Callable[[bytes], bytes]) -> None:
        self.answer = answer
        self.heard = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.heard += 1
        self.transport.sendto(self.answer(data), addr)  # type: ignore[attr-defined]


@asynccontextmanager
async def _agent(answer: Callable[[bytes], bytes]) -> AsyncIterator[tuple[int, _Agent]]:
    loop = asyncio.get_running_loop()
    transport, agent = await loop.create_datagram_endpoint(
        lambda: _Agent(answer), local_addr=("127.0.0.1", 0)
    )
    try:
        yield transport.get_extra_info("sockname")[1], agent
    finally:
        transport.close()


def _wire() -> AsyncWire:
    cidrs = DiscoverySettings.from_document({"networks": [NETWORK]}).networks[0].cidrs
    return AsyncWire(Scope(cidrs), Pacer(100_000, 1000))


def _host(port: int, *logins: SnmpLogin) -> Host:
    return Host("127.0.0.1", "lan", ports={"snmp": port}, logins=logins)


CUT_IN_A_LENGTH = ["3081", "3082", "308201", "30020281"]


@pytest.mark.parametrize("frame", CUT_IN_A_LENGTH)
@pytest.mark.parametrize("version", LOGINS)
def test_a_frame_cut_within_a_length_is_no_answer(version: str, frame: str) -> None:
    """The SNMP library's compiled core panics on these, and a panic is no Exception: two octets ended whole surveys."""

    async def run() -> None:
        async with _agent(lambda _: bytes.fromhex(frame)) as (port, agent):
            assert await snmp.look(_host(port, LOGINS[version]), _wire()) == []
            assert agent.heard

    asyncio.run(run())


def test_the_library_does_panic_on_them() -> None:
    """The control: when this fails, the library has been mended, and the catch in `discovery.snmp_session` may go."""
    from gufo.snmp.aio import SnmpSession

    async def run() -> None:
        async with _agent(lambda _: bytes.fromhex("3082")) as (port, _):
            await SnmpSession("127.0.0.1", port, timeout=1).get("1.3.6.1.2.1.1.5.0")

    with pytest.raises(BaseException, match="out of bounds") as caught:
        asyncio.run(run())
    assert not isinstance(caught.value, Exception)


def test_one_such_agent_does_not_end_a_survey() -> None:
    async def page(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    async def run() -> Coverage:
        server = await asyncio.start_server(page, "127.0.0.1", 0)
        async with _agent(lambda _: b"\x30\x82") as (port, agent):
            ports = {"snmp": port, "http": server.sockets[0].getsockname()[1]}
            settings = DiscoverySettings.from_document(
                {"networks": [{**NETWORK, "ports": ports}], "snmp": {"communities": ["public"]}}
            )
            lines: list[Line] = []
            await survey(Run(settings, "s", "o", lambda: NOW, Stop(), lines.append), settings.networks)
            assert agent.heard == 2, "asked as v2c and as v1"
        server.close()
        return next(line for line in lines if isinstance(line, Coverage))

    coverage = asyncio.run(run())
    assert not coverage.broken
    method = next(m for m in coverage.methods if m.name == "snmp")
    assert (method.state, method.targets, method.answered) == (MethodState.DONE, 1, 0)


def _mutated(frame: bytes, chance: random.Random) -> bytes:
    changed = bytearray(frame)
    for _ in range(chance.choice((1, 1, 2, 3, 5))):
        at = chance.randrange(len(changed) or 1)
        how = chance.randrange(4)
        if how == 0:
            changed[at : at + 1] = bytes(
                [chance.choice((0, 2, 4, 6, 0x30, 0x7F, 0x80, 0x81, 0x82, 0x84, 0x88, 0xFF))]
            )
        elif how == 1:
            changed[at : at + 1] = chance.randbytes(1)
        elif how == 2:
            del changed[at : at + chance.randrange(1, 6)]
        else:
            changed[at:at] = chance.randbytes(chance.randrange(1, 6))
    return bytes(changed)


@pytest.mark.parametrize("version", LOGINS)
def test_whatever_an_agent_makes_of_its_frames_nothing_is_raised(
    version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """1,500 mutated answers in all, seeded; the control above shows that some of them are of the worst kind."""
    chance = random.Random(version)  # noqa: S311 -- reproducible noise
    monkeypatch.setattr("discovery.wire.SNMP_WAIT", 0.02)
    sent: list[bytes] = []

    def answer(request: bytes) -> bytes:
        if version == "v3":
            whole = _report(request)
        else:
            rows = [_row("2b06010201010500", chance.choice(VALUES)) for _ in range(chance.randrange(6))]
            whole = _answer(request, rows)
        sent.append(_mutated(whole, chance))
        return sent[-1]

    async def run() -> float:
        worst = 0.0
        async with _agent(answer) as (port, _):
            while len(sent) < 500:
                began = time.monotonic()
                found = await snmp.look(_host(port, LOGINS[version]), _wire())
                assert all(e.value.isprintable() for e in found)
                worst = max(worst, time.monotonic() - began)
        return worst

    worst = asyncio.run(run())
    print(f"{version}: {len(sent)} mutated answers, worst look {worst * 1000:.0f} ms")
    assert worst < 5


def test_an_agent_that_gives_one_useless_row_at_a_time_stays_within_the_plan() -> None:
    """Rows without end, in order and of a kind that is not kept: each costs a packet, so they are counted."""
    turn = 0

    def answer(request: bytes) -> bytes:
        nonlocal turn
        turn += 1
        system = bytes.fromhex("2b06010201010500")
        if system in request:
            return _answer(request, [_row("2b06010201010500", b"\x04\x02sw")])
        column = "2b060102012f0101010105" + bytes([0x81, turn % 128]).hex() + f"{turn % 128:02x}"
        return _answer(request, [_row(column, b"\x44\x07\x9f\x78\x04\x42\xf6\x00\x00")])

    async def run() -> int:
        async with _agent(answer) as (port, agent):
            wire = _wire()
            await snmp.look(_host(port, LOGINS["v2c"]), wire)
            assert agent.heard == wire.sent["127.0.0.1"]
            return agent.heard

    settings = DiscoverySettings.from_document({"networks": [NETWORK], "snmp": {"communities": ["public"]}})
    planned = sum(p.packets for p in plan(settings, settings.networks, Here()) if p.method == "snmp")
    packets = asyncio.run(run())
    assert 60 < packets <= planned, "the rows did come one by one"
