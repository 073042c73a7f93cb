"""Names out of DNS: asked of the configured servers alone, about addresses in scope alone; what they answer is hostile."""

from __future__ import annotations

import asyncio
import shutil
import socket  # noqa: TID251 -- a free port for a real name server
import struct
import subprocess
import time
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery import reverse_dns
from discovery.coverage import Coverage, Method, MethodState
from discovery.errors import MalformedError, OutOfScopeError
from discovery.evidence import Evidence
from discovery.merge import Found, sightings
from discovery.pacing import Pacer
from discovery.reverse_dns import NameServers, look_up, query, read
from discovery.scope import Scope
from discovery.settings import DiscoverySettings
from discovery.sighting import Sighting
from discovery.survey import Run, survey
from discovery.sweeps import Stop
from discovery.wire import AsyncWire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from discovery.lines import Line

NOW = datetime(2026, 11, 23, 2, 15, tzinfo=UTC)
IP, NUMBER = "10.0.0.5", 0x1234
PTR, CNAME = 12, 5


def _labels(name: str) -> bytes:
    parts = [part for part in name.encode("utf-8").split(b".") if part]
    return b"".join(bytes([len(part)]) + part for part in parts) + b"\x00"


def _answer(
    asked: bytes, *records: tuple[str, int, str], number: int | None = None, flags: int = 0x8580
) -> bytes:
    question = asked[12:]
    body = b""
    for name, kind, target in records:
        data = _labels(target)
        body += _labels(name) + struct.pack(">HHIH", kind, 1, 60, len(data)) + data
    of = struct.unpack(">H", asked[:2])[0] if number is None else number
    return struct.pack(">HHHHHH", of, flags, 1, len(records), 0, 0) + question + body


def _ptr(ip: str, name: str) -> tuple[str, int, str]:
    return (".".join(reversed(ip.split("."))) + ".in-addr.arpa", PTR, name)


ASKED = query(IP, NUMBER)
TOLD = _answer(ASKED, _ptr(IP, "kamera-1.ekbacka.example"))


def test_the_question_is_a_pointer_in_the_reverse_tree() -> None:
    assert ASKED.hex() == ("12340100000100000000000001350130013002313007696e2d61646472046172706100000c0001")
    assert b"\x03ip6\x04arpa" in query("fd00::5", 1)


def test_the_answer_is_the_name_without_its_dot() -> None:
    assert read(TOLD, IP, NUMBER) == "kamera-1.ekbacka.example"


def test_a_delegated_zone_answers_by_way_of_another_name() -> None:
    """RFC 2317: the reverse tree of less than a /24 is a CNAME into the zone of who has it."""
    there = "5.0-127.0.0.10.in-addr.arpa"
    frame = _answer(ASKED, ("5.0.0.10.in-addr.arpa", CNAME, there), (there, PTR, "skrivare.example"))
    assert read(frame, IP, NUMBER) == "skrivare.example"


def test_names_that_point_in_a_circle_end() -> None:
    frame = _answer(ASKED, ("5.0.0.10.in-addr.arpa", CNAME, "x.example"), ("x.example", CNAME, "x.example"))
    assert read(frame, IP, NUMBER) is None


def test_an_unknown_address_has_no_name() -> None:
    assert read(_answer(ASKED, flags=0x8583), IP, NUMBER) is None


def test_the_name_of_another_address_is_not_taken() -> None:
    assert read(_answer(ASKED, _ptr("10.0.0.6", "other.example")), IP, NUMBER) is None


@pytest.mark.parametrize(
    "frame",
    [b"", ASKED, TOLD[:11], TOLD[:20], _answer(ASKED, _ptr(IP, "x.example"), number=NUMBER + 1)],
    ids=["nothing", "a question", "half a header", "half a question", "another question's"],
)
def test_what_is_no_answer_to_the_question_is_malformed(frame: bytes) -> None:
    with pytest.raises(MalformedError):
        read(frame, IP, NUMBER)


@given(at=st.integers(0, len(TOLD) - 1), octets=st.binary(min_size=1, max_size=6), cut=st.integers(0, 200))
def test_a_changed_answer_is_read_or_malformed(at: int, octets: bytes, cut: int) -> None:
    changed = (TOLD[:at] + octets + TOLD[at + len(octets) :])[:cut]
    with suppress(MalformedError):
        assert len(read(changed, IP, NUMBER) or "") <= 253


@given(st.binary(max_size=600))
def test_whatever_comes_nothing_else_is_raised(frame: bytes) -> None:
    with suppress(MalformedError):
        read(struct.pack(">HH", NUMBER, 0x8580) + frame, IP, NUMBER)


@pytest.mark.parametrize(
    ("name", "ip", "made"),
    [
        ("dhcp-10-20-30-5.example", "10.20.30.5", True),
        ("5.30.20.10.dyn.example", "10.20.30.5", True),
        ("ip-20-30-5.elev.example", "10.20.30.5", True),
        ("h010020030005.example", "10.20.30.5", True),
        ("0a141e05.example", "10.20.30.5", True),
        ("kamera-5.example", "10.20.30.5", False),
        ("dhcp-10-20-30-6.example", "10.20.30.5", False),
        ("dhcp-10-20-30-55.example", "10.20.30.5", False),
        ("kamera-1.example", "fd00::1", False),
    ],
)
def test_a_name_made_of_the_address_is_the_places_and_not_the_devices(
    name: str, ip: str, *, made: bool
) -> None:
    """It stays when another device gets the address, so it must not become a name of the device."""
    assert reverse_dns.is_made_of(name, ip) is made


class _Server(asyncio.DatagramProtocol):
    def __init__(self, answer: Callable[[bytes], bytes | None]) -> None:
        self._answer = answer
        self.asked: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.asked.append(data)
        if (answer := self._answer(data)) is not None:
            self.transport.sendto(answer, addr)  # type: ignore[attr-defined]


@asynccontextmanager
async def _server(
    answer: Callable[[bytes], bytes | None], ip: str = "127.0.0.53", port: int = 0
) -> AsyncIterator[tuple[int, _Server]]:
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(lambda: _Server(answer), local_addr=(ip, port))
    try:
        yield transport.get_extra_info("sockname")[1], server
    finally:
        transport.close()


def _name_everyone(asked: bytes) -> bytes:
    labels = asked[12:].split(b"\x07in-addr")[0]
    ip = ".".join(reversed([part.decode() for part in _split(labels)]))
    return _answer(asked, _ptr(ip, f"host-{ip.rpartition('.')[2]}.example"))


def _split(labels: bytes) -> Iterator[bytes]:
    while labels:
        yield labels[1 : 1 + labels[0]]
        labels = labels[1 + labels[0] :]


def _wire(*servers: str, host_rate: float = 1000, never: str = "192.0.2.1/32") -> AsyncWire:
    scope = Scope([ip_network(server) for server in servers], [ip_network(never)])
    return AsyncWire(scope, Pacer(10_000, host_rate))


async def _look(
    wire: AsyncWire, servers: tuple[str, ...], port: int, ips: list[str], stop: Stop | None = None
) -> tuple[dict[str, str], Method]:
    found, method = await look_up(ips, NameServers(servers, port, wire), stop or Stop(), lambda *_: None)
    return {ip: evidence.value for ip, evidence in found.items()}, method


@pytest.mark.wire
def test_one_batch_names_everyone_and_is_counted() -> None:
    async def run() -> None:
        async with _server(_name_everyone) as (port, server):
            wire = _wire("127.0.0.53")
            ips = [f"10.0.0.{n}" for n in range(1, 41)]
            names, method = await _look(wire, ("127.0.0.53",), port, ips)
            assert names == {ip: f"host-{ip.rpartition('.')[2]}.example" for ip in ips}
            assert (method.state, method.targets, method.answered) == (MethodState.DONE, 40, 40)
            assert wire.sent == {"127.0.0.53": 40}
            assert len({frame[:2] for frame in server.asked}) > 30, "each question has a number of its own"

    asyncio.run(run())


@pytest.mark.wire
def test_a_generated_name_is_kept_as_evidence_and_is_nobodys_name() -> None:
    async def run() -> dict[str, Evidence]:
        def answer(asked: bytes) -> bytes:
            return _answer(asked, _ptr(IP, "dhcp-10-0-0-5.example"))

        async with _server(answer) as (port, _):
            servers = NameServers(("127.0.0.53",), port, _wire("127.0.0.53"))
            return (await look_up([IP], servers, Stop(), lambda *_: None))[0]

    evidence = asyncio.run(run())[IP]
    assert evidence == Evidence("rdns", "place", "dhcp-10-0-0-5.example")
    found = Found(IP, None, None, "lan", None, "tcp", (evidence,))
    (sighting,) = sightings([found], survey="s", observer="o", seen_at=NOW)
    assert sighting.names == ()


@pytest.mark.wire
def test_questions_keep_the_pace_of_one_host() -> None:
    async def run() -> float:
        async with _server(_name_everyone) as (port, _):
            began = time.monotonic()
            await _look(
                _wire("127.0.0.53", host_rate=40), ("127.0.0.53",), port, [f"10.0.0.{n}" for n in range(41)]
            )
            return time.monotonic() - began

    assert asyncio.run(run()) >= 0.95


@pytest.mark.wire
def test_the_second_server_answers_when_the_first_is_silent_and_the_first_is_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reverse_dns, "_WAIT", 0.5)

    async def run() -> None:
        async with _server(lambda _: None) as (port, silent), _server(_name_everyone, "127.0.0.54", port):
            wire = _wire("127.0.0.53", "127.0.0.54")
            names, method = await _look(
                wire, ("127.0.0.53", "127.0.0.54"), port, [f"10.0.0.{n}" for n in range(30)]
            )
            assert (len(names), method.state) == (30, MethodState.DONE)
            assert len(silent.asked) <= 8 + reverse_dns._GIVE_UP

    asyncio.run(run())


@pytest.mark.wire
@pytest.mark.parametrize(
    "answer", [None, b"", b"\x00" * 40, b"\xff" * 4000], ids=["silent", "empty", "zeros", "ones"]
)
def test_servers_that_do_not_answer_are_said_and_cost_little(
    answer: bytes | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reverse_dns, "_WAIT", 0.5)

    async def run() -> float:
        async with _server(lambda _: answer) as (port, server):
            began = time.monotonic()
            names, method = await _look(
                _wire("127.0.0.53"), ("127.0.0.53",), port, [f"10.0.0.{n}" for n in range(200)]
            )
            assert server.asked
            assert (names, method.state, method.reason) == ({}, MethodState.FAILED, "no-answer")
            return time.monotonic() - began

    assert asyncio.run(run()) < 2, "200 silences one after the other would be 12 s"


@pytest.mark.wire
def test_a_stop_is_heard_within_a_second() -> None:
    async def run() -> float:
        async with _server(lambda _: None) as (port, _):
            stop = Stop()
            looking = asyncio.ensure_future(
                _look(_wire("127.0.0.53"), ("127.0.0.53",), port, [IP] * 50, stop)
            )
            await asyncio.sleep(0.3)
            stop.ask("stopped")
            told = time.monotonic()
            _, method = await looking
            assert (method.state, method.reason) == (MethodState.PARTIAL, "stopped")
            return time.monotonic() - told

    assert asyncio.run(run()) < 1


@pytest.mark.wire
def test_a_server_on_the_never_list_is_not_asked() -> None:
    async def run() -> None:
        wire = _wire("127.0.0.53", never="127.0.0.53/32")
        with pytest.raises(OutOfScopeError):
            await _look(wire, ("127.0.0.53",), 53, [IP])
        assert not wire.sent

    asyncio.run(run())


HOSTILE = '=HYPERLINK("http://x")<img src=x onerror=alert(1)>\u202e\x1b[31m'


@pytest.mark.wire
def test_a_survey_asks_about_addresses_in_scope_alone_and_tells_the_names(tmp_path: Path) -> None:
    """Whom the lease file knows beyond the network, and whom no packet may go to, are not asked about either."""
    macs = {ip: f"9c:b6:d0:00:00:0{ip[-1]}" for ip in ("127.9.4.1", "127.9.4.2", "127.9.4.3", "127.9.5.4")}
    (tmp_path / "leases").write_text("".join(f"0 {mac} {ip} * *\n" for ip, mac in macs.items()))

    def answer(asked: bytes) -> bytes:
        label = HOSTILE.encode()[:63]
        frame = _answer(asked, ("x", PTR, "x"))
        name = asked[12:-4]
        return (
            frame[: 12 + len(asked) - 12]
            + name
            + struct.pack(">HHIH", PTR, 1, 60, len(label) + 2)
            + bytes([len(label)])
            + label
            + b"\x00"
        )

    async def run() -> tuple[list[Line], list[bytes]]:
        async with _server(answer) as (port, server):
            settings = DiscoverySettings.from_document(
                {
                    "networks": [{"name": "lan", "cidr": "127.9.4.0/29", "profile": "harvest-only"}],
                    "scope": {"never": ["127.9.4.3"]},
                    "harvest": [{"kind": "dnsmasq", "path": str(tmp_path / "leases")}],
                    "dns": {"servers": ["127.0.0.53"], "port": port},
                }
            )
            lines: list[Line] = []
            await survey(Run(settings, "s", "o", lambda: NOW, Stop(), lines.append), settings.networks)
            return lines, server.asked

    lines, asked = asyncio.run(run())
    assert {frame[12:14] for frame in asked} == {b"\x011", b"\x012"}
    sightings = [line for line in lines if isinstance(line, Sighting)]
    names = [name for sighting in sightings for name in sighting.names]
    assert len(names) == 2
    assert all(name.isprintable() and "\x1b" not in name for name in names)
    (coverage,) = [line for line in lines if isinstance(line, Coverage)]
    assert coverage.packets == 2
    method = next(m for m in coverage.methods if m.name == "rdns")
    assert (method.state, method.targets, method.answered) == (MethodState.DONE, 2, 2)


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.mark.wire
def test_a_real_name_server_is_understood() -> None:
    program = shutil.which("dnsmasq") or shutil.which("dnsmasq", path="/usr/sbin")
    if program is None:
        pytest.skip("dnsmasq is not installed")
    port = _free_port()
    words = [
        program,
        "--keep-in-foreground",
        "--conf-file=/dev/null",
        "--no-resolv",
        "--no-hosts",
        "--bind-interfaces",
    ]
    words += [f"--port={port}", "--listen-address=127.0.0.1", "--user=", "--pid-file="]
    words += ["--host-record=kamera-1.ekbacka.example,10.0.0.5"]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    async def run() -> dict[str, str]:
        for _ in range(40):
            names, _method = await _look(_wire("127.0.0.1"), ("127.0.0.1",), port, ["10.0.0.5", "10.0.0.6"])
            if names:
                return names
            await asyncio.sleep(0.1)
        return {}

    try:
        assert asyncio.run(run()) == {"10.0.0.5": "kamera-1.ekbacka.example"}
    finally:
        process.kill()
        process.wait()
