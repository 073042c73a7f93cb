"""Where packets may go: the rules are few, and each is held from both sides."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.errors import OutOfScopeError
from discovery.scope import FORBIDDEN_TCP, PRIVATE, Scope, complaints
from discovery.settings import DiscoverySettings

NET = ip_network("10.7.0.0/24")


def _codes(*networks: dict[str, object]) -> list[str]:
    return [c.code for c in complaints(DiscoverySettings.from_document({"networks": list(networks)}))]


@pytest.mark.parametrize("port", sorted(FORBIDDEN_TCP))
def test_a_printers_raw_port_is_never_connected_to(port: int) -> None:
    with pytest.raises(OutOfScopeError) as caught:
        Scope([NET]).check("10.7.0.1", port)
    assert caught.value.reason == "forbidden-port"


def test_the_forbidden_ports_are_lpd_and_jetdirect() -> None:
    assert {515, *range(9100, 9108)} == FORBIDDEN_TCP
    Scope([NET]).check("10.7.0.1", 9108)
    Scope([NET]).check("10.7.0.1", 9099)


@pytest.mark.parametrize(
    ("ip", "reason"),
    [("10.7.1.0", "not-in-scope"), ("10.7.0.66", "never"), ("10.7.0.130", "never"), ("::1", "not-in-scope")],
)
def test_an_address_outside_or_on_the_never_list_is_refused(ip: str, reason: str) -> None:
    scope = Scope([NET], [ip_network("10.7.0.66/32"), ip_network("10.7.0.128/25")])
    with pytest.raises(OutOfScopeError) as caught:
        scope.check(ip)
    assert caught.value.reason == reason
    assert not scope.allows(ip)


def test_targets_leave_out_the_never_list_and_the_networks_own_addresses() -> None:
    scope = Scope([NET], [ip_network("10.7.0.4/30")])
    targets = [str(ip) for ip in scope.targets([ip_network("10.7.0.0/29")])]
    assert targets == ["10.7.0.1", "10.7.0.2", "10.7.0.3"]


@given(st.integers(0, 2**32 - 1), st.integers(0, 32), st.integers(0, 2**32 - 1))
def test_nothing_but_allowed_and_not_never_passes(at: int, bits: int, never: int) -> None:
    address = ip_address(at)
    scope = Scope([NET], [ip_network((never, bits), strict=False)])
    expected = address in NET and address not in ip_network((never, bits), strict=False)
    assert scope.allows(str(address)) is expected


@given(st.integers(0, 2**32 - 1), st.integers(17, 32))
def test_a_network_is_refused_unless_all_of_it_is_private(at: int, bits: int) -> None:
    cidr = ip_network((at, bits), strict=False)
    private = any(
        cidr.subnet_of(one)  # type: ignore[arg-type]
        for one in PRIVATE
        if one.version == 4
    )
    assert ("public" in _codes({"name": "a", "cidr": str(cidr)})) is not private


@pytest.mark.parametrize(
    ("networks", "codes"),
    [
        ([{"name": "a", "cidr": "10.0.0.0/16"}], []),
        ([{"name": "a", "cidr": "10.0.0.0/15"}], ["too-large"]),
        ([{"name": "a", "cidr": "0.0.0.0/0"}], ["everything"]),
        ([{"name": "a", "cidr": "172.0.0.0/11"}], ["public"]),
        ([{"name": "a", "cidr": "fd00:1::/112"}], []),
        ([{"name": "a", "cidr": "fd00:1::/48"}], []),
        ([{"name": "a", "cidr": "fd00::/47"}], ["too-wide"]),
        ([{"name": "a", "cidr": "2001:db8::/112"}], ["public"]),
        ([{"name": "a", "cidr": "10.0.0.0/24"}, {"name": "a", "cidr": "10.0.1.0/24"}], ["duplicate-name"]),
        ([{"name": "a", "cidr": "10.0.0.0/24"}, {"name": "b", "cidr": "10.0.0.128/25"}], ["overlap"]),
        ([{"name": "a", "cidrs": ["10.0.0.0/24", "10.0.0.0/24"]}], ["overlap"]),
        ([{"name": "a", "cidr": "10.0.0.0/24", "ports": {"http": 515}}], ["forbidden-port"]),
        ([{"name": "a", "cidr": "10.0.0.0/24", "ports": {"http": 0}}], ["forbidden-port"]),
    ],
)
def test_a_scope_that_cannot_be_meant_is_refused(networks: list[dict[str, object]], codes: list[str]) -> None:
    assert _codes(*networks) == codes


def test_a_wide_network_of_ipv6_is_allowed_and_not_gone_through() -> None:
    scope = Scope([ip_network("fd00:1::/64")])
    assert scope.allows("fd00:1::7")
    assert list(scope.targets(scope.allowed)) == []
