"""What the sweeps read: any bytes may come, and only a real answer is one."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.pacing import Pacer
from discovery.scope import FORBIDDEN_TCP, Scope
from discovery.sweeps import Answer, Stop, neighbour
from discovery.sweeps.arp import proxied, reply
from discovery.sweeps.figures import FIRST, PORTS, ports_for
from discovery.sweeps.icmp import checksum, echo_everywhere, is_reply, request
from discovery.sweeps.tcp import PortSweep, open_everywhere
from discovery.wire import AsyncWire

ARP_REPLY = bytes.fromhex(
    "0200000000aa9cb6d0000001080600010800060400029cb6d00000010a4d01140200000000aa0a4d0102"
)
"""RFC 826: 10.77.1.20 is at 9c:b6:d0:00:00:01, told to 10.77.1.2."""
TABLE = """IP address       HW type     Flags       HW address            Mask     Device
10.77.1.20       0x1         0x2         9C:B6:D0:00:00:01     *        eth0
10.77.1.21       0x1         0x0         00:00:00:00:00:00     *        eth0
10.77.1.22       0x1         0x6         9c:b6:d0:00:00:03     *        eth0
"""
"""proc(5), as Linux 6.1 writes it: an answer, an incomplete entry, a permanent one."""


def test_a_reply_says_who_is_where() -> None:
    assert reply(ARP_REPLY) == ("10.77.1.20", "9c:b6:d0:00:00:01")
    assert reply(ARP_REPLY + b"\x00" * 18) == ("10.77.1.20", "9c:b6:d0:00:00:01"), "padded to 60 bytes"


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        ARP_REPLY[:41],
        ARP_REPLY[:21] + b"\x01" + ARP_REPLY[22:],
        ARP_REPLY[:12] + b"\x08\x00" + ARP_REPLY[14:],
        ARP_REPLY[:16] + b"\x86\xdd" + ARP_REPLY[18:],
    ],
    ids=["empty", "cut", "a request", "not ARP", "not IPv4"],
)
def test_anything_else_is_no_reply(frame: bytes) -> None:
    assert reply(frame) is None


@given(st.binary(max_size=100))
def test_no_frame_is_too_strange(frame: bytes) -> None:
    reply(frame)
    is_reply(frame, 7)


def test_an_echo_is_its_own_check() -> None:
    assert checksum(request(7, 9)) == 0
    assert checksum(b"\x00\x01\xf2\x03\xf4\xf5\xf6\xf7") == 0x220D, "the example of RFC 1071, section 3"
    assert checksum(b"\x01") == 0xFEFF


def _echo(kind: int, identifier: int, payload: bytes = b"enhetskoll") -> bytes:
    return struct.pack("!BBHHH", kind, 0, 0, identifier, 1) + payload


@pytest.mark.parametrize(
    ("data", "ours"),
    [
        (_echo(0, 7), True),
        (_echo(8, 7), False),
        (_echo(0, 8), False),
        (_echo(0, 7, b"other-ping"), False),
        (_echo(0, 7)[:10], False),
        (b"", False),
    ],
)
def test_only_an_echo_reply_of_ours_counts(data: bytes, *, ours: bool) -> None:
    assert is_reply(data, 7) is ours


def test_the_kernels_table_gives_confirmed_neighbours_only() -> None:
    assert neighbour.read(TABLE) == [
        Answer("10.77.1.20", "9c:b6:d0:00:00:01"),
        Answer("10.77.1.22", "9c:b6:d0:00:00:03"),
    ]
    assert neighbour.read("") == []
    assert neighbour.read("head\na b c d e f\nx\n") == []


def test_no_port_of_the_list_prints() -> None:
    assert not set(PORTS) & FORBIDDEN_TCP
    assert set(FIRST) <= set(PORTS)


def test_mapped_services_stand_in_for_their_standard_ports() -> None:
    ports = ports_for({"http": 8081, "snmp": 10161})
    assert ports[0] == 8081
    assert 80 not in ports
    assert 10161 not in ports, "SNMP is asked over UDP"
    assert 443 in ports


def test_a_switch_is_set_once_and_by_the_wider_one_too() -> None:
    wider = Stop()
    own = Stop(wider=wider)
    assert not own.asked
    own.ask("deadline")
    own.ask("stopped")
    assert (own.said, wider.asked) == ("deadline", False)
    wider.ask("stopped")
    assert own.said == "stopped"


def test_who_answers_for_many_is_said_to_be_a_proxy() -> None:
    proxy = [Answer(f"10.77.1.{n}", "9c:b6:d0:00:00:01") for n in range(30)]
    few = [Answer(f"10.77.2.{n}", "9c:b6:d0:00:00:02") for n in range(7)]
    assert proxied([*proxy, *few]) == 30
    assert proxied(few) == 0


def test_a_port_that_all_hold_open_is_the_firewalls() -> None:
    assert open_everywhere(254, [{443}] * 240 + [{443, 22}] * 14) == {443}
    assert open_everywhere(254, [{443}] * 200) == frozenset(), "so many may have one"
    assert open_everywhere(30, [{443}] * 30) == frozenset(), "a full rack"


def test_a_firewall_that_answers_for_empty_addresses_becomes_no_devices() -> None:
    ips = [f"10.77.3.{n}" for n in range(1, 255)]
    run = PortSweep(AsyncWire(Scope([]), Pacer(1000, 40)), (443, 22), Stop())
    run.open = {ip: {443} for ip in ips}
    run.open["10.77.3.7"] = {443, 22}
    swept = run.swept(ips, alive=frozenset({"10.77.3.9"}))
    assert [answer.ip for answer in swept.answers] == ["10.77.3.7", "10.77.3.9"]
    assert swept.method.reason == "open-everywhere"
    assert len(run.swept(ips, alive=frozenset(ips)).answers) == 254, "whom ARP confirmed is not doubted"


@pytest.mark.parametrize(
    ("targets", "answered", "doubted"),
    [(254, 254, True), (254, 229, True), (254, 228, False), (127, 127, False)],
)
def test_where_nearly_all_answer_an_echo_it_proves_nobody(
    targets: int, answered: int, *, doubted: bool
) -> None:
    assert echo_everywhere(targets, answered) is doubted
