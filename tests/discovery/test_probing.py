"""Probes of one host: datagrams first, side by side, gently where the host is fragile; nobody waits for one that does not end."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from discovery import probing
from discovery.asking import Ask, Host
from discovery.coverage import MethodState
from discovery.errors import OutOfScopeError
from discovery.evidence import Evidence
from discovery.probing import FRAGILE_RATE, Probing, is_fragile
from discovery.sweeps import Stop
from discovery.sweeps.tcp import PortSweep

if TYPE_CHECKING:
    from collections.abc import Sequence

    from discovery.coverage import Method
    from discovery.probes import Probe
    from discovery.wire import AsyncWire

AXIS, HP_PRINTER = "ac:cc:8e:00:00:15", "HP ETHERNET MULTI-ENVIRONMENT,ROM none,JETDIRECT,JD153"


class _Wire:
    def __init__(self) -> None:
        self.slowed: dict[str, float] = {}
        self.met: list[str] = []
        self.tried_at: list[float | None] = []

    def slow(self, ip: str, host_rate: float) -> None:
        self.slowed[ip] = host_rate

    async def meet(self, ip: str) -> None:
        self.met.append(ip)

    async def opens(self, ip: str, _port: int, **_: float) -> str:
        self.tried_at.append(self.slowed.get(ip))
        return "refused"


class _Diary:
    """Probes that note when they begin and end."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def probe(
        self,
        name: str,
        transport: str = "udp",
        *,
        tells: Sequence[Evidence] = (),
        seconds: float = 0.01,
        fails: type[Exception] | None = None,
    ) -> Probe:
        async def look(host: Host, _wire: AsyncWire) -> list[Evidence]:
            self.lines.append(f"{name}+")
            await asyncio.sleep(seconds)
            if fails is OutOfScopeError:
                raise OutOfScopeError(host.ip, "never")
            if fails is not None:
                raise fails
            self.lines.append(f"{name}-")
            return list(tells)

        ask = Ask(name, cast("Any", transport), 1)
        return cast("Probe", SimpleNamespace(NAME=name, ASKS=(ask,), look=look))


def _host(**more: Any) -> Host:
    return Host(ip="10.0.0.5", network="lan", **more)


def _look(
    probes: Sequence[Probe], host: Host, *, gently: bool = False, stop: Stop | None = None
) -> tuple[list[Method], list[Evidence], _Wire]:
    wire, learnt = _Wire(), list[Evidence]()

    async def run() -> list[Method]:
        asking = Probing(probes, cast("AsyncWire", wire), stop or Stop(), gently=gently)
        return await asking.look([(host, learnt)], lambda _done, _total: None)

    return asyncio.run(run()), learnt, wire


def test_all_datagrams_go_side_by_side_before_any_connection() -> None:
    diary = _Diary()
    _look([diary.probe("http", "tcp"), diary.probe("snmp"), diary.probe("mdns")], _host())
    assert sorted(diary.lines[:2]) == ["mdns+", "snmp+"]
    assert diary.lines[-2:] == ["http+", "http-"]


def test_a_host_that_its_first_answers_show_to_be_fragile_is_asked_one_thing_at_a_time_from_then_on() -> None:
    diary = _Diary()
    told = Evidence("snmp", "sysDescr", HP_PRINTER)
    probes = [diary.probe("snmp", tells=[told]), diary.probe("http", "tcp"), diary.probe("ssh", "tcp")]
    _, _, wire = _look(probes, _host())
    assert diary.lines == ["snmp+", "snmp-", "http+", "http-", "ssh+", "ssh-"]
    assert wire.slowed == {"10.0.0.5": FRAGILE_RATE}


def test_a_host_that_is_not_fragile_is_asked_side_by_side_and_at_the_usual_rate() -> None:
    diary = _Diary()
    _, _, wire = _look([diary.probe("http", "tcp"), diary.probe("ssh", "tcp")], _host(mac=AXIS))
    assert diary.lines[:2] == ["http+", "ssh+"]
    assert wire.slowed == {}


@pytest.mark.parametrize(
    ("host", "fragile"),
    [
        (_host(), False),
        (_host(mac=AXIS, open_ports=frozenset({80, 443})), False),
        (_host(is_fragile=True), True),
        (_host(open_ports=frozenset({80, 631})), True),
        (_host(open_ports=frozenset({502})), True),
    ],
)
def test_what_is_fragile_is_known_before_the_first_question(host: Host, *, fragile: bool) -> None:
    assert is_fragile(host, ()) is fragile
    diary = _Diary()
    _, _, wire = _look([diary.probe("snmp"), diary.probe("mdns")], host)
    assert bool(wire.slowed) is fragile
    assert (diary.lines == ["snmp+", "snmp-", "mdns+", "mdns-"]) is fragile


@pytest.mark.parametrize(
    ("known", "gently", "rate"),
    [(True, False, FRAGILE_RATE), (False, True, FRAGILE_RATE), (False, False, None)],
)
def test_the_ports_of_a_fragile_host_are_tried_slowly_too(
    *, known: bool, gently: bool, rate: float | None
) -> None:
    wire, stop = _Wire(), Stop()
    ports = PortSweep(cast("AsyncWire", wire), [22, 80], stop)
    asking = Probing([], cast("AsyncWire", wire), stop, gently=gently, ports=ports)
    asyncio.run(asking.look([(_host(is_fragile=known), [])], lambda _done, _total: None))
    assert wire.tried_at == [rate, rate]


def test_on_a_gentle_network_everyone_is_asked_gently() -> None:
    diary = _Diary()
    _look([diary.probe("snmp"), diary.probe("mdns")], _host(), gently=True)
    assert diary.lines == ["snmp+", "snmp-", "mdns+", "mdns-"]


def test_a_host_that_takes_too_long_is_left_with_what_it_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probing, "HOST_DEADLINE", 0.2)
    diary = _Diary()
    told = Evidence("mdns", "host", "x")
    methods, learnt, _ = _look(
        [diary.probe("mdns", tells=[told]), diary.probe("http", "tcp", seconds=60)], _host()
    )
    assert learnt == [told]
    assert {(m.state, m.reason) for m in methods} == {(MethodState.PARTIAL, "late:1")}


def test_a_probe_that_fails_shrinks_its_own_coverage_alone() -> None:
    diary = _Diary()
    told = Evidence("mdns", "host", "x")
    methods, learnt, _ = _look(
        [diary.probe("snmp", fails=KeyError), diary.probe("mdns", tells=[told])], _host()
    )
    assert learnt == [told]
    assert [(m.state, m.reason, m.answered) for m in methods] == [
        (MethodState.PARTIAL, "failed:1", 0),
        (MethodState.DONE, None, 1),
    ]


def test_a_probe_that_would_leave_the_scope_ends_it_all() -> None:
    diary = _Diary()
    with pytest.raises(OutOfScopeError):
        _look([diary.probe("snmp", fails=OutOfScopeError), diary.probe("mdns")], _host())


def test_after_a_stop_nothing_more_is_asked() -> None:
    diary, stop = _Diary(), Stop()
    stop.ask("stopped")
    methods, _, _ = _look([diary.probe("snmp"), diary.probe("http", "tcp")], _host(), stop=stop)
    assert diary.lines == []
    assert {(m.state, m.reason) for m in methods} == {(MethodState.PARTIAL, "stopped")}
