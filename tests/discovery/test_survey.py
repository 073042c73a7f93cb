"""One survey over loopback: what fails shrinks coverage, what is not looked at is not said to be empty."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from discovery import survey as surveying
from discovery.coverage import Coverage, Method, MethodState
from discovery.errors import OutOfScopeError
from discovery.lines import Line, Progress
from discovery.settings import DiscoverySettings
from discovery.sighting import Sighting
from discovery.survey import NetworkSurvey, Run, survey
from discovery.sweeping import Sweeping
from discovery.sweeps import Answer, Stop, Swept
from discovery.sweeps.tcp import refusing_everywhere
from discovery.wire import AsyncWire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from discovery.evidence import Evidence

pytestmark = pytest.mark.wire

NOW = datetime(2026, 11, 23, 2, 15, tzinfo=UTC)
MAC = "9c:b6:d0:00:00:01"


def _settings(*networks: dict[str, Any], **more: Any) -> DiscoverySettings:
    return DiscoverySettings.from_document({"networks": list(networks), **more})


def _network(name: str = "lan", cidr: str = "127.9.1.0/28", **more: Any) -> dict[str, Any]:
    return {"name": name, "cidr": cidr, **more}


@asynccontextmanager
async def _page(ip: str, body: bytes = b"<title>AXIS P3245-LV</title>", port: int = 0) -> AsyncIterator[int]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(serve, ip, port)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await asyncio.sleep(0.05)


async def _look(
    settings: DiscoverySettings, stop: Stop | None = None, fragile: frozenset[str] = frozenset()
) -> list[Line]:
    lines: list[Line] = []
    run = Run(settings, "s", "o", lambda: NOW, stop or Stop(), lines.append, fragile)
    await survey(run, settings.networks)
    return lines


def _coverage(lines: list[Line]) -> list[Coverage]:
    return [line for line in lines if isinstance(line, Coverage)]


def _sightings(lines: list[Line]) -> list[Sighting]:
    return [line for line in lines if isinstance(line, Sighting)]


def _states(coverage: Coverage) -> dict[str, tuple[str, str | None]]:
    return {method.name: (method.state.value, method.reason) for method in coverage.methods}


def test_a_page_on_a_mapped_port_is_found_and_named() -> None:
    async def run() -> list[Line]:
        async with _page("127.9.1.5") as port:
            return await _look(_settings(_network(ports={"http": port})))

    lines = asyncio.run(run())
    (seen,) = _sightings(lines)
    assert seen.addresses[0].ip == "127.9.1.5"
    assert seen.identity is not None
    assert seen.identity.vendor == "Axis"
    (coverage,) = _coverage(lines)
    assert coverage.packets > 0
    assert coverage.swept
    assert any(isinstance(line, Progress) and line.step == "probe" for line in lines)


def test_how_many_packets_each_host_was_sent_is_in_the_record() -> None:
    async def run() -> list[Line]:
        async with _page("127.9.1.3") as port:
            return await _look(_settings(_network(ports={"http": port})))

    lines = asyncio.run(run())
    (coverage,), (seen,) = _coverage(lines), _sightings(lines)
    sent = dict(coverage.busiest)
    assert seen.attributes["packets"] == sent["127.9.1.3"]
    assert max(sent.values()) == sent["127.9.1.3"] > 20
    assert len(coverage.busiest) == 14
    assert sum(sent.values()) == coverage.packets


def _probed(cidr: str, ip: str, monkeypatch: pytest.MonkeyPatch) -> Coverage:
    """The coverage of an own link on which one device was met."""
    network = _settings(_network("lan", cidr)).networks[0]
    settings = _settings(_network("lan", cidr))

    async def met(sweeping: Sweeping) -> None:
        by_v4 = ":" not in ip
        sweeping.asked_each = by_v4
        one.learning.take(Swept(Method("arp" if by_v4 else "nd", MethodState.DONE, 1, 1), (Answer(ip, MAC),)))

    monkeypatch.setattr(Sweeping, "sweep", met)
    lines: list[Line] = []
    one = NetworkSurvey(Run(settings, "s", "o", lambda: NOW, Stop(), lines.append), network, [], [])
    asyncio.run(one.look())
    (found,) = _coverage(lines)
    return found


def test_who_is_not_met_on_a_link_of_ipv6_alone_is_not_said_to_be_absent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def silent(_self: object, _ip: str, _port: int, *, wait: float) -> str:
        return "silent"

    async def nothing(*_: object, **__: object) -> list[bytes]:
        return []

    monkeypatch.setattr(AsyncWire, "opens", silent)
    monkeypatch.setattr(AsyncWire, "ask", nothing)
    wide = _probed("fd00:1::/64", "fd00:1::7", monkeypatch)
    assert (wide.looked, wide.swept, wide.broken) == (True, False, False)
    narrow = _probed("10.0.0.0/24", "10.0.0.7", monkeypatch)
    assert (narrow.looked, narrow.swept, narrow.broken) == (True, True, False)


def test_loopback_proves_nobody_by_ping_or_refusal() -> None:
    lines = asyncio.run(_look(_settings(_network())))
    assert _sightings(lines) == []
    assert _states(_coverage(lines)[0])["icmp"] == ("skipped", "loopback")


@pytest.mark.parametrize(
    ("targets", "refused", "distrusted"), [(15, 15, False), (16, 15, True), (100, 90, False), (100, 91, True)]
)
def test_a_firewall_that_refuses_for_everyone_proves_nobody(
    targets: int, refused: int, *, distrusted: bool
) -> None:
    assert refusing_everywhere(targets, refused) is distrusted


def _leases(folder: Path, *lines: str) -> dict[str, Any]:
    path = folder / "leases"
    path.write_text("\n".join(lines) + "\n")
    return {"harvest": [{"kind": "dnsmasq", "path": str(path)}]}


def _lease(ip: str, hours: int = 8, name: str = "ek-c0001") -> str:
    return f"{int((NOW + timedelta(hours=hours)).timestamp())} {MAC} {ip} {name} *"


def test_harvest_only_sends_nothing_and_does_not_count_as_having_swept(tmp_path: Path) -> None:
    settings = _settings(
        _network(profile="harvest-only"), **_leases(tmp_path, _lease("127.9.1.5"), "nonsense")
    )
    lines = asyncio.run(_look(settings))
    (coverage,) = _coverage(lines)
    assert coverage.packets == 0
    assert _states(coverage) == {
        "dhcp": ("done", "malformed-lines:1"),
        "rdns": ("skipped", "not-configured"),
    }
    assert coverage.looked
    assert not coverage.swept
    (seen,) = _sightings(lines)
    assert (seen.source, seen.names, seen.addresses[0].mac) == ("dhcp", ("ek-c0001",), MAC)


def test_never_means_not_even_the_lease_file(tmp_path: Path) -> None:
    settings = _settings(_network(profile="never"), **_leases(tmp_path, _lease("127.9.1.5")))
    lines = asyncio.run(_look(settings))
    assert _sightings(lines) == []
    assert not _coverage(lines)[0].looked


def test_a_lease_outside_the_network_is_another_networks_business(tmp_path: Path) -> None:
    settings = _settings(_network(profile="harvest-only"), **_leases(tmp_path, _lease("127.9.2.5")))
    assert _sightings(asyncio.run(_look(settings))) == []


def test_a_lease_file_that_is_gone_is_said_and_costs_nothing_else(tmp_path: Path) -> None:
    settings = _settings(_network(), harvest=[{"kind": "dnsmasq", "path": str(tmp_path / "none")}])
    (coverage,) = _coverage(asyncio.run(_look(settings)))
    assert _states(coverage)["dhcp"] == ("failed", "unreadable")
    assert _states(coverage)["tcp"][0] == "done"


def _probe(look: Callable[..., Awaitable[list[Evidence]]]) -> SimpleNamespace:
    return SimpleNamespace(NAME="odd", ASKS=(), look=look)


def _with_probe(monkeypatch: pytest.MonkeyPatch, look: Callable[..., Awaitable[list[Evidence]]]) -> None:
    monkeypatch.setattr(surveying, "PROBES", (_probe(look), *surveying.PROBES))


def test_a_probe_that_fails_shrinks_coverage_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    async def look(*_: object) -> list[Evidence]:
        raise RuntimeError("a bug")

    async def run() -> list[Line]:
        async with _page("127.9.1.5") as port:
            return await _look(_settings(_network(ports={"http": port})))

    _with_probe(monkeypatch, look)
    lines = asyncio.run(run())
    assert _states(_coverage(lines)[0])["odd"] == ("partial", "failed:1")
    assert _sightings(lines)[0].identity is not None


def test_a_probe_that_leaves_the_scope_ends_the_survey(monkeypatch: pytest.MonkeyPatch) -> None:
    async def look(_: object, wire: Any) -> list[Evidence]:
        await wire.before_sending("10.0.0.1")
        return []

    async def run() -> None:
        async with _page("127.9.1.5") as port:
            await _look(_settings(_network(ports={"http": port})))

    _with_probe(monkeypatch, look)
    with pytest.raises(OutOfScopeError):
        asyncio.run(run())


def test_who_was_fragile_last_night_is_asked_gently_from_the_first_question(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: dict[str, bool] = {}

    async def look(host: Any, _wire: object) -> list[Evidence]:
        asked[host.ip] = host.is_fragile
        return []

    async def run() -> None:
        async with _page("127.9.1.5") as port, _page("127.9.1.6", port=port):
            settings = _settings(_network(ports={"http": port}))
            await _look(settings, fragile=frozenset({"127.9.1.6", MAC}))

    _with_probe(monkeypatch, look)
    asyncio.run(run())
    assert asked == {"127.9.1.5": False, "127.9.1.6": True}


@pytest.mark.parametrize(
    ("profile", "fragile", "least", "most"),
    [
        ("full", frozenset({"127.9.1.5"}), 0.09, 1.0),
        ("gentle", frozenset(), 0.09, 1.0),
        ("full", frozenset(), 0.0, 0.07),
    ],
)
def test_the_sweep_of_ports_knows_who_is_to_be_asked_slowly(
    monkeypatch: pytest.MonkeyPatch, profile: str, fragile: frozenset[str], least: float, most: float
) -> None:
    moments: list[float] = []
    opens = AsyncWire.opens

    async def noted(self: AsyncWire, ip: str, port: int, *, wait: float) -> str:
        state = await opens(self, ip, port, wait=wait)
        if ip == "127.9.1.5":
            moments.append(time.monotonic())
        return state

    async def run() -> None:
        async with _page("127.9.1.5") as port:
            # Alone, so that no other's packets take its turn.
            alone = _network(ports={"http": port}, profile=profile, cidr="127.9.1.5/32")
            await _look(_settings(alone), fragile=fragile)

    monkeypatch.setattr(AsyncWire, "opens", noted)
    _with_probe(monkeypatch, _slow(0))
    asyncio.run(run())
    # Ten tries a second, or forty: 0.1 s between two or 0.025 s, the latter with room for a busy machine.
    assert least <= (moments[-1] - moments[0]) / (len(moments) - 1) < most


def _slow(seconds: float) -> Callable[..., Awaitable[list[Evidence]]]:
    async def look(*_: object) -> list[Evidence]:
        await asyncio.sleep(seconds)
        return []

    return look


def test_a_stop_reaches_probes_that_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    stop = Stop()

    async def run() -> tuple[list[Line], float]:
        async with _page("127.9.1.5") as port:
            looking = asyncio.ensure_future(_look(_settings(_network(ports={"http": port})), stop))
            await asyncio.sleep(1)
            stop.ask("stopped")
            told = time.monotonic()
            return await looking, time.monotonic() - told

    _with_probe(monkeypatch, _slow(60))
    lines, took = asyncio.run(run())
    assert took < 1
    assert _states(_coverage(lines)[0])["odd"] == ("partial", "stopped")
    assert len(_sightings(lines)) == 1, "what was seen until then is told"


def test_a_deadline_ends_its_own_network_only(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> list[Line]:
        async with _page("127.9.1.5") as first, _page("127.9.2.5") as second:
            networks = [
                _network("a", "127.9.1.0/28", ports={"http": first}),
                _network("b", "127.9.2.0/28", ports={"http": second}),
            ]
            settings = _settings(*networks)
            limits = settings.limits.model_copy(update={"deadline_s": 2})
            return await _look(settings.model_copy(update={"limits": limits}))

    waits = iter([60.0, 0.0])

    async def look(*_: object) -> list[Evidence]:
        await asyncio.sleep(next(waits))
        return []

    _with_probe(monkeypatch, look)
    lines = asyncio.run(run())
    first, second = _coverage(lines)
    assert _states(first)["odd"] == ("partial", "deadline")
    assert {m.state for m in second.methods} <= {MethodState.DONE, MethodState.SKIPPED}
