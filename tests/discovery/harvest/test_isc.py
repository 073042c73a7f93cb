from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.errors import MalformedError
from discovery.evidence import Evidence
from discovery.harvest import Harvested, isc

NOW = datetime(2026, 11, 23, 2, 15, tzinfo=UTC)
LATER = NOW + timedelta(hours=8)
HEAD = '# written by isc-dhcp\n\nauthoring-byte-order little-endian;\n\nserver-duid "\\000\\001";\n\n'
MAC = "ac:cc:8e:00:00:21"


def _ends(moment: datetime) -> str:
    return f"ends {moment.isoweekday() % 7} {moment:%Y/%m/%d %H:%M:%S};"


def _block(*more: str, ip: str = "10.0.0.5", ends: str = _ends(LATER), state: str = "active") -> str:
    lines = [
        "starts 1 2026/11/22 17:47:52;",
        ends,
        f"binding state {state};",
        "next binding state free;",
        f"hardware ethernet {MAC};",
        'uid "\\001\\254\\314\\216\\000\\000!";',
        *more,
    ]
    return f"lease {ip} {{\n" + "".join(f"  {line}\n" for line in lines) + "}\n"


def _read(*blocks: str, head: str = HEAD) -> Harvested:
    return isc.read((head + "".join(blocks)).split("\n"), NOW)


def test_a_block_says_address_mac_name_and_vendor_class() -> None:
    said = ('set vendor-class-identifier = "axis,camera";', 'client-hostname "kamera-1";')
    (known,) = _read(_block(*said)).known
    assert (known.ip, known.mac, known.until) == ("10.0.0.5", MAC, LATER)
    assert known.evidence == (
        Evidence("dhcp", "mac", MAC),
        Evidence("dhcp", "hostname", "kamera-1"),
        Evidence("dhcp", "vendor_class", "axis,camera"),
    )


def test_the_later_block_of_an_address_holds() -> None:
    (known,) = _read(_block('client-hostname "old";'), _block('client-hostname "new";')).known
    assert known.evidence[1].value == "new"


@pytest.mark.parametrize("state", ["free", "expired", "released", "abandoned", "reset", "backup"])
def test_a_lease_given_back_takes_the_earlier_block_with_it(state: str) -> None:
    assert _read(_block(), _block(state=state)) == Harvested(())


def test_times_are_utc() -> None:
    assert len(_read(_block(ends=_ends(NOW + timedelta(minutes=1)))).known) == 1
    assert _read(_block(ends=_ends(NOW - timedelta(minutes=1)))).known == ()


@pytest.mark.parametrize(
    ("ends", "until"), [("ends never;", None), (f"ends epoch {int(LATER.timestamp())};", LATER)]
)
def test_a_lease_may_be_for_ever_or_told_in_seconds(ends: str, until: datetime | None) -> None:
    (known,) = _read(_block(ends=ends)).known
    assert known.until == until


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (r"Bj\303\266rns-dator", "Björns-dator"),
        (r"a\"b\\c", 'a"b\\c'),
        (r"\344\033[31m", "\ufffd [31m"),
        ('} lease 10.0.0.9 {", "', None),
    ],
)
def test_escapes_are_undone_and_what_is_told_stays_text(written: str, meant: str | None) -> None:
    (known,) = _read(_block(f'client-hostname "{written}";')).known
    assert [e.value for e in known.evidence if e.key == "hostname"] == ([meant] if meant else [])


def test_what_stands_in_a_handler_is_not_the_leases_own() -> None:
    handler = ("on expiry {", f"hardware ethernet {MAC.replace('21', '99')};", "}")
    (known,) = _read(_block(*handler)).known
    assert known.mac == MAC


def test_other_kinds_of_blocks_are_passed_over() -> None:
    others = (
        'failover peer "x" state {\n  my state normal;\n}\nia-na "\\001" {\n  cltt 1 2026/11/22 1:1:1;\n}\n'
    )
    assert len(_read(others, _block()).known) == 1


def test_a_half_written_block_leaves_the_earlier_one() -> None:
    whole = _block('client-hostname "old";')
    given_back = _block(state="free")
    assert _read(whole, given_back) == Harvested(())
    for length in range(len(given_back) - len("}\n")):
        found = _read(whole, given_back[:length])
        assert [known.evidence[1].value for known in found.known] == ["old"]


def test_a_block_that_cannot_be_read_is_counted() -> None:
    found = _read(_block(ip="10.0.0.500"), _block(ends="ends 1 2026/13/41 00:00:00;"), _block(ip="10.0.0.6"))
    assert ([known.ip for known in found.known], found.malformed) == (["10.0.0.6"], 2)


def test_an_empty_file_is_a_server_without_leases() -> None:
    assert isc.read(["# only a comment", ""], NOW) == Harvested(())


def test_a_file_of_another_kind_is_no_empty_network() -> None:
    with pytest.raises(MalformedError):
        isc.read([f"0 {MAC} 10.0.0.5 * *"], NOW)


@given(text=st.text(max_size=300), headed=st.booleans())
def test_no_file_is_too_strange(text: str, *, headed: bool) -> None:
    try:
        isc.read(((HEAD if headed else "") + _block() + text).split("\n"), NOW)
    except MalformedError:
        assert not headed


def test_a_hundred_thousand_backslashes_take_no_time() -> None:
    assert len(_read(_block('client-hostname "' + "\\" * 100_001 + '";')).known) == 1
