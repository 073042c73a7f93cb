from __future__ import annotations

import asyncio

import pytest

from discovery.probes import ssh
from tests.discovery.replaying import HOST, Replay


def _look(wire: Replay) -> list[str]:
    return [e.value for e in asyncio.run(ssh.look(HOST, wire))]


def test_the_banner_is_read_and_nothing_is_sent() -> None:
    wire = Replay.of("ssh/openssh")
    assert _look(wire) == ["SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u10"]
    assert wire.talks[0].sent == []


def test_lines_before_the_banner_are_passed_over() -> None:
    assert _look(Replay.tcp(22, b"Authorised use only\r\nSSH-2.0-Cisco-1.25\r\n")) == ["SSH-2.0-Cisco-1.25"]


@pytest.mark.parametrize("data", [b"", b"HTTP/1.1 200 OK\r\n", b"\xff" * 5000])
def test_what_is_no_ssh_gives_nothing(data: bytes) -> None:
    assert _look(Replay.tcp(22, data)) == []


def test_a_banner_is_cut_at_the_longest_the_standard_allows() -> None:
    assert len(_look(Replay.tcp(22, b"SSH-2.0-" + b"x" * 4000 + b"\r\n"))[0]) <= 255
