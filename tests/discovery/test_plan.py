"""The plan says what the survey would send, and the survey sends no more."""

from __future__ import annotations

from discovery.plan import plan, rate_of, sweep_ports
from discovery.probes import PROBES
from discovery.scope import FORBIDDEN_TCP
from discovery.settings import DiscoverySettings


def _settings(more: dict[str, object] | None = None, **network: object) -> DiscoverySettings:
    one = {"name": "lan", "cidr": "10.0.0.0/24", **network}
    sections = {"snmp": {"communities": ["public"]}, **(more or {})}
    return DiscoverySettings.from_document({"networks": [one], "scope": {"never": ["10.0.0.66"]}, **sections})


def test_every_class_of_packets_is_in_the_plan() -> None:
    settings = _settings()
    planned = plan(settings, settings.networks, {"lan"})
    assert [p.method for p in planned if p.stage == "sweep"] == ["arp", "icmp", "tcp"]
    assert {p.method for p in planned if p.stage == "probe"} == {probe.NAME for probe in PROBES}
    assert {p.targets for p in planned} == {253}


def test_a_routed_network_is_not_swept_by_arp() -> None:
    settings = _settings()
    assert "arp" not in {p.method for p in plan(settings, settings.networks, set())}


def test_silent_profiles_send_nothing() -> None:
    for profile in ("harvest-only", "never"):
        settings = _settings(profile=profile)
        assert plan(settings, settings.networks, {"lan"}) == []


def test_mapped_ports_stand_in_for_the_standard_ones() -> None:
    settings = _settings(ports={"snmp": 10161, "https": 8444})
    planned = plan(settings, settings.networks, set())
    assert next(p for p in planned if p.method == "snmp").ports == (10161,)
    tcp = next(p for p in planned if p.method == "tcp")
    assert 8444 in tcp.ports
    assert 443 not in tcp.ports


def test_no_plan_holds_a_printers_raw_port() -> None:
    settings = _settings()
    ports = {port for p in plan(settings, settings.networks, {"lan"}) for port in p.ports}
    assert not ports & FORBIDDEN_TCP


def test_the_slowest_of_all_limits_holds() -> None:
    fast = _settings(rate=5000)
    assert rate_of(fast, fast.networks[0]) == 1000
    slow = _settings(rate=50)
    assert rate_of(slow, slow.networks[0]) == 50
    gentle = _settings(profile="gentle")
    assert rate_of(gentle, gentle.networks[0]) == 100


def test_a_gentle_network_is_asked_on_fewer_ports() -> None:
    gentle = _settings(profile="gentle", ports={"https": 8444}).networks[0]
    assert set(sweep_ports(gentle)) == {8444, 80, 22, 445}
    assert len(sweep_ports(_settings().networks[0])) > 4


def test_each_login_that_would_be_tried_adds_its_packets() -> None:
    def snmp(said: dict[str, object]) -> int:
        settings = _settings({"snmp": said})
        planned = plan(settings, settings.networks, set())
        return sum(p.packets for p in planned if p.method == "snmp")

    one = snmp({"communities": ["a"]})
    assert snmp({}) == 0, "nobody is asked without a login"
    assert snmp({"communities": ["a", "b"]}) > one
    assert snmp({"communities": ["a"], "users": [{"user": "ek"}]}) > one


def test_name_servers_are_asked_about_each_address_also_where_the_devices_are_left_alone() -> None:
    dns = {"dns": {"servers": ["10.9.9.9", "10.9.9.8"], "port": 5353}}
    for profile, there in (("full", True), ("gentle", True), ("harvest-only", True), ("never", False)):
        settings = _settings(dns, profile=profile)
        planned = [p for p in plan(settings, settings.networks, set()) if p.method == "rdns"]
        assert bool(planned) is there
        for one in planned:
            assert (one.stage, one.ports, one.packets) == ("lookup", (5353,), 2 * one.targets)
