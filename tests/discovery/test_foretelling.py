"""How long a survey takes, as far as it can be said before: the more addresses, the gentler and the fewer packets, the longer."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

import pytest

from discovery.foretelling import LEAST_LIVE, Foretold, foretell
from discovery.plan import Here
from discovery.rights import Rights
from discovery.settings import DiscoverySettings

ALL = Rights(arp=True, icmp=True)


def _told(cidr: str, *, on_link: bool = True, neighbours: int = 1024, **network: Any) -> Foretold:
    given = {"networks": [{"name": "lan", "cidr": cidr, **network}], "snmp": {"communities": ["x"]}}
    settings = DiscoverySettings.from_document(given)
    links = frozenset([ip_network(cidr)]) if on_link else frozenset()
    found = foretell(settings, settings.networks[0], Here(links, ALL), neighbours)
    assert found is not None
    return found


def test_a_small_network_takes_seconds_and_a_large_one_minutes() -> None:
    assert _told("10.0.0.0/24").seconds < 30
    large = _told("10.0.0.0/16")
    assert large.live == 3277
    assert 240 < large.seconds < 420


def test_a_gentle_network_takes_longer() -> None:
    assert _told("10.0.0.0/24", profile="gentle").seconds > 2 * _told("10.0.0.0/24").seconds


def test_a_network_behind_a_router_takes_longer_than_one_s_own_link() -> None:
    assert _told("10.0.0.0/20", on_link=False).seconds > _told("10.0.0.0/20").seconds


def test_a_kernel_that_keeps_more_neighbours_is_quicker() -> None:
    assert _told("10.0.0.0/16", rate=1000, neighbours=100).seconds > _told("10.0.0.0/16").seconds


def test_at_least_some_are_taken_to_answer_but_no_more_than_there_are() -> None:
    assert _told("10.0.0.0/26").live == LEAST_LIVE
    assert _told("10.0.0.0/30").live == 2


@pytest.mark.parametrize("profile", ["harvest-only", "never"])
def test_where_nothing_is_sent_nothing_is_foretold(profile: str) -> None:
    given = {"networks": [{"name": "lan", "cidr": "10.0.0.0/24", "profile": profile}]}
    settings = DiscoverySettings.from_document(given)
    assert foretell(settings, settings.networks[0], Here(), 1024) is None
