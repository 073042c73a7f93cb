from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.evidence import Evidence
from discovery.harvest.dhcp_leases import harvest, read

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 23, 2, 15, tzinfo=UTC)
LATER, EARLIER = (int((NOW + timedelta(hours=h)).timestamp()) for h in (8, -1))
MAC = "9c:b6:d0:00:00:01"


def test_a_lease_says_address_mac_and_name() -> None:
    (known,) = read(f"{LATER} {MAC} 10.0.0.5 ek-c0001 01:{MAC}\n", NOW).known
    assert (known.ip, known.mac) == ("10.0.0.5", MAC)
    assert known.evidence == (Evidence("dhcp", "mac", MAC), Evidence("dhcp", "hostname", "ek-c0001"))
    assert known.until == NOW + timedelta(hours=8)


def test_a_star_is_no_name_and_zero_is_for_ever() -> None:
    (known,) = read(f"0 {MAC.upper()} 10.0.0.5 * *\n", NOW).known
    assert known.evidence == (Evidence("dhcp", "mac", MAC),)
    assert known.until is None


def test_a_lease_that_has_run_out_says_nothing() -> None:
    assert read(f"{EARLIER} {MAC} 10.0.0.5 * *\n", NOW).known == ()


def test_the_ipv6_part_is_not_read_as_ipv4() -> None:
    text = f"{LATER} {MAC} 10.0.0.5 * *\nduid 00:01\n{LATER} 16777216 fd00::5 * 00:01\n"
    found = read(text, NOW)
    assert len(found.known) == 1
    assert found.malformed == 0


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
    found = read(f"{line}\n{LATER} {MAC} 10.0.0.5 * *\n", NOW)
    assert (len(found.known), found.malformed) == (1, 1)


@given(st.text(max_size=200))
def test_no_file_is_too_strange(text: str) -> None:
    read(text, NOW)


def test_bytes_that_are_no_text_are_read_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "leases"
    path.write_bytes(f"{LATER} {MAC} 10.0.0.5 ".encode() + b"r\xe4ka *\n")
    (known,) = harvest(path, NOW).known
    assert known.evidence[1].value == "r\ufffdka"
