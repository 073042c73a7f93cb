from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.errors import MalformedError
from discovery.harvest import Harvested, kea

NOW = datetime(2026, 11, 23, 2, 15, tzinfo=UTC)
LATER, EARLIER = (int((NOW + timedelta(hours=h)).timestamp()) for h in (8, -1))
HEADER = (
    "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context"
)
MAC = "9c:b6:d0:00:00:01"


def _row(ip: str = "10.0.0.5", mac: str = MAC, name: str = "tavla-1", **more: object) -> str:
    at = {"lifetime": 3600, "expire": LATER, "state": 0, **more}
    return f"{ip},{mac},01:{mac},{at['lifetime']},{at['expire']},7,0,0,{name},{at['state']},"


def _read(*rows: str, header: str = HEADER) -> Harvested:
    return kea.read([[header, *rows, ""]], NOW)


def test_a_row_says_address_mac_and_name() -> None:
    (known,) = _read(_row(name="tavla-1.ekbacka.example.")).known
    assert (known.ip, known.mac, known.until) == ("10.0.0.5", MAC, NOW + timedelta(hours=8))
    assert [e.value for e in known.evidence] == [MAC, "tavla-1.ekbacka.example"]


def test_the_last_row_of_an_address_holds() -> None:
    other = "9c:b6:d0:00:00:02"
    (known,) = _read(_row(name="old"), _row(mac=other, name="new")).known
    assert (known.mac, known.evidence[1].value) == (other, "new")


@pytest.mark.parametrize(
    "last",
    [
        {"state": 1, "mac": ""},
        {"state": 2},
        {"state": 3},
        {"lifetime": 0},
        {"expire": EARLIER},
    ],
    ids=["declined", "reclaimed", "released", "taken away", "run out"],
)
def test_a_lease_that_ended_takes_the_earlier_row_with_it(last: dict) -> None:
    assert len(_read(_row()).known) == 1
    assert _read(_row(), _row(**last)) == Harvested(())


def test_the_longest_lifetime_is_for_ever() -> None:
    (known,) = _read(_row(lifetime=0xFFFFFFFF, expire=EARLIER)).known
    assert known.until is None


def test_columns_are_found_by_their_names() -> None:
    header = "hostname,expire,pool_id,state,address,valid_lifetime,hwaddr"
    (known,) = _read(f"skrivare,{LATER},0,0,10.0.0.5,600,{MAC}", header=header).known
    assert (known.ip, known.evidence[1].value) == ("10.0.0.5", "skrivare")


def test_a_later_version_adds_a_column() -> None:
    (known,) = _read(_row() + ",0", header=HEADER + ",pool_id").known
    assert known.ip == "10.0.0.5"


def test_an_escaped_comma_is_part_of_the_name() -> None:
    (known,) = _read(_row(name="Anna&#x2c Ek")).known
    assert known.evidence[1].value == "Anna, Ek"


@pytest.mark.parametrize("length", range(1, 60))
def test_a_half_written_row_never_becomes_another_lease(length: int) -> None:
    found = _read(_row(), _row("10.0.0.60", "9c:b6:d0:00:00:06")[:length])
    assert [known.ip for known in found.known] == ["10.0.0.5"]
    assert found.malformed == 1


def test_older_files_come_first() -> None:
    found = kea.read([[HEADER, _row(name="old"), _row("10.0.0.6")], [HEADER, _row(name="new")]], NOW)
    assert {k.ip: k.evidence[1].value for k in found.known} == {"10.0.0.5": "new", "10.0.0.6": "tavla-1"}


@pytest.mark.parametrize("first", ["", "address,duid,valid_lifetime,expire", _row(), "0 aa 10.0.0.5 * *"])
def test_a_file_without_its_header_is_no_empty_network(first: str) -> None:
    with pytest.raises(MalformedError):
        kea.read([[first, _row()]], NOW)


@given(rows=st.lists(st.text(max_size=80), max_size=5), headed=st.booleans())
def test_no_journal_is_too_strange(rows: list[str], *, headed: bool) -> None:
    try:
        kea.read([[HEADER, *rows] if headed else rows], NOW)
    except MalformedError:
        assert not headed


@given(st.integers(0, len(_row()) - 1), st.characters())
def test_a_changed_octet_costs_a_row_at_most(at: int, octet: str) -> None:
    row = _row("10.0.0.6", "9c:b6:d0:00:00:06")
    found = _read(_row(), row[:at] + octet + row[at + 1 :])
    assert "10.0.0.5" in {known.ip for known in found.known} or found.malformed == 0
