from __future__ import annotations

import asyncio

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
