from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.asking import SnmpLogin
from discovery.logins import logins
from discovery.probes import snmp
from discovery.settings import SnmpSettings
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
    host = replace(HOST, logins=(SnmpLogin("2c", "wrong"), SnmpLogin("2c", "public")))
    monkeypatch.setattr(replaying, "HOST", host)  # type: ignore[attr-defined]
    assert asyncio.run(snmp.look(host, Replay.of("snmp/net-snmp"))) != []


def test_nobody_is_asked_without_a_community() -> None:
    assert asyncio.run(snmp.look(replace(HOST, logins=()), Replay.of("snmp/net-snmp"))) == []


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


def _v3(name: str) -> SnmpLogin:
    return SnmpLogin("3", name, "SHA-256", "hemligt-nog")


def test_the_engine_is_kept_also_where_the_agent_does_not_list_it() -> None:
    said = {"engine": "80000009aabb", "get": [{"values": {"1.3.6.1.2.1.1.5.0": {"str": "sw1"}}}]}
    host = replace(HOST, logins=(_v3("public"),))
    found = {e.key: e.value for e in asyncio.run(snmp.look(host, Replay(said)))}
    assert (found["sysName"], found["snmpEngineID"]) == ("sw1", "80000009aabb")


def test_without_an_engine_no_other_user_is_tried_but_communities_are() -> None:
    wire = Replay.of("snmp/net-snmp")
    host = replace(HOST, logins=(_v3("a"), _v3("b"), SnmpLogin("2c", "public")))
    assert asyncio.run(snmp.look(host, wire)) != []
    assert [login.name for login in wire.logins] == ["a", "public"]


def test_users_come_before_communities_and_v2c_before_v1() -> None:
    users = [{"user": "ek", "auth_protocol": "SHA", "auth_key": "hemligt-nog"}]
    said = {"communities": ["one", "two"], "users": users}
    tried = logins(SnmpSettings.model_validate(said))
    assert [(login.version, login.name) for login in tried] == [
        ("3", "ek"),
        ("2c", "one"),
        ("2c", "two"),
        ("1", "one"),
        ("1", "two"),
    ]


@pytest.mark.parametrize(
    ("auth", "priv", "ways"),
    [("SHA", "AES-256", 2), ("SHA-224", "AES-192", 1), ("SHA-224", "AES-256", 2), ("SHA-256", "AES-256", 1)],
)
def test_a_digest_too_short_for_the_key_is_stretched_in_both_ways(auth: str, priv: str, ways: int) -> None:
    user = {"user": "ek", "auth_protocol": auth, "auth_key": "hemligt-nog"}
    user |= {"priv_protocol": priv, "priv_key": "hemligt-nog"}
    tried = logins(SnmpSettings.model_validate({"users": [user]}))
    assert [login.reeder for login in tried] == [False, True][:ways]
