"""nmap behind its door: no foreign word among its own, and an end by our clock whatever the host does."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
import time
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery import last_step, nmap_binary, nmap_report
from discovery.coverage import Coverage, Method, MethodState
from discovery.errors import OutOfScopeError, ToolMissingError
from discovery.last_step import LastStep
from discovery.nmap_binary import Bounds, arguments, find, run
from discovery.pacing import Pacer
from discovery.plan import Here, plan
from discovery.scope import FORBIDDEN_TCP, Scope
from discovery.settings import DiscoverySettings
from discovery.sighting import Sighting
from discovery.survey import Run, survey
from discovery.sweeps import Stop
from discovery.unnamed import PACKETS_PER_PORT, Unnamed, refusal, unnamed
from discovery.wire import AsyncWire
from tests.discovery.serving import serving

if TYPE_CHECKING:
    from collections.abc import Callable

    from discovery.lines import Line
    from tests.discovery.serving import Serve

NOW = datetime(2026, 11, 23, 2, 15, tzinfo=UTC)
HERE = ip_address("127.0.0.1")
QUICK = Bounds(host_s=2, outer_s=3.0)
NMAP = shutil.which("nmap")
need_nmap = pytest.mark.skipif(NMAP is None, reason="nmap is not installed")


@given(st.lists(st.integers(-10, 70_000), max_size=30), st.integers(1, 10**5), st.integers(1, 100))
def test_only_words_of_our_own_and_harmless_ports_are_given(ports: list[int], rate: int, host_s: int) -> None:
    try:
        words = arguments("nmap", ports, rate, host_s)
    except (OutOfScopeError, ValueError):
        assert not ports or any(p in FORBIDDEN_TCP or not 0 < p <= 65_535 for p in ports)
        return
    own = {
        "nmap",
        "-n",
        "-Pn",
        "--unprivileged",
        "-sT",
        "-sV",
        "--version-intensity",
        "2",
        "-p",
        "--max-rate",
    }
    own |= {"--max-retries", "1", "--host-timeout", "--noninteractive", "--no-stylesheet", "-oX", "-", "-iL"}
    own |= {"--datadir", str(nmap_binary.DATA), str(rate), f"{host_s}s"}
    (listed,) = [word for word in words if word not in own]
    assert {int(port) for port in listed.removeprefix("T:").split(",")} == set(ports)


def test_a_missing_program_is_said() -> None:
    with pytest.raises(ToolMissingError):
        find("no-such-nmap")


def test_without_the_list_that_keeps_scripts_out_it_is_not_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    find(sys.executable)
    monkeypatch.setattr(nmap_binary, "DATA", tmp_path)
    with pytest.raises(ToolMissingError):
        find(sys.executable)


HOSTILE = [
    "-oN x",
    "--script=/tmp/x.nse",
    "$(id)",
    "127.0.0.1 --script x",
    "a\n-oN x",
    ";id",
    "%0aid",
    "127.0.0.1\x00",
]


@pytest.mark.parametrize("target", HOSTILE)
def test_a_text_is_never_a_target(target: str) -> None:
    with pytest.raises(TypeError):
        asyncio.run(run("nmap", target, [80], 40, QUICK))  # type: ignore[arg-type]
    wire = AsyncWire(Scope([ip_network("127.0.0.0/8")]), Pacer(1000, 1000))
    with pytest.raises(ValueError, match="not appear to be"):
        asyncio.run(LastStep(wire, Stop(), 40)._one("nmap", Unnamed(target, (80,))))


def _standing_in(folder: Path, does: str) -> Path:
    """A program that writes down its words and what it is given, then does something."""
    program = folder / "nmap"
    program.write_text(
        f"#!{sys.executable}\nimport json, os, sys, time\n"
        f"with open({str(folder / 'calls')!r}, 'a') as out:\n"
        "    print(json.dumps([sys.argv, sys.stdin.read(), sorted(os.environ)]), file=out)\n" + does
    )
    program.chmod(0o755)
    return program


async def _silence(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read(-1)


async def _ftp(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 (vsFTPd 3.0.3)\r\n")
    await reader.read(-1)


async def _endless_page(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
    while True:
        writer.write(b"<p>" + b"x" * 60_000)
        await writer.drain()


async def _dripping_banner(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.1)


def _document(port: int, nmap: dict[str, Any], leases: Path | None = None, **network: Any) -> dict[str, Any]:
    lan = {"name": "lan", "cidr": "127.9.6.0/29", "ports": {"odd": port}, **network}
    harvest = [{"kind": "dnsmasq", "path": str(leases)}] if leases else []
    return {"networks": [lan], "nmap": nmap, "harvest": harvest}


async def _survey(document: dict[str, Any], stop: Stop | None = None) -> tuple[list[Sighting], Coverage]:
    settings = DiscoverySettings.from_document(document)
    lines: list[Line] = []
    await survey(Run(settings, "s", "o", lambda: NOW, stop or Stop(), lines.append), settings.networks)
    (coverage,) = [line for line in lines if isinstance(line, Coverage)]
    return [line for line in lines if isinstance(line, Sighting)], coverage


def _method(coverage: Coverage) -> Method:
    return next(method for method in coverage.methods if method.name == "nmap")


REPORT = '<nmaprun><service method="probed" product="Axis camera" devicetype="webcam"/></nmaprun>'


@pytest.mark.wire
def test_no_word_of_a_device_or_a_lease_reaches_nmap(tmp_path: Path) -> None:
    """Names in the lease file are options, commands and line ends; what starts is our words and one address."""
    program = _standing_in(tmp_path, f"print({REPORT!r})\n")
    names = ["--script=/tmp/x.nse", "-oN", "$(id)", ";id", "%0a-oN"]
    leases = tmp_path / "leases"
    leases.write_text(
        "".join(f"0 9c:b6:d0:00:00:0{n} 127.9.6.{n} {name} *\n" for n, name in enumerate(names, 1))
    )

    async def go() -> tuple[list[Sighting], Coverage, int]:
        async with serving(_silence, "127.9.6.2") as port:
            return (*await _survey(_document(port, {"enabled": True, "path": str(program)}, leases)), port)

    sightings, coverage, port = asyncio.run(go())
    calls = [json.loads(line) for line in (tmp_path / "calls").read_text().splitlines()]
    rate = DiscoverySettings().limits.host_rate
    assert calls == [
        [arguments(str(program), [port], rate, last_step.BOUNDS.host_s), "127.9.6.2\n", ["LC_ALL", "PATH"]]
    ]
    assert {name for s in sightings for name in s.names} == set(names), "the hostile names were there"
    assert _method(coverage) == Method("nmap", MethodState.DONE, 1, 1)
    (seen,) = [s for s in sightings if s.addresses[0].ip == "127.9.6.2"]
    assert seen.identity is not None
    assert seen.identity.device_class.value == "camera"


@pytest.mark.wire
def test_it_is_off_unless_switched_on_and_says_what_is_missing() -> None:
    async def go(nmap: dict[str, Any], **network: Any) -> Method:
        async with serving(_silence, "127.9.6.2") as port:
            return _method((await _survey(_document(port, nmap, **network)))[1])

    for nmap, network, reason in (
        ({}, {}, "disabled"),
        ({"enabled": True, "path": "no-such-nmap"}, {}, "tool-missing"),
        ({"enabled": True}, {"profile": "gentle"}, "gentle"),
        ({"enabled": True}, {"purpose": "control"}, "gentle"),
    ):
        method = asyncio.run(go(nmap, **network))
        assert (method.state, method.reason) == (MethodState.SKIPPED, reason)


def test_a_host_that_a_probe_named_or_that_has_no_open_port_is_not_asked() -> None:
    from discovery.evidence import Evidence

    known = [Evidence("http", "title", "AXIS P3245-LV Network Camera")]
    assert unnamed("10.0.0.5", None, known, {80}) is None
    assert unnamed("10.0.0.5", None, [], ()) is None
    assert unnamed("10.0.0.5", None, [], {9100, 515}) is None
    assert unnamed("10.0.0.5", None, [], {9100, 23, 80}) == Unnamed("10.0.0.5", (23, 80))


def test_it_is_in_the_plan_only_where_it_may_run_and_never_with_a_printers_port() -> None:
    for nmap, network, there in (
        ({"enabled": True}, {}, True),
        ({}, {}, False),
        ({"enabled": True}, {"profile": "gentle"}, False),
        ({"enabled": True}, {"purpose": "control"}, False),
    ):
        settings = DiscoverySettings.from_document(_document(2323, nmap, **network))
        planned = [p for p in plan(settings, settings.networks, Here()) if p.method == "nmap"]
        assert bool(planned) is there is (refusal(settings.nmap, settings.networks[0]) is None)
        for one in planned:
            assert 2323 in one.ports
            assert not set(one.ports) & FORBIDDEN_TCP
            assert one.packets >= one.targets * PACKETS_PER_PORT


@pytest.mark.wire
def test_a_stop_ends_it_and_its_children_within_a_second(tmp_path: Path) -> None:
    begets = f"import subprocess\nchild = subprocess.Popen(['sleep', '61'])\nopen({str(tmp_path / 'child')!r}, 'w').write(str(child.pid))\n"
    program = _standing_in(tmp_path, begets + "time.sleep(60)\n")
    stop = Stop()

    async def go() -> tuple[Coverage, float]:
        async with serving(_silence, "127.9.6.2") as port:
            document = _document(port, {"enabled": True, "path": str(program)})
            looking = asyncio.ensure_future(_survey(document, stop))
            await asyncio.to_thread(_await, (tmp_path / "child").exists)
            stop.ask("stopped")
            told = time.monotonic()
            _, coverage = await looking
            return coverage, time.monotonic() - told

    coverage, took = asyncio.run(go())
    assert took < 1
    assert (_method(coverage).state, _method(coverage).reason) == (MethodState.PARTIAL, "stopped")
    child = int((tmp_path / "child").read_text())
    _await(lambda: not _runs(child))


def _await(happened: Callable[[], bool]) -> None:
    until = time.monotonic() + 10
    while not happened():
        assert time.monotonic() < until
        time.sleep(0.05)  # noqa: TID251 -- another process does it
    time.sleep(0.1)  # noqa: TID251 -- what it writes is whole


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in {"Z", "X"}
    except OSError:
        return False


@pytest.mark.wire
def test_what_it_prints_and_how_long_it_takes_are_bounded(tmp_path: Path) -> None:
    _standing_in(tmp_path, "while True: sys.stdout.write('x' * 65536)\n")
    began = time.monotonic()
    report, cut = asyncio.run(run(str(tmp_path / "nmap"), HERE, [80], 40, QUICK))
    assert nmap_report.MAX_REPORT <= len(report) < nmap_report.MAX_REPORT + 100_000
    assert cut
    _standing_in(tmp_path, f"print({REPORT[:-10]!r}, flush=True)\ntime.sleep(60)\n")
    report, cut = asyncio.run(run(str(tmp_path / "nmap"), HERE, [80], 40, Bounds(1, 1.0)))
    assert cut
    assert [e.key for e in nmap_report.read(report)] == ["product", "devicetype"], "what came before the cut"
    assert time.monotonic() - began < 6


@pytest.mark.wire
def test_its_memory_is_bounded(tmp_path: Path) -> None:
    greedy = "try:\n    x = bytearray(400 << 20); print('got')\nexcept MemoryError: print('refused')\n"
    for memory, said in ((256 << 20, b"refused"), (1024 << 20, b"got")):
        _standing_in(tmp_path, "time.sleep(0.3)\n" + greedy)
        report, _ = asyncio.run(run(str(tmp_path / "nmap"), HERE, [80], 40, Bounds(5, 8.0, memory)))
        assert report.strip() == said


@pytest.mark.wire
@need_nmap
def test_the_real_one_names_a_service_and_runs_no_script() -> None:
    async def go() -> tuple[bytes, bool]:
        async with serving(_ftp) as port:
            return await run(find("nmap"), HERE, [port], 40, Bounds(10, 15.0))

    report, cut = asyncio.run(go())
    assert not cut
    assert ("product", "vsftpd") in {(e.key, e.value) for e in nmap_report.read(report)}
    assert b"<script" not in report


@pytest.mark.wire
@need_nmap
@pytest.mark.parametrize("serve", [_endless_page, _dripping_banner, _silence])
def test_the_real_one_ends_by_the_outer_clock_whatever_the_host_does(serve: Serve) -> None:
    async def go() -> tuple[bool, float]:
        async with serving(serve) as port:
            began = time.monotonic()
            report, cut = await run(find("nmap"), HERE, [port], 40, QUICK)
            return cut or nmap_report.timed_out(report), time.monotonic() - began

    cut, took = asyncio.run(go())
    assert cut, "the host did hold it"
    assert took < QUICK.outer_s + 1


@pytest.mark.wire
@need_nmap
def test_one_host_that_hangs_costs_neither_the_other_nor_the_nights_absence() -> None:
    async def go() -> tuple[dict[str, list[Any]], Method]:
        async with serving(_dripping_banner) as bad, serving(_ftp, "127.0.0.2") as good:
            wire = AsyncWire(Scope([ip_network("127.0.0.0/8")]), Pacer(10_000, 1000))
            step = LastStep(wire, Stop(), 100, Bounds(2, 4.0))
            hosts = [Unnamed("127.0.0.1", (bad,)), Unnamed("127.0.0.2", (good,))]
            learnt, method = await step.look("nmap", hosts, lambda *_: None)
            assert wire.sent == {"127.0.0.1": PACKETS_PER_PORT, "127.0.0.2": PACKETS_PER_PORT}
            return learnt, method

    learnt, method = asyncio.run(go())
    assert learnt["127.0.0.1"] == []
    assert "vsftpd" in {e.value for e in learnt["127.0.0.2"]}
    assert method == Method("nmap", MethodState.PARTIAL, 2, 1, "cut-short:1")
    swept = Method("tcp", MethodState.DONE, 2, 2)
    assert not Coverage("s", "o", "lan", None, NOW, NOW, (swept, method)).broken
    assert Coverage("s", "o", "lan", None, NOW, NOW, (Method("tcp", MethodState.PARTIAL), method)).broken


@pytest.mark.wire
def test_a_host_or_port_out_of_scope_starts_nothing(tmp_path: Path) -> None:
    program = _standing_in(tmp_path, "")
    for host, never in (
        (Unnamed("127.0.0.9", (80,)), "127.0.0.9/32"),
        (Unnamed("127.0.0.1", (9100,)), "127.0.0.9/32"),
    ):
        wire = AsyncWire(Scope([ip_network("127.0.0.0/8")], [ip_network(never)]), Pacer(1000, 1000))
        with pytest.raises(OutOfScopeError):
            asyncio.run(LastStep(wire, Stop(), 40).look(str(program), [host], lambda *_: None))
    assert not (tmp_path / "calls").exists()
    assert os.access(program, os.X_OK)
