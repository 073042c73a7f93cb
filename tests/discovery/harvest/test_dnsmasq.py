from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.errors import MalformedError
from discovery.evidence import Evidence
from discovery.harvest import Harvested, dnsmasq

NOW = datetime(2026, 11, 23, 2, 15, tzinfo=UTC)
LATER, EARLIER = (int((NOW + timedelta(hours=h)).timestamp()) for h in (8, -1))
MAC = "9c:b6:d0:00:00:01"


def read(text: str) -> Harvested:
    return dnsmasq.read(text.split("\n"), NOW)


def test_a_lease_says_address_mac_and_name() -> None:
    (known,) = read(f"{LATER} {MAC} 10.0.0.5 ek-c0001 01:{MAC}\n").known
    assert (known.ip, known.mac) == ("10.0.0.5", MAC)
    assert known.evidence == (Evidence("dhcp", "mac", MAC), Evidence("dhcp", "hostname", "ek-c0001"))
    assert known.until == NOW + timedelta(hours=8)


def test_a_star_is_no_name_and_zero_is_for_ever() -> None:
    (known,) = read(f"0 {MAC.upper()} 10.0.0.5 * *\n").known
    assert known.evidence == (Evidence("dhcp", "mac", MAC),)
    assert known.until is None


def test_a_lease_that_has_run_out_says_nothing() -> None:
    found = read(f"{EARLIER} {MAC} 10.0.0.5 * *\n")
    assert (found.known, found.malformed) == ((), 0)


def test_the_ipv6_part_is_not_read_as_ipv4() -> None:
    text = f"{LATER} {MAC} 10.0.0.5 * *\nduid 00:01\n{LATER} 16777216 fd00::5 * 00:01\n"
    found = read(text)
    assert (len(found.known), found.malformed) == (1, 0)


@pytest.mark.parametrize(
    "line",
    [
        "nonsense",
        f"{LATER} {MAC} 10.0.0.5 *",
        f"x {MAC} 10.0.0.5 * *",
        f"{LATER} 20-00-11-22 10.0.0.5 * *",
        f"{LATER} {MAC} 10.0.0.500 * *",
        f"99999999999999999999 {MAC} 10.0.0.5 * *",
    ],
)
def test_a_line_that_cannot_be_read_is_counted_and_the_rest_is_kept(line: str) -> None:
    found = read(f"{line}\n{LATER} {MAC} 10.0.0.5 * *\n")
    assert (len(found.known), found.malformed) == (1, 1)


@pytest.mark.parametrize("space", ["\u2028", "\x85", "\x0c", "\x1c", "\xa0"])
def test_a_name_cannot_forge_a_lease(space: str) -> None:
    forged = space.join([f"x{space}0", "aa:aa:aa:00:00:01", "10.0.0.9", "forged", "*"])
    found = read(f"{LATER} {MAC} 10.0.0.5 {forged} *\n")
    assert [known.ip for known in found.known] == ["10.0.0.5"]


def test_an_empty_file_is_a_server_without_leases() -> None:
    assert read("") == Harvested(())


def test_a_file_of_another_kind_is_no_empty_network() -> None:
    with pytest.raises(MalformedError):
        read("address,hwaddr\n10.0.0.5,aa\n")


@given(st.text(max_size=200))
def test_no_file_is_too_strange(text: str) -> None:
    with contextlib.suppress(MalformedError):
        dnsmasq.read(text.split("\n"), NOW)
