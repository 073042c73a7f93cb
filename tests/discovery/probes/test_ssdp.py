from __future__ import annotations

import asyncio
import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.probes import ssdp
from tests.discovery.replaying import HOST, Replay

BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
    b"<root><device><modelName>&b;</modelName></device></root>"
)
OUTSIDE = (
    b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
    b"<root><device><modelName>&x;</modelName></device></root>"
)


def test_a_device_tells_what_it_is_and_where_its_description_lies() -> None:
    found = {e.key: e.value for e in asyncio.run(ssdp.look(HOST, Replay.of("ssdp/description")))}
    assert found["server"] == "Linux/4.9 UPnP/1.0 IpBridge/1.60.0"
    assert (found["manufacturer"], found["modelName"]) == ("Signify", "Philips hue bridge 2015")
    assert (found["serialNumber"], found["friendlyName"]) == ("001788000026", "Hue Bridge")


@pytest.mark.parametrize(
    "location",
    [
        "http://198.51.100.9/description.xml",
        "https://192.0.2.20/description.xml",
        "file:///etc/passwd",
        "http://192.0.2.20:99999/",
        "http://192.0.2.20@198.51.100.9/",
        "http://[",
    ],
)
def test_a_description_elsewhere_is_not_fetched(location: str) -> None:
    assert ssdp.place(location, "192.0.2.20") is None


def test_a_path_cannot_carry_a_second_request() -> None:
    assert ssdp.place("http://192.0.2.20/a b\r\nHost: x", "192.0.2.20") in {
        None,
        (80, "/a"),
        (80, "/abHost:x"),
    }


@pytest.mark.parametrize("xml", [BOMB, OUTSIDE, b"", b"<root>", b"\xff\xfe\x00", b"<root/>"])
def test_bombs_entities_and_nonsense_give_nothing(xml: bytes) -> None:
    assert ssdp.read_description(xml) == []


@given(st.lists(st.binary(max_size=400), max_size=3))
def test_whatever_datagrams_come_nothing_raises(datagrams: list[bytes]) -> None:
    found, _ = ssdp.read(datagrams)
    assert isinstance(found, list)


def test_what_is_no_answer_to_a_search_is_left() -> None:
    assert ssdp.headers(b"M-SEARCH * HTTP/1.1\r\nSERVER: me\r\n\r\n") == {}


_HEAD = b'<?xml version="1.0"?><root><device><modelName>Hue</modelName></device>'
_LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
LAUGHS = f'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY l0 "lol">{_LAUGHS}]><root><device><modelName>&l9;</modelName></device></root>'
QUADRATIC = (
    '<!DOCTYPE r [<!ENTITY a "'
    + "a" * 50_000
    + '">]><root><device><modelName>'
    + "&a;" * 50_000
    + "</modelName></device></root>"
)
PARAMETER = '<!DOCTYPE r [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;]><root><device/></root>'


@pytest.mark.parametrize(
    "xml",
    [
        LAUGHS.encode(),
        QUADRATIC.encode(),
        PARAMETER.encode(),
        OUTSIDE,
        _HEAD + b"<a>" * 300_000,
        b"<a>" * 330_000,
    ],
    ids=["laughs", "quadratic", "parameter entity", "file", "deep nesting", "only nesting"],
)
def test_hostile_descriptions_cost_neither_time_nor_memory(xml: bytes) -> None:
    """CVE-2018-13415 to 13417 were this file, in other products."""
    tracemalloc.start(1)
    began = time.monotonic()
    assert ssdp.read_description(xml) == []
    took, (_, peak) = time.monotonic() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    print(f"{len(xml)} bytes: {took:.2f} s, peak {peak / 1e6:.1f} MB")
    assert took < 2
    assert peak < 10_000_000


def test_the_plain_parser_does_expand_what_is_refused() -> None:
    """The control: the same laughs, four levels of them, become 30,000 characters there."""
    from xml.etree.ElementTree import fromstring

    small = LAUGHS.replace("&l9;", "&l4;")
    assert fromstring(small)[0][0].text == "lol" * 10_000  # noqa: S314 -- the control
    assert ssdp.read_description(small.encode()) == []


def test_a_deep_description_that_is_whole_is_read() -> None:
    deep = _HEAD + b"<a>" * 9_000 + b"</a>" * 9_000 + b"</root>"
    assert [e.value for e in ssdp.read_description(deep)] == ["Hue"]


def test_a_description_past_the_bound_is_cut_and_gives_nothing() -> None:
    xml = _HEAD + b"<!--" + b"x" * (2 * ssdp.CAP) + b"--></root>"
    answer = b"HTTP/1.1 200 OK\r\n\r\n" + xml
    assert [e.value for e in ssdp.read_description(xml)] == ["Hue"], "whole, it would be read"
    said = Replay.of("ssdp/description").said
    said["tcp"] = [{"port": 80, "read": answer[: ssdp.CAP].hex()}]
    found = asyncio.run(ssdp.look(HOST, Replay(said, piece=16_384)))
    assert {e.key for e in found} == {"server", "st", "usn"}
