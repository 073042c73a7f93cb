"""The plan says what the survey would send, and the survey sends no more."""

from __future__ import annotations

from ipaddress import IPv6Interface, ip_network

import pytest

from discovery.interfaces import Link
from discovery.on_link import Neighbourhood
from discovery.plan import Here, Lost, Planned, plan, rate_of, sweep_ports
from discovery.probes import PROBES
from discovery.rights import Rights
from discovery.scope import FORBIDDEN_TCP
from discovery.settings import DiscoverySettings


def _settings(more: dict[str, object] | None = None, **network: object) -> DiscoverySettings:
    one = {"name": "lan", **({} if "cidrs" in network else {"cidr": "10.0.0.0/24"}), **network}
    sections = {"snmp": {"communities": ["public"]}, **(more or {})}
    return DiscoverySettings.from_document({"networks": [one], "scope": {"never": ["10.0.0.66"]}, **sections})


LINK = Here(frozenset({ip_network("10.0.0.0/24")}))


def _planned(settings: DiscoverySettings, here: Here = Here()) -> list[Planned]:  # noqa: B008 -- frozen
    return [one for one in plan(settings, settings.networks, here) if isinstance(one, Planned)]


def _sweeps(settings: DiscoverySettings, here: Here) -> tuple[dict[str, int], list[str]]:
    """The sweeps with their targets, and those that are lost."""
    found = plan(settings, settings.networks, here)
    made = {p.method: p.targets for p in found if isinstance(p, Planned) and p.stage == "sweep"}
    return made, [f"{one.method}: {one.reason}" for one in found if isinstance(one, Lost)]


def test_every_class_of_packets_is_in_the_plan() -> None:
    settings = _settings()
    planned = _planned(settings, LINK)
    assert [p.method for p in planned if p.stage == "sweep"] == ["arp", "tcp"]
    assert [p.method for p in _planned(settings) if p.stage == "sweep"] == ["icmp", "tcp"]
    assert {p.method for p in planned if p.stage == "probe"} == {probe.NAME for probe in PROBES}
    assert {p.targets for p in planned} == {253}


def test_a_routed_network_is_not_swept_by_arp() -> None:
    settings = _settings()
    assert "arp" not in {p.method for p in _planned(settings)}


@pytest.mark.parametrize(
    ("here", "made", "lost"),
    [
        (LINK, {"arp": 253, "tcp": 253}, []),
        (Here(LINK.links, Rights(arp=False)), {"icmp": 253, "tcp": 253}, ["arp: not-permitted"]),
        (
            Here(LINK.links, Rights(arp=False, icmp=False)),
            {"tcp": 253},
            ["arp: not-permitted", "icmp: not-permitted"],
        ),
        (Here(rights=Rights(arp=False)), {"icmp": 253, "tcp": 253}, []),
        (Here(rights=Rights(icmp=False)), {"tcp": 253}, ["icmp: not-permitted"]),
    ],
)
def test_the_plan_holds_what_the_rights_at_hand_allow_and_names_what_is_lost(
    here: Here, made: dict[str, int], lost: list[str]
) -> None:
    assert _sweeps(_settings(), here) == (made, lost)


def test_of_a_network_half_on_the_own_link_each_half_is_swept_by_what_reaches_it() -> None:
    settings = _settings(cidrs=["10.0.0.0/24", "10.0.1.0/25"])
    assert _sweeps(settings, LINK) == ({"arp": 253, "icmp": 126, "tcp": 379}, [])


def test_ipv6_is_looked_for_on_an_own_link_and_asks_each_at_most_twice_in_each_prefix() -> None:
    link = Link("eth0", "9c:b6:d0:00:00:01", (IPv6Interface("fe80::2/64"), IPv6Interface("fd00:1::2/64")))
    near = {"lan": Neighbourhood(link, everybody=True, is_alone=True)}
    (planned,) = [one for one in _planned(_settings(), Here(LINK.links, near=near)) if one.method == "nd"]
    assert (planned.transport, planned.targets, planned.packets) == ("icmpv6", 253, 2 * 2 * (1 + 253))
    assert _sweeps(_settings(), Here(LINK.links, Rights(arp=False), near))[0].keys() == {"icmp", "tcp"}


def test_nobody_is_pinged_on_loopback() -> None:
    assert _sweeps(_settings(cidr="127.77.9.0/28"), Here()) == ({"tcp": 14}, [])


def test_silent_profiles_send_nothing() -> None:
    for profile in ("harvest-only", "never"):
        settings = _settings(profile=profile)
        assert _planned(settings, LINK) == []


def test_mapped_ports_stand_in_for_the_standard_ones() -> None:
    settings = _settings(ports={"snmp": 10161, "https": 8444})
    planned = _planned(settings)
    assert next(p for p in planned if p.method == "snmp").ports == (10161,)
    tcp = next(p for p in planned if p.method == "tcp")
    assert 8444 in tcp.ports
    assert 443 not in tcp.ports


def test_no_plan_holds_a_printers_raw_port() -> None:
    settings = _settings()
    ports = {port for p in _planned(settings, LINK) for port in p.ports}
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
        planned = _planned(settings)
        return sum(p.packets for p in planned if p.method == "snmp")

    one = snmp({"communities": ["a"]})
    assert snmp({}) == 0, "nobody is asked without a login"
    assert snmp({"communities": ["a", "b"]}) > one
    assert snmp({"communities": ["a"], "users": [{"user": "ek"}]}) > one


def test_name_servers_are_asked_about_each_address_also_where_the_devices_are_left_alone() -> None:
    dns = {"dns": {"servers": ["10.9.9.9", "10.9.9.8"], "port": 5353}}
    for profile, there in (("full", True), ("gentle", True), ("harvest-only", True), ("never", False)):
        settings = _settings(dns, profile=profile)
        planned = [p for p in _planned(settings) if p.method == "rdns"]
        assert bool(planned) is there
        for one in planned:
            assert (one.stage, one.ports, one.packets) == ("lookup", (5353,), 2 * one.targets)
