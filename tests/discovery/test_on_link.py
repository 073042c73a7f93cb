"""IPv6 beside IPv4: who may be asked together, whose an address is, and who is not asked twice."""

from __future__ import annotations

from ipaddress import IPv4Interface, IPv6Interface
from typing import Any

import pytest

from discovery.interfaces import Interface, Link, link_of
from discovery.on_link import neighbourhood, twice
from discovery.settings import DiscoverySettings
from discovery.sweeping import belonging
from discovery.sweeps import Answer

MAC = "9c:b6:d0:00:00:01"
ETH0 = Interface("eth0", IPv4Interface("10.0.0.2/23"), MAC)
WIDE = Link("eth0", MAC, (IPv6Interface("fe80::2/64"), IPv6Interface("fd00:1::2/64")))


def _settings(*networks: dict[str, Any], never: tuple[str, ...] = ()) -> DiscoverySettings:
    return DiscoverySettings.from_document({"networks": list(networks), "scope": {"never": list(never)}})


def _lan(cidr: str = "10.0.0.0/24", name: str = "lan", **more: Any) -> dict[str, Any]:
    return {"name": name, "cidr": cidr, **more}


def test_a_network_lies_on_a_link_by_its_ipv4_or_its_ipv6_prefix() -> None:
    for cidr in ("10.0.0.0/24", "fd00:1::/64"):
        (network,) = _settings(_lan(cidr)).networks
        assert link_of(network.cidrs, [ETH0], [WIDE]) is WIDE
    (network,) = _settings(_lan("10.9.0.0/24")).networks
    assert link_of(network.cidrs, [ETH0], [WIDE]) is None


@pytest.mark.parametrize(
    ("settings", "everybody", "is_alone"),
    [
        (_settings(_lan()), True, True),
        (_settings(_lan(), _lan("10.9.0.0/24", "far", profile="never")), True, True),
        (_settings(_lan(), _lan("10.0.1.0/24", "other")), True, False),
        (_settings(_lan(), _lan("10.0.1.0/24", "other", profile="harvest-only")), False, False),
        (_settings(_lan(profile="gentle")), False, True),
        (_settings(_lan(), never=("10.0.1.7",)), False, True),
        (_settings(_lan(), never=("fd00:1::7",)), False, True),
        (_settings(_lan(), never=("10.5.0.0/16", "fd00:9::/64")), True, True),
    ],
    ids=[
        "alone",
        "one elsewhere that is left alone",
        "two on one link",
        "one of them is not to be asked",
        "gentle",
        "somebody on the link is left alone",
        "by IPv6",
        "somebody elsewhere is",
    ],
)
def test_everybody_is_asked_at_once_only_where_nobody_is_to_be_spared(
    settings: DiscoverySettings, *, everybody: bool, is_alone: bool
) -> None:
    near = neighbourhood(settings, settings.networks[0], [ETH0], [WIDE])
    assert near is not None
    assert (near.everybody, near.is_alone) == (everybody, is_alone)


def test_a_stranger_s_address_belongs_to_the_only_network_or_to_the_one_that_holds_it() -> None:
    met, stranger, held = Answer("fe80::a", "m1"), Answer("fe80::b", "m2"), Answer("fd00:1::c", "m3")
    (lan,) = _settings(_lan(cidr="10.0.0.0/24")).networks
    answers = [met, stranger, held]
    assert belonging(answers, lan, ["m1"], is_alone=True) == answers
    assert belonging(answers, lan, ["m1"], is_alone=False) == [met]
    (wide,) = _settings({"name": "lan", "cidrs": ["10.0.0.0/24", "fd00:1::/64"]}).networks
    assert belonging(answers, wide, ["m1"], is_alone=False) == [met, held]


def test_who_has_an_ipv4_address_is_not_asked_again_by_ipv6() -> None:
    assert twice({"10.0.0.1": "m1", "fd00::1": "m1", "fd00::2": "m2", "10.0.0.3": None, "fd00::3": None}) == {
        "fd00::1"
    }
