from __future__ import annotations

import asyncio
import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.errors import MalformedError
from discovery.probes import nbns
from tests.discovery.replaying import CAPTURES, HOST, Replay

RESPONSE, GROUP, ACTIVE = 0x8400, 0x8000, 0x0400
MAC = bytes.fromhex("9cb6d0000001")


def _frame(*names: tuple[bytes, int, int], mac: bytes = MAC, owner: bytes = nbns._ANY) -> bytes:
    entries = b"".join(struct.pack(">15sBH", name.ljust(15), last, flags) for name, last, flags in names)
    body = bytes([len(names)]) + entries + mac + bytes(40)
    header = struct.pack(">HHHHHH", 0x454B, RESPONSE, 0, 1, 0, 0)
    return header + owner + struct.pack(">HHIH", 0x21, 1, 0, len(body)) + body


WINDOWS = _frame(
    (b"DESKTOP-AB12CD3", 0x00, ACTIVE),
    (b"EKBACKA", 0x00, GROUP | ACTIVE),
    (b"DESKTOP-AB12CD3", 0x20, ACTIVE),
)


def _read(frame: bytes) -> dict[str, str]:
    return {e.key: e.value for e in nbns.read(frame)}


def test_a_samba_server_tells_its_names() -> None:
    found = {e.key: e.value for e in asyncio.run(nbns.look(HOST, Replay.of("nbns/samba")))}
    assert found == {"name": "EK-FIL01", "group": "EKBACKA"}, "Samba hides its MAC behind zeros"


def test_a_computer_tells_its_name_its_group_and_a_mac() -> None:
    assert _read(WINDOWS) == {"name": "DESKTOP-AB12CD3", "group": "EKBACKA", "mac": "9c:b6:d0:00:00:01"}


def test_a_domains_controller_is_told_apart() -> None:
    frame = _frame((b"EK-DC01", 0x00, ACTIVE), (b"EKBACKA", 0x1C, GROUP | ACTIVE))
    assert _read(frame)["controller_of"] == "EKBACKA"


def test_a_name_is_written_in_the_code_page_of_dos() -> None:
    assert _read(_frame((b"BJ\x99RN-PC", 0x00, ACTIVE)))["name"] == "BJÖRN-PC"


def test_a_name_may_be_a_pointer() -> None:
    assert _read(_frame((b"PC1", 0x00, ACTIVE), owner=b"\xc0\x0c"))["name"] == "PC1"


def test_what_a_device_calls_itself_carries_no_control_characters() -> None:
    assert _read(_frame((b"\x1b[31m\r\n<b>", 0x00, ACTIVE)))["name"] == "[31m <b>"


def test_an_answer_without_a_mac_tells_its_names() -> None:
    frame = _frame((b"PC1", 0x00, ACTIVE), mac=b"")
    assert _read(frame[:-40]) == {"name": "PC1"}


@pytest.mark.parametrize("length", range(len(WINDOWS) - len(MAC) - 40))
def test_a_frame_cut_short_is_malformed(length: int) -> None:
    with pytest.raises(MalformedError):
        nbns.read(WINDOWS[:length])


@pytest.mark.parametrize(
    "frame",
    [
        nbns.REQUEST,
        struct.pack(">HHHHHH", 0, RESPONSE, 0, 0, 0, 0),
        WINDOWS.replace(b"\x00\x21\x00\x01", b"\x00\x20\x00\x01"),
        struct.pack(">HHHHHH", 0, RESPONSE, 0, 1, 0, 0) + b"\x3f" * 2000,
    ],
    ids=["a question", "no answer", "another type", "a name without end"],
)
def test_what_is_no_node_status_is_malformed_and_costs_nothing(frame: bytes) -> None:
    with pytest.raises(MalformedError):
        nbns.read(frame)
    assert asyncio.run(nbns.look(HOST, Replay({"udp": [{"port": 137, "answers": [frame.hex()]}]}))) == []


@given(at=st.integers(0, len(WINDOWS) - 1), octets=st.binary(min_size=1, max_size=8), cut=st.integers(0, 400))
def test_a_changed_frame_is_read_or_malformed(at: int, octets: bytes, cut: int) -> None:
    changed = (WINDOWS[:at] + octets + WINDOWS[at + len(octets) :])[: max(cut, 12)]
    try:
        found = nbns.read(changed)
    except MalformedError:
        return
    assert all(e.value.isprintable() for e in found)


@given(st.binary(max_size=1500))
def test_whatever_comes_nothing_else_is_raised(frame: bytes) -> None:
    with suppress(MalformedError):
        nbns.read(frame)


def test_the_capture_says_where_it_comes_from() -> None:
    assert "origin" in (CAPTURES / "nbns" / "samba.toml").read_text(encoding="utf-8")
