"""IPv6 neighbours: what is asked is as the standards have it (scapy reads it), and only a real answer is one (scapy writes it)."""

from __future__ import annotations

from functools import cache
from ipaddress import IPv6Address, IPv6Interface, IPv6Network
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.interfaces import Link
from discovery.sweeps import nd

OWN, THEIRS = "9c:b6:d0:00:00:01", "9c:b6:d0:00:00:02"
OWN_BYTES = bytes.fromhex(OWN.replace(":", ""))
HERE = IPv6Address("fe80::9eb6:d0ff:fe00:1")
THERE = IPv6Address("fe80::9eb6:d0ff:fe00:2")
LINK = Link("eth0", OWN, (IPv6Interface("fd00:99::1/64"), IPv6Interface(f"{HERE}/64")))


@cache
def _layers() -> SimpleNamespace:
    """scapy's layers, an encoder and decoder that is not ours; loaded when needed, for it takes its time."""
    from scapy.layers import inet6, l2

    return SimpleNamespace(**{**vars(inet6), "Ether": l2.Ether})


def _framed(message: object, source: str = str(THERE), hops: int = 255) -> bytes:
    made = _layers()
    return bytes(made.Ether(src=THEIRS, dst=OWN) / made.IPv6(src=source, dst=str(HERE), hlim=hops) / message)


def _reply(identifier: int = 7, data: bytes = b"enhetskoll", source: str = str(THERE)) -> bytes:
    return _framed(_layers().ICMPv6EchoReply(id=identifier, seq=1, data=data), source, hops=64)


def _advertisement(target: str = str(THERE), hops: int = 255, mac: str | None = THEIRS) -> bytes:
    made = _layers()
    message = made.ICMPv6ND_NA(tgt=target)
    return _framed(message / made.ICMPv6NDOptDstLLAddr(lladdr=mac) if mac else message, hops=hops)


def test_an_address_is_made_of_a_mac_as_the_standard_has_it() -> None:
    """RFC 4291, appendix A: FFFE in the midst, and the universal bit turned."""
    made = nd.of_mac("00:00:5e:00:53:01", IPv6Network("2001:db8::/64"))
    assert made == IPv6Address("2001:db8::200:5eff:fe00:5301")


def test_everybody_is_asked_by_an_echo_request_to_all_nodes() -> None:
    made = _layers()
    read = made.Ether(nd.echo(OWN_BYTES, HERE, 7))
    assert (read.src, read.dst) == (OWN, "33:33:00:00:00:01")
    assert (read[made.IPv6].src, read[made.IPv6].dst) == (str(HERE), "ff02::1")
    assert (read[made.ICMPv6EchoRequest].id, read[made.ICMPv6EchoRequest].data) == (7, b"enhetskoll")
    told = read[made.ICMPv6EchoRequest].cksum
    del read[made.ICMPv6EchoRequest].cksum
    assert made.Ether(bytes(read))[made.ICMPv6EchoRequest].cksum == told


def test_one_device_is_asked_alone_whether_an_address_is_its_own() -> None:
    made = _layers()
    read = made.Ether(nd.solicitation(OWN_BYTES, HERE, THEIRS, THERE))
    assert (read.src, read.dst) == (OWN, THEIRS)
    assert (read[made.IPv6].src, read[made.IPv6].dst, read[made.IPv6].hlim) == (str(HERE), str(THERE), 255)
    assert read[made.ICMPv6ND_NS].tgt == str(THERE)
    assert read[made.ICMPv6NDOptSrcLLAddr].lladdr == OWN
    told = read[made.ICMPv6ND_NS].cksum
    del read[made.ICMPv6ND_NS].cksum
    assert made.Ether(bytes(read))[made.ICMPv6ND_NS].cksum == told


def test_answers_say_who_has_which_address() -> None:
    assert nd.told(_reply(), 7) == (THERE, THEIRS)
    assert nd.told(_advertisement(), 7) == (THERE, THEIRS)
    assert nd.told(_advertisement(mac=None), 7) == (THERE, THEIRS), (
        "without the option, by the frame's sender"
    )
    other = "9c:b6:d0:00:00:09"
    assert nd.told(_advertisement(mac=other), 7) == (THERE, other)


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        _reply()[:60],
        _reply(identifier=8),
        _reply(data=b"somebody"),
        _reply()[:-1] + b"\x00",
        _reply(source="ff02::5"),
        _advertisement(hops=64),
        _advertisement(target="::1"),
        _advertisement(mac="33:33:00:00:00:01"),
        _framed(_layers().ICMPv6ND_NS(tgt=str(HERE))),
    ],
    ids=[
        "empty",
        "cut",
        "another's echo",
        "another program's echo",
        "a wrong checksum",
        "from a group",
        "an advertisement that passed a router",
        "of no host's address",
        "of a group's MAC",
        "a question",
    ],
)
def test_anything_else_is_no_answer(frame: bytes) -> None:
    assert nd.told(frame, 7) is None


@given(st.binary(max_size=120))
def test_no_frame_is_too_strange(tail: bytes) -> None:
    nd.told(tail, 7)
    nd.told(_reply()[:14] + tail, 7)


def test_it_asks_from_one_address_of_each_prefix_the_link_s_own_first() -> None:
    assert nd.sources_of(LINK) == [HERE, IPv6Address("fd00:99::1")]
    host_route = Link("eth0", OWN, (IPv6Interface("fd00:99::1/128"),))
    assert nd.sources_of(host_route) == [], "a /128 says nothing of who else is on the link"
