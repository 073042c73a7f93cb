from __future__ import annotations

import codecs
import contextlib
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.errors import MalformedError
from discovery.harvest import Harvested, windows_dhcp

NOW = datetime(2026, 11, 23, 2, 15, tzinfo=UTC)
STOCKHOLM = ZoneInfo("Europe/Stockholm")
COLUMNS = (
    "IPAddress",
    "ScopeId",
    "AddressState",
    "ClientId",
    "HostName",
    "ClientType",
    "LeaseExpiryTime",
    "Description",
    "ServerIP",
)
ROW = {
    "IPAddress": "10.0.0.5",
    "ScopeId": "10.0.0.0",
    "AddressState": "Active",
    "ClientId": "9c-b6-d0-00-00-01",
    "HostName": "DESKTOP-AB12CD3.ekbacka.example",
    "ClientType": "Dhcp",
    "LeaseExpiryTime": "2026-11-23 10:15:00",
    "ServerIP": "10.0.0.2",
}


def _export(*rows: dict[str, str], by: str = ",", head: str = "") -> str:
    lines = [by.join(f'"{name}"' for name in COLUMNS)]
    lines += [by.join(f'"{ {**ROW, **row}.get(name, "") }"' for name in COLUMNS) for row in rows]
    return head + "\r\n".join(lines) + "\r\n"


def _read(*rows: dict[str, str], **how: str) -> Harvested:
    return windows_dhcp.read(_export(*rows, **how), NOW, STOCKHOLM)


def test_a_row_says_address_mac_and_the_devices_own_name() -> None:
    (known,) = _read({}).known
    assert (known.ip, known.mac) == ("10.0.0.5", "9c:b6:d0:00:00:01")
    assert [e.value for e in known.evidence] == ["9c:b6:d0:00:00:01", "DESKTOP-AB12CD3"]
    assert known.until == datetime(2026, 11, 23, 9, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    "time",
    [
        "2026-11-23 10:15:00",
        "11/23/2026 10:15:00 AM",
        "11/23/2026 10:15:00\u202fAM",
        "23/11/2026 10:15:00",
        "23.11.2026 10:15:00",
    ],
)
def test_a_time_is_read_in_the_culture_of_who_exported(time: str) -> None:
    (known,) = _read({"LeaseExpiryTime": time}).known
    assert known.until == datetime(2026, 11, 23, 9, 15, tzinfo=UTC)


def test_the_machines_local_time_decides_what_has_run_out() -> None:
    assert _read({"LeaseExpiryTime": "2026-11-23 03:14:00"}) == Harvested(())
    assert len(_read({"LeaseExpiryTime": "2026-11-23 03:16:00"}).known) == 1


def test_a_time_of_another_culture_is_counted_and_its_lease_kept() -> None:
    found = _read({"LeaseExpiryTime": "den 23 november"})
    assert (len(found.known), found.malformed) == (1, 1)


@pytest.mark.parametrize(
    ("state", "there"),
    [
        ("Active", True),
        ("ActiveReservation", True),
        ("InactiveReservation", False),
        ("Offered", False),
        ("Declined", False),
        ("Expired", False),
    ],
)
def test_only_a_lease_in_use_says_that_somebody_is_there(state: str, *, there: bool) -> None:
    assert len(_read({"AddressState": state, "LeaseExpiryTime": ""}).known) == there


@pytest.mark.parametrize("by", [",", ";", "\t"])
@pytest.mark.parametrize("head", ["", "#TYPE Microsoft.Management.Infrastructure.CimInstance#root\r\n"])
@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (b"", "utf-8"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (b"", "cp1252"),
    ],
)
def test_however_it_was_saved_it_is_read(by: str, head: str, mark: bytes, encoding: str) -> None:
    data = mark + _export({"HostName": "Björns-dator"}, by=by, head=head).encode(encoding)
    (known,) = windows_dhcp.read(windows_dhcp.decoded(data), NOW, STOCKHOLM).known
    assert known.evidence[1].value == "Björns-dator"


@pytest.mark.parametrize("client", ["ff-00-00-00-01-00-01-2c", "52-41-53-20-10", ""])
def test_a_client_that_is_no_mac_is_passed_over(client: str) -> None:
    assert _read({"ClientId": client}) == Harvested(())


def test_a_row_that_cannot_be_read_is_counted() -> None:
    found = _read({"IPAddress": "10.0.0.500"}, {})
    assert (len(found.known), found.malformed) == (1, 1)


def test_a_description_over_several_lines_is_one_field() -> None:
    assert len(_read({"Description": "rad 1\r\nrad 2"}, {"IPAddress": "10.0.0.6"}).known) == 2


def test_an_export_cut_off_keeps_what_is_whole() -> None:
    text = _export({}, {"IPAddress": "10.0.0.6"})
    found = windows_dhcp.read(text[: text.index("10.0.0.6") + 4], NOW, STOCKHOLM)
    assert ([known.ip for known in found.known], found.malformed) == (["10.0.0.5"], 1)


@pytest.mark.parametrize("text", ["", "0 aa 10.0.0.5 * *\n", "Name;Serial\nx;y\n"])
def test_a_file_of_another_kind_is_no_empty_network(text: str) -> None:
    with pytest.raises(MalformedError):
        windows_dhcp.read(text, NOW, STOCKHOLM)


@given(data=st.binary(max_size=300), headed=st.booleans())
def test_no_file_is_too_strange(data: bytes, *, headed: bool) -> None:
    text = windows_dhcp.decoded(data)
    with contextlib.suppress(MalformedError):
        windows_dhcp.read((_export({}) if headed else "") + text, NOW, STOCKHOLM)
