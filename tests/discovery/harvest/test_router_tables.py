"""Rows of routers' and switches' tables, as RFC 4293, 2465, 4292, 4188, 4363 and IEEE 802.1AB index them, become neighbours and places."""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.harvest import announced, arp_tables, bridge_tables, route_tables

if TYPE_CHECKING:
    from discovery.harvest.walked import Row

PC, AXIS = bytes.fromhex("3c5282000014"), bytes.fromhex("accc8e000015")
PC_MAC, AXIS_MAC = "3c:52:82:00:00:14", "ac:cc:8e:00:00:15"
V6 = "32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.5"
"""2001:db8::5 in sixteen numbers."""


def test_the_old_table_is_read_by_interface_and_address() -> None:
    rows: list[Row] = [("1.3.6.1.2.1.4.22.1.2.3.10.77.1.14", PC), ("1.3.6.1.2.1.4.22.1.2.4.10.77.2.15", AXIS)]
    assert list(arp_tables.media(rows)) == [("10.77.1.14", PC_MAC), ("10.77.2.15", AXIS_MAC)]


def test_the_new_table_holds_both_kinds_of_addresses_with_and_without_a_zone() -> None:
    below = "1.3.6.1.2.1.4.35.1.4.3"
    rows: list[Row] = [
        (f"{below}.1.4.10.77.1.14", PC),
        (f"{below}.2.16.{V6}", PC),
        (f"{below}.4.20.254.128.0.0.0.0.0.0.0.0.0.0.0.0.0.5.0.0.0.3", AXIS),
    ]
    assert list(arp_tables.physical(rows)) == [
        ("10.77.1.14", PC_MAC),
        ("2001:db8::5", PC_MAC),
        ("fe80::5", AXIS_MAC),
    ]


def test_older_routers_keep_ipv6_in_tables_of_their_own() -> None:
    old: list[Row] = [(f"1.3.6.1.2.1.55.1.12.1.2.3.{V6}", PC)]
    assert list(arp_tables.media(old, arp_tables.IPV6_NET_TO_MEDIA)) == [("2001:db8::5", PC_MAC)]
    cisco: list[Row] = [(f"1.3.6.1.4.1.9.10.86.1.1.3.1.3.3.2.16.{V6}", PC)]
    assert list(arp_tables.physical(cisco, arp_tables.CISCO_NET_TO_MEDIA)) == [("2001:db8::5", PC_MAC)]


@pytest.mark.parametrize(
    ("address", "mac"),
    [
        ("10.77.1.1", "00005e000101"),  # VRRP (RFC 5798)
        ("10.77.1.1", "00000c07ac01"),  # HSRP
        ("10.77.1.1", "0007b4000101"),  # GLBP
        ("224.0.0.251", "01005e0000fb"),
        ("10.77.1.9", "000000000000"),
        ("10.77.1.255", "ffffffffffff"),
        ("0.0.0.0", "3c5282000014"),  # noqa: S104 -- an address that nobody has
        ("127.0.0.1", "3c5282000014"),
        ("10.77.1.9", "3c52"),
    ],
)
def test_addresses_of_nobody_are_dropped(address: str, mac: str) -> None:
    assert list(arp_tables.media([(f"1.3.6.1.2.1.4.22.1.2.3.{address}", bytes.fromhex(mac))])) == []


def test_a_router_tells_its_own_networks_and_its_routes() -> None:
    masks: list[Row] = [
        ("1.3.6.1.2.1.4.20.1.3.10.77.1.1", "255.255.255.0"),
        ("1.3.6.1.2.1.4.20.1.3.127.0.0.1", "255.0.0.0"),
    ]
    assert list(route_tables.masked(masks)) == [ip_network("10.77.1.0/24")]
    prefixes: list[Row] = [
        ("1.3.6.1.2.1.4.32.1.5.3.1.4.10.77.2.0.23", 2),
        (f"1.3.6.1.2.1.4.32.1.5.3.2.16.{V6}.64", 2),
    ]
    assert list(route_tables.prefixes(prefixes)) == [ip_network("10.77.2.0/23"), ip_network("2001:db8::/64")]
    routes: list[Row] = [
        ("1.3.6.1.2.1.4.24.4.1.6.10.80.0.0.255.255.0.0.0.10.77.1.254", 4),
        ("1.3.6.1.2.1.4.24.4.1.6.0.0.0.0.0.0.0.0.0.10.77.1.254", 4),
        ("1.3.6.1.2.1.4.24.4.1.6.10.80.0.9.255.255.255.255.0.0.0.0.0", 4),
    ]
    assert list(route_tables.routes(routes)) == [ip_network("10.80.0.0/16")]
    inet: list[Row] = [("1.3.6.1.2.1.4.24.7.1.8.1.4.10.81.0.0.16.2.0.0.1.4.10.77.1.254", 4)]
    assert list(route_tables.inet_routes(inet)) == [ip_network("10.81.0.0/16")]


def test_a_mask_with_holes_is_no_network() -> None:
    assert list(route_tables.masked([("1.3.6.1.2.1.4.20.1.3.10.77.1.1", "255.0.255.0")])) == []


def test_both_bridge_tables_are_read_and_port_0_is_not_known() -> None:
    mac = "60.82.130.0.0.20"
    old: list[Row] = [(f"1.3.6.1.2.1.17.4.3.1.2.{mac}", 14), ("1.3.6.1.2.1.17.4.3.1.2.172.204.142.0.0.21", 0)]
    assert list(bridge_tables.forwarding(old)) == [(PC_MAC, 14)]
    new: list[Row] = [(f"1.3.6.1.2.1.17.7.1.2.2.1.2.20.{mac}", 14)]
    assert list(bridge_tables.vlan_forwarding(new)) == [(20, PC_MAC, 14)]


def test_the_vlans_that_nobody_uses_are_left_out() -> None:
    state = "1.3.6.1.4.1.9.9.46.1.3.1.1.2.1"
    rows: list[Row] = [(f"{state}.1", 1), (f"{state}.20", 1), (f"{state}.30", 2), (f"{state}.1002", 1)]
    assert bridge_tables.vlans(rows) == [1, 20]


def _lldp(port: int, **columns: object) -> list[Row]:
    numbers = {"subtype": 4, "chassis": 5, "portDesc": 8, "sysName": 9, "sysDesc": 10, "enabled": 12}
    return [(f"1.0.8802.1.1.2.1.4.1.1.{numbers[key]}.900.{port}.1", value) for key, value in columns.items()]  # type: ignore[misc]


def test_a_neighbour_says_who_it_is_and_whether_others_stand_behind_it() -> None:
    switch = _lldp(24, subtype=4, chassis=PC, sysName=b"sw-2", sysDesc=b"Cisco IOS", enabled=b"\x28")
    (found,) = announced.lldp(switch)
    assert (found.port, found.mac, found.passes_on) == (24, PC_MAC, True)
    assert found.said == (("sysName", "sw-2"), ("sysDesc", "Cisco IOS"))
    (ap,) = announced.lldp(_lldp(7, subtype=4, chassis=AXIS, enabled=b"\x30"))
    assert not ap.passes_on
    (phone,) = announced.lldp(_lldp(8, subtype=5, chassis=b"\x01\x0a\x4d\x01\x09", enabled=b"\x24"))
    assert (phone.mac, phone.passes_on) == (None, False)


def test_the_newer_lldp_table_has_its_columns_one_further_on() -> None:
    below = "1.3.111.2.802.1.1.13.1.4.1.1"
    columns: list[tuple[int, object]] = [(5, 4), (6, PC), (10, b"sw-2"), (13, b"\x20")]
    rows: list[Row] = [(f"{below}.{column}.900.10024.1.1", value) for column, value in columns]  # type: ignore[misc]
    (found,) = announced.lldp_2009(rows)
    assert (found.port, found.mac, found.passes_on, found.said) == (
        10024,
        PC_MAC,
        True,
        (("sysName", "sw-2"),),
    )


def test_cdp_says_the_platform_and_what_it_can() -> None:
    below = "1.3.6.1.4.1.9.9.23.1.2.1.1"
    columns: list[tuple[int, object]] = [(6, b"sw-3"), (8, b"cisco C9200-24T"), (9, b"\0\0\0\x29")]
    rows: list[Row] = [(f"{below}.{column}.10101.5", value) for column, value in columns]  # type: ignore[misc]
    (found,) = announced.cdp(rows)
    assert (found.port, found.passes_on) == (10101, True)
    assert dict(found.said)["platform"] == "cisco C9200-24T"


_VALUES = st.one_of(st.binary(max_size=8), st.text(max_size=8), st.integers(-(2**31), 2**31))
_NAMES = st.builds(
    lambda column, tail: f"{column}.{tail}",
    st.sampled_from(
        [
            arp_tables.NET_TO_MEDIA,
            arp_tables.NET_TO_PHYSICAL,
            route_tables.ADDRESS_PREFIX,
            route_tables.INET_ROUTE,
            bridge_tables.VLAN_FDB_PORT,
            announced.LLDP_REMOTE,
        ]
    ),
    st.one_of(
        st.text(max_size=20),
        st.lists(st.integers(0, 2**40), max_size=24).map(lambda n: ".".join(map(str, n))),
    ),
)


@given(st.lists(st.tuples(_NAMES, _VALUES), max_size=6))
def test_whatever_an_agent_says_nothing_is_raised(rows: list[Row]) -> None:
    for read in (
        arp_tables.media,
        arp_tables.physical,
        route_tables.masked,
        route_tables.prefixes,
        route_tables.routes,
        route_tables.inet_routes,
        bridge_tables.forwarding,
        bridge_tables.vlan_forwarding,
        bridge_tables.vlans,
        bridge_tables.macs,
        announced.lldp,
        announced.lldp_2009,
        announced.cdp,
    ):
        list(read(rows))
