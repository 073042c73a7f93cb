"""What the watcher makes of frames: who is heard, where, and that nothing strange or too much does harm."""

from __future__ import annotations

import struct
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.coverage import Coverage, MethodState
from discovery.evidence import Evidence
from discovery.passive import dhcp, listening
from discovery.passive.frames import read
from discovery.passive.listening import Listening
from discovery.passive.watch import tell
from discovery.settings import DiscoverySettings
from discovery.sighting import Sighting

if TYPE_CHECKING:
    from discovery.lines import Line

MAC, ROUTER = "9c:b6:d0:00:00:07", "00:1b:21:00:00:01"
LINK = IPv4Network("10.77.1.0/24")
SETTINGS = DiscoverySettings.from_document(
    {
        "networks": [
            {"name": "office", "cidr": "10.77.1.0/24", "site": "Stadshuset"},
            {"name": "school", "cidr": "10.77.2.0/24"},
        ],
        "scope": {"never": ["10.77.1.66/32"]},
    }
)
ASKS = bytes([53, 1, 1, 12, 7]) + b"skrivar" + bytes([55, 3, 1, 3, 6, 60, 6]) + b"MSFT 5" + b"\xff"


def _raw(mac: str) -> bytes:
    return bytes.fromhex(mac.replace(":", ""))


def _arp(ip: str, mac: str = MAC, claimed: str | None = None) -> bytes:
    """RFC 826: a question for 10.77.1.1 by `ip`."""
    head = b"\xff" * 6 + _raw(mac) + b"\x08\x06" + bytes.fromhex("0001080006040001")
    return (
        head + _raw(claimed or mac) + IPv4Address(ip).packed + b"\x00" * 6 + IPv4Address("10.77.1.1").packed
    )


def _message(options: bytes = ASKS, *, ip: str = "0.0.0.0", relay: str = "0.0.0.0") -> bytes:  # noqa: S104 -- no address yet
    """A client's message, laid out as RFC 2131, section 2, has it."""
    fixed = bytes([1, 1, 6, 0]) + bytes(8) + IPv4Address(ip).packed + bytes(8) + IPv4Address(relay).packed
    return fixed + _raw(MAC) + bytes(10 + 64 + 128) + b"\x63\x82\x53\x63" + options


def _udp(payload: bytes, port: int, ip: str = "0.0.0.0", mac: str = MAC) -> bytes:  # noqa: S104 -- no address yet
    datagram = struct.pack("!HHHH", 68, port, 8 + len(payload), 0) + payload
    head = bytes([0x45, 0]) + struct.pack("!HHH", 20 + len(datagram), 0, 0) + bytes([64, 17, 0, 0])
    return b"\xff" * 6 + _raw(mac) + b"\x08\x00" + head + IPv4Address(ip).packed + b"\xff" * 4 + datagram


def _told(*frames: bytes) -> tuple[list[Sighting], list[Coverage]]:
    heard = Listening(SETTINGS, SETTINGS.networks, [LINK])
    for frame in frames:
        heard.take(frame, 1.0)
    lines: list[Line] = []
    now = datetime(2026, 11, 25, 10, tzinfo=UTC)
    tell(heard, "s", "local", now, now, lines.append)
    return [one for one in lines if isinstance(one, Sighting)], [
        one for one in lines if isinstance(one, Coverage)
    ]


def test_who_asks_for_an_address_is_heard_before_it_has_one() -> None:
    (seen,), _ = _told(_udp(_message(), 67))
    assert (seen.source, seen.network, seen.site) == ("dhcp", "office", "Stadshuset")
    assert [(a.ip, a.mac, a.via) for a in seen.addresses] == [(None, MAC, None)]
    assert seen.names == ("skrivar",)
    assert {
        Evidence("dhcp", "vendor_class", "MSFT 5"),
        Evidence("dhcp", "param_list", "1,3,6"),
        Evidence("dhcp", "mac", MAC),
    } <= set(seen.evidence)


def test_a_device_is_one_sighting_however_often_and_in_whatever_way_it_speaks() -> None:
    (seen,), covered = _told(
        _udp(_message(), 67), _arp("10.77.1.7"), _arp("10.77.1.7"), _udp(b"", 5353, "10.77.1.7")
    )
    assert [(a.ip, a.mac) for a in seen.addresses] == [("10.77.1.7", MAC)]
    assert seen.names == ("skrivar",), "what it told before it had an address belongs to it"
    assert [one.methods[0].answered for one in covered] == [1, 0]


def test_a_relayed_question_belongs_to_the_network_it_was_relayed_from() -> None:
    (seen,), _ = _told(_udp(_message(relay="10.77.2.1"), 67, "10.77.2.1", ROUTER))
    assert seen.network == "school"
    assert [a.mac for a in seen.addresses] == [MAC], "the device's, not the relay's"


def test_an_address_is_taken_from_a_request_and_not_from_a_wish() -> None:
    wanted = bytes([50, 4, 10, 77, 1, 9, 255])
    wish, request = (dhcp.read(_message(bytes([53, 1, kind]) + wanted)) for kind in (1, 3))
    assert wish is not None
    assert request is not None
    assert (wish.ip, request.ip) == (None, "10.77.1.9")


@pytest.mark.parametrize(
    "frame",
    [
        _arp("10.99.0.1"),
        _arp("10.77.1.66"),
        _arp("0.0.0.0"),  # noqa: S104 -- RFC 5227
        _arp("10.77.1.7", claimed=ROUTER),
        _udp(b"", 5353, "10.77.2.9", ROUTER),
        _arp("10.77.1.1", "00:00:5e:00:01:0a"),
        _udp(b"", 67),
    ],
    ids=[
        "elsewhere",
        "never",
        "a probe",
        "for another",
        "through a router",
        "a virtual router",
        "no message",
    ],
)
def test_who_is_not_heard(frame: bytes) -> None:
    assert _told(frame)[0] == []


def test_not_heard_is_not_absent() -> None:
    for covered in _told(_arp("10.77.1.7"))[1]:
        assert [m.name for m in covered.methods] == ["passive"]
        assert not covered.looked
        assert not covered.swept


def test_an_announcement_tells_of_its_device() -> None:
    notify = b"NOTIFY * HTTP/1.1\r\nSERVER: Linux UPnP/1.0 Sonos/79.1\r\nNT: upnp:rootdevice\r\n\r\n"
    (seen,), _ = _told(_udp(notify, 1900, "10.77.1.7"))
    assert Evidence("ssdp", "server", "Linux UPnP/1.0 Sonos/79.1") in seen.evidence


def test_a_liar_fills_no_memory_and_is_told_of() -> None:
    heard = Listening(SETTINGS, SETTINGS.networks, [LINK])
    many = listening.MOST_DEVICES + 50
    for number in range(many):
        mac = (0x9CB6D0000000 + number).to_bytes(6, "big").hex(":")
        heard.take(_arp("10.77.1.7", mac), number / 1000)
    assert (len(heard.found()), heard.dropped) == (listening.MOST_DEVICES, 50)
    lines: list[Line] = []
    now = datetime(2026, 11, 25, 10, tzinfo=UTC)
    tell(heard, "s", "local", now, now, lines.append)
    (covered, _) = (one for one in lines if isinstance(one, Coverage))
    assert (covered.methods[0].state, covered.methods[0].reason) == (MethodState.PARTIAL, "too-many:50")


def test_a_flood_is_counted_and_not_read() -> None:
    heard = Listening(SETTINGS, SETTINGS.networks, [LINK])
    for _ in range(listening.MOST_A_SECOND + 5):
        heard.take(b"", 3.0)
    heard.take(_arp("10.77.1.7"), 3.9)
    assert heard.dropped == 6
    heard.take(_arp("10.77.1.7"), 4.0)
    assert len(heard.found()) == 1


@given(
    st.sampled_from(
        [_arp("10.77.1.7"), _udp(_message(), 67), _udp(b"\x00\x00\x84\x00" + b"\x00" * 60, 5353)]
    ),
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=12),
    st.integers(0, 400),
)
def test_no_frame_is_too_strange(frame: bytes, changes: list[tuple[int, int]], length: int) -> None:
    changed = bytearray(frame)
    for at, value in changes:
        changed[at % len(changed)] = value
    read(bytes(changed[:length]))
    dhcp.options(bytes(changed[42:length]))
