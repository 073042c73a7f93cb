from __future__ import annotations

import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.fingerprint import identify
from discovery.nmap_report import MAX_REPORT, read, timed_out

SERVICE = (
    '<port protocol="tcp" portid="23"><state state="open"/><service name="telnet" product="HP JetDirect printer telnetd"'
    ' version="1.2" devicetype="printer" ostype="embedded" hostname="skrivare-2" method="probed" conf="10">'
    "<cpe>cpe:/h:hp:jetdirect</cpe></service></port>"
)
GUESSED = '<port portid="80"><service name="http" product="a guess" method="table" conf="3"/></port>'
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE nmaprun>\n<nmaprun scanner="nmap"><host><ports>'
TAIL = "</ports></host></nmaprun>"
WHOLE = (HEAD + GUESSED + SERVICE + TAIL).encode()
"""The form of nmap 7.93's ``-oX`` (nmap.dtd)."""


def test_a_service_that_was_asked_tells_and_a_guess_from_its_number_does_not() -> None:
    assert {(e.key, e.value) for e in read(WHOLE)} == {
        ("product", "HP JetDirect printer telnetd"),
        ("version", "1.2"),
        ("devicetype", "printer"),
        ("os", "embedded"),
        ("name", "skrivare-2"),
        ("cpe", "cpe:/h:hp:jetdirect"),
    }


def test_what_nmap_calls_a_printer_is_one() -> None:
    assert identify(read(WHOLE)).device_class.value == "printer"


def test_a_report_cut_off_gives_what_stood_before() -> None:
    cut = WHOLE[: WHOLE.index(b"</ports>")]
    assert read(cut) == read(WHOLE)
    assert read(WHOLE[: WHOLE.index(b"<port ")]) == []


def test_a_device_cannot_say_that_the_time_was_out() -> None:
    assert timed_out(b'<host timedout="true">')
    assert not timed_out(b'<service product="timedout=&quot;true&quot;"/>')


_LOL = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
BOMB = f'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY l0 "lol">{_LOL}]><r><service method="probed" product="&l9;"/></r>'
QUADRATIC = (
    '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "' + "a" * 50_000 + '">]><r>' + "&a;" * 50_000 + "</r>"
)
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]><r><cpe>&x;</cpe></r>'
PARAMETER = '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;]><r/>'


@pytest.mark.parametrize(
    "xml", [BOMB, QUADRATIC, OUTSIDE, PARAMETER], ids=["laughs", "quadratic", "file", "web"]
)
def test_entities_are_refused_and_cost_nothing(xml: str) -> None:
    tracemalloc.start()
    began = time.monotonic()
    assert read(xml.encode()) == []
    took, (_, peak) = time.monotonic() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert took < 1
    assert peak < 8_000_000


def test_without_the_refusal_the_same_bomb_would_go_off() -> None:
    """The control: the plain parser does expand the entities that ours refuses."""
    from xml.etree.ElementTree import fromstring

    small = BOMB.replace("&l9;", "&l3;")
    assert fromstring(small)[0].get("product") == "lol" * 1000  # noqa: S314 -- the control
    assert read(small.encode()) == []


def test_a_report_past_the_bound_and_deep_nesting_end() -> None:
    began = time.monotonic()
    deep = (HEAD + SERVICE + "<a>" * 50_000).encode()
    assert read(deep) == read(WHOLE)
    assert read((HEAD + SERVICE).encode() + b"<!-- " + b"x" * 5 * MAX_REPORT) == read(WHOLE)
    assert time.monotonic() - began < 10


@given(at=st.integers(0, len(WHOLE) - 1), octets=st.binary(min_size=1, max_size=8), cut=st.integers(0, 2000))
def test_a_changed_report_is_read_as_far_as_it_goes(at: int, octets: bytes, cut: int) -> None:
    changed = (WHOLE[:at] + octets + WHOLE[at + len(octets) :])[:cut]
    assert all(e.probe == "nmap" and e.value.isprintable() for e in read(changed))


@given(st.binary(max_size=500))
def test_no_report_is_too_strange(xml: bytes) -> None:
    assert isinstance(read(xml), list)
