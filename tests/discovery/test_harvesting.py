"""Which sources are asked for a network, whom that may send to, and what routers know beyond the configuration."""

from __future__ import annotations

from ipaddress import ip_network

from discovery.harvesting import agents_of, asked_for, unknown_networks
from discovery.settings import DiscoverySettings

SETTINGS = DiscoverySettings.from_document(
    {
        "networks": [
            {"name": "a", "cidr": "10.77.1.0/24", "site": "Stadshuset"},
            {"name": "b", "cidr": "10.77.2.0/24", "site": "Kvarnskolan"},
            {"name": "c", "cidr": "10.77.3.0/24"},
        ],
        "harvest": [
            {"kind": "dnsmasq", "path": "leases", "site": "Stadshuset"},
            {"kind": "router", "address": "10.77.1.1"},
            {"kind": "switch", "address": "10.77.2.10", "site": "Kvarnskolan"},
        ],
    }
)


def _kinds(number: int) -> list[str]:
    return [one.kind for one in asked_for(SETTINGS.harvest, SETTINGS.networks[number])]


def test_a_switch_is_asked_for_its_own_site_and_a_file_for_all() -> None:
    assert _kinds(0) == ["dnsmasq", "router"]
    assert _kinds(1) == ["dnsmasq", "router", "switch"]
    assert _kinds(2) == ["dnsmasq", "router", "switch"]  # a network without a site may be anywhere


def test_packets_go_to_the_agents_alone() -> None:
    assert agents_of(SETTINGS.harvest) == [ip_network("10.77.1.1/32"), ip_network("10.77.2.10/32")]


def test_a_network_that_touches_a_configured_one_is_known() -> None:
    known = [
        ip_network(cidr)
        for cidr in ("10.80.0.0/16", "10.77.2.0/25", "10.0.0.0/8", "2001:db8::/64", "10.80.0.0/16")
    ]
    configured = [cidr for network in SETTINGS.networks for cidr in network.cidrs]
    assert list(map(str, unknown_networks(known, configured))) == ["10.80.0.0/16", "2001:db8::/64"]
