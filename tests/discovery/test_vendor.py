"""Who registered an address. The expected names are the IEEE Registration Authority's public listing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.vendor import maker, registered_to, short_name


@pytest.mark.parametrize(
    ("mac", "expected"),
    [
        ("ac:cc:8e:01:02:03", "Axis"),
        ("00:40:8c:01:02:03", "Axis"),
        ("00:00:0c:12:34:56", "Cisco"),
        ("00:11:32:01:02:03", "Synology"),
        ("00:17:88:01:02:03", "Philips"),
        ("3c:d9:2b:01:02:03", "HP"),
        ("00:0e:58:01:02:03", "Sonos"),
    ],
)
def test_a_maker_has_one_short_name(mac: str, expected: str) -> None:
    assert maker(mac) == expected


def test_the_longest_prefix_names_the_maker_where_ieee_holds_the_block() -> None:
    assert registered_to("70:b3:d5:54:70:01") == "Ce Link Limited"
    assert registered_to("48:65:ee:12:34:56") == "Gopod Group Limited"


@pytest.mark.parametrize(
    "mac", ["00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "da:a1:19:00:00:01", "00:00:5e:00:01:01"]
)
def test_an_address_no_maker_gave_names_none(mac: str) -> None:
    assert maker(mac) is None


@pytest.mark.parametrize(
    ("registered", "expected"),
    [
        ("Axis Communications AB", "Axis"),
        ("Hewlett Packard Enterprise", "HP"),
        ("HP Inc.", "HP"),
        ("Hangzhou Hikvision Digital Technology Co.,Ltd.", "Hikvision"),
        ("Cisco Meraki", "Cisco"),
        ("Hanwha Vision VietNam", "Hanwha"),
        ("Inc.", "Inc."),
        ("Fläkt Woods AB", "Fläkt Woods"),
    ],
)
def test_legal_forms_fall_away(registered: str, expected: str) -> None:
    assert short_name(registered) == expected


@given(st.binary(min_size=6, max_size=6))
def test_every_address_has_a_maker_or_none(octets: bytes) -> None:
    found = maker(octets.hex(":"))
    assert found is None or found


@given(st.text(max_size=60))
def test_a_short_name_is_never_empty_unless_the_name_is(name: str) -> None:
    assert bool(short_name(name)) == bool(name)
