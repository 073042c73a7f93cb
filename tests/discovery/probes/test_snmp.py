from __future__ import annotations

import asyncio
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from discovery.probes import snmp
from tests.discovery import replaying
from tests.discovery.replaying import HOST, Replay


def _look(wire: Replay) -> dict[str, str]:
    return {e.key: e.value for e in asyncio.run(snmp.look(HOST, wire))}


def test_a_switch_tells_its_system_group_and_its_chassis() -> None:
    said = _look(Replay.of("snmp/net-snmp"))
    assert said["sysDescr"].startswith("Cisco IOS Software, C2960X")
    assert said["sysObjectID"] == "1.3.6.1.4.1.9.1.1208"
    assert (said["sysName"], said["sysLocation"]) == ("sw1", "lab")
    assert (said["entPhysicalSerialNum"], said["entPhysicalModelName"]) == ("FOC1932X0AB", "WS-C2960X-48TS-L")
    assert said["snmpEngineID"].startswith("80001f88")


def test_the_second_community_is_tried_when_the_first_is_wrong(monkeypatch: object) -> None:
    host = replace(HOST, communities=("wrong", "public"))
    monkeypatch.setattr(replaying, "HOST", host)  # type: ignore[attr-defined]
    assert asyncio.run(snmp.look(host, Replay.of("snmp/net-snmp"))) != []


def test_nobody_is_asked_without_a_community() -> None:
    assert asyncio.run(snmp.look(replace(HOST, communities=()), Replay.of("snmp/net-snmp"))) == []


def test_a_silent_agent_gives_nothing() -> None:
    assert _look(Replay({})) == {}


def test_a_printer_tells_its_serial_and_that_it_has_the_printer_mib() -> None:
    found = snmp.read_system({"1.3.6.1.2.1.43.5.1.1.17.1": b"CNB1234567"}, snmp.SINGLES)
    assert {(e.key, e.value) for e in found} == {
        ("prtGeneralSerialNumber", "CNB1234567"),
        ("mib", "printer_mib"),
    }


def test_the_chassis_is_taken_and_not_the_first_part() -> None:
    base = "1.3.6.1.2.1.47.1.1.1.1"
    rows = [
        (f"{base}.5.1", 9),
        (f"{base}.11.1", b"MODULE1"),
        (f"{base}.5.2", 3),
        (f"{base}.11.2", b"CHASSIS2"),
    ]
    assert [e.value for e in snmp.read_entity(rows)] == ["CHASSIS2"]


@given(st.lists(st.tuples(st.text(), st.one_of(st.binary(), st.integers(), st.text()))))
def test_whatever_rows_come_nothing_raises(rows: list) -> None:
    assert isinstance(snmp.read_entity(rows), list)
