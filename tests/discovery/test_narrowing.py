"""Whatever a narrowing says, nothing is sent that the configuration alone would not have sent."""

from __future__ import annotations

import io
import json
from ipaddress import ip_network
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.__main__ import main
from discovery.narrowing import (
    FROM_HARD_TO_GENTLE,
    Narrowing,
    from_document,
    gentler,
    narrow,
    narrowed,
    to_document,
)
from discovery.plan import Here, Planned, plan, rate_of
from discovery.scope import Scope
from discovery.settings import DiscoverySettings, LimitsSettings, NetworkSettings, ScopeSettings

if TYPE_CHECKING:
    from pathlib import Path

PROFILES = st.sampled_from(FROM_HARD_TO_GENTLE)
RATES = st.none() | st.integers(1, 5000)
CIDRS = st.sampled_from(
    ["10.0.0.0/28", "10.0.0.16/28", "10.0.1.0/29", "10.0.0.3/32", "10.0.0.0/8", "192.168.0.0/30"]
)
ADDRESSES = CIDRS.map(ip_network)
SETTINGS = st.builds(
    lambda one, other, never, rate: DiscoverySettings(
        networks=(
            NetworkSettings(name="a", cidrs=("10.0.0.0/28",), profile=one[0], rate=one[1]),
            NetworkSettings(name="b", cidrs=("10.0.0.16/28", "10.0.1.0/29"), profile=other[0], rate=other[1]),
        ),
        scope=ScopeSettings(never=tuple(never)),
        limits=LimitsSettings(rate=rate),
    ),
    st.tuples(PROFILES, RATES),
    st.tuples(PROFILES, RATES),
    st.lists(ADDRESSES, max_size=2),
    st.integers(1, 5000),
)
NARROWINGS = st.lists(
    st.builds(
        Narrowing,
        network=st.sampled_from(["a", "b", "gone"]),
        profile=st.none() | PROFILES,
        rate=RATES,
        never=st.lists(ADDRESSES, max_size=2).map(tuple),
    ),
    max_size=4,
)


def _packets(settings: DiscoverySettings) -> dict[tuple[str, str, str, int], int]:
    """Packets at most, by network, stage, method and port."""
    found: dict[tuple[str, str, str, int], int] = {}
    here = Here(frozenset({ip_network("10.0.0.0/28")}))
    for one in plan(settings, settings.networks, here):
        assert isinstance(one, Planned)
        for port in one.ports or (0,):
            found[one.network, one.stage, one.method, port] = one.packets // (len(one.ports) or 1)
    return found


def _addresses(settings: DiscoverySettings) -> set[str]:
    scope = Scope((c for n in settings.networks for c in n.cidrs), settings.scope.never)
    return {str(address) for n in settings.networks for address in scope.targets(n.cidrs)}


@given(SETTINGS, NARROWINGS)
def test_the_packets_that_may_be_sent_are_never_more(
    settings: DiscoverySettings, asked: list[Narrowing]
) -> None:
    less = narrowed(settings, asked)
    allowed = _packets(settings)
    for key, count in _packets(less).items():
        assert count <= allowed[key]
    assert _addresses(less) <= _addresses(settings)
    assert set(less.scope.never) >= set(settings.scope.never)
    for before, after in zip(settings.networks, less.networks, strict=True):
        assert rate_of(less, after) <= rate_of(settings, before)
        assert FROM_HARD_TO_GENTLE.index(after.profile) >= FROM_HARD_TO_GENTLE.index(before.profile)
        assert (after.name, after.cidrs, after.ports) == (before.name, before.cidrs, before.ports)


@given(SETTINGS, NARROWINGS)
def test_what_is_asked_is_followed_and_asking_twice_is_asking_once(
    settings: DiscoverySettings, asked: list[Narrowing]
) -> None:
    less = narrowed(settings, asked)
    assert narrowed(less, asked) == less
    by_name = {network.name: network for network in less.networks}
    for one in asked:
        assert set(one.never) <= set(less.scope.never)
        network = by_name.get(one.network)
        if network is not None and one.rate is not None:
            assert network.rate is not None
            assert network.rate <= one.rate
        if network is not None and one.profile is not None:
            assert gentler(network.profile, one.profile) == network.profile


@given(NARROWINGS)
def test_a_document_says_what_was_written(asked: list[Narrowing]) -> None:
    read = from_document(to_document(asked, ["3c:d9:2b:00:00:20", "10.77.2.20"]))
    assert read.narrowings == tuple(asked)
    assert read.fragile == ("3c:d9:2b:00:00:20", "10.77.2.20")


def test_a_wider_configuration_widens_nothing_that_was_narrowed() -> None:
    asked = Narrowing(network="a", profile="gentle", rate=50)
    for profile, rate in (("full", 5000), ("gentle", None)):
        network = NetworkSettings(name="a", cidrs=("10.0.0.0/28",), profile=profile, rate=rate)
        assert (narrow(network, asked).profile, narrow(network, asked).rate) == ("gentle", 50)


def _plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, document: str) -> tuple[int, list[dict]]:
    config = tmp_path / "config.toml"
    config.write_text(
        '[[networks]]\nname = "a"\ncidr = "10.0.0.0/28"\n[[networks]]\nname = "b"\ncidr = "10.0.1.0/28"\n'
    )
    out = tmp_path / "plan.jsonl"
    monkeypatch.setattr("sys.stdin", io.StringIO(document))
    code = main(["plan", "--narrow", "--config", str(config), "--out", str(out)])
    return code, [json.loads(line) for line in out.read_text().splitlines()]


def test_the_scanner_plans_what_the_document_leaves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = (Narrowing(network="a", profile="never"), Narrowing(network="b", never=("10.0.1.1/32",)))
    code, lines = _plan(tmp_path, monkeypatch, to_document(asked))
    assert code == 0
    assert {line["network"] for line in lines} == {"b"}
    assert {line["targets"] for line in lines if line["type"] == "plan"} == {13}


@pytest.mark.parametrize(
    "document", ["", "{", '{"narrowings": [{"network": "a", "profile": "wide"}]}', '{"networks": []}']
)
def test_a_document_that_cannot_be_read_stops_the_scanner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, document: str
) -> None:
    assert _plan(tmp_path, monkeypatch, document) == (2, [])
