"""ICMP echo sweep (RFC 792): an unprivileged ping socket where the system allows it, a raw one with CAP_NET_RAW."""

from __future__ import annotations

import asyncio
import os
import socket  # noqa: TID251 -- the sweep owns its one ICMP socket
import struct
from contextlib import suppress
from typing import TYPE_CHECKING

from discovery.coverage import Method, MethodState
from discovery.errors import NotPermittedError
from discovery.sweeps import Answer, Stop, Swept
from discovery.sweeps.figures import ICMP_ROUNDS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from discovery.wire import AsyncWire

_ECHO, _ECHO_REPLY = 8, 0
_HEADER = struct.Struct("!BBHHH")
_PAYLOAD = b"enhetskoll"
ECHO_EVERYWHERE = "echo-everywhere"
ECHO_LEAST, ECHO_SHARE = 128, 0.9
"""From so many addresses on, of which so large a share answers, a firewall answers for them: a full /24 has its silent ones."""
LINGER = 1.0
"""Seconds to wait for answers after a round's last request."""
_IP_HEADER = 20


def checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071)."""
    if len(data) % 2:
        data += b"\x00"
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def request(identifier: int, sequence: int) -> bytes:
    """One echo request."""
    bare = _HEADER.pack(_ECHO, 0, 0, identifier, sequence) + _PAYLOAD
    return _HEADER.pack(_ECHO, 0, checksum(bare), identifier, sequence) + _PAYLOAD


def is_reply(data: bytes, identifier: int | None) -> bool:
    """Whether bytes are an echo reply to us. Pure; `identifier` None where the kernel has matched it already."""
    if len(data) < _HEADER.size + len(_PAYLOAD):
        return False
    kind, code, _, found, _ = _HEADER.unpack_from(data)
    ours = identifier is None or found == identifier
    return (kind, code) == (_ECHO_REPLY, 0) and ours and data[_HEADER.size :].startswith(_PAYLOAD)


def _open() -> tuple[socket.socket, bool]:
    """A socket that pings, and whether it is a raw one."""
    try:
        return socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP), False
    except PermissionError:
        try:
            return socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP), True
        except PermissionError as error:
            raise NotPermittedError("net.ipv4.ping_group_range") from error


def is_permitted() -> bool:
    """Whether this process may ping: its socket is opened, and closed again."""
    try:
        link, _ = _open()
    except NotPermittedError:
        return False
    link.close()
    return True


def echo_everywhere(targets: int, answered: int) -> bool:
    """Whether an echo proves nobody here. Pure."""
    return targets >= ECHO_LEAST and answered > ECHO_SHARE * targets


class _Pinger:
    def __init__(self) -> None:
        self.identifier = os.getpid() & 0xFFFF
        self.link, self.raw = _open()
        self.link.setblocking(False)  # noqa: FBT003 -- the socket module's own signature
        self.alive: set[str] = set()

    def read(self) -> None:
        """Take in everything that has come."""
        with suppress(BlockingIOError):
            while True:
                data, (ip, _) = self.link.recvfrom(2048)
                # A raw socket gives the IP header too, and every other program's replies.
                payload = data[(data[0] & 0x0F) * 4 :] if self.raw and len(data) > _IP_HEADER else data
                if is_reply(payload, self.identifier if self.raw else None):
                    self.alive.add(ip)

    def send(self, ip: str, sequence: int) -> None:
        with suppress(OSError):  # no route, or the queue is full: the second round asks again
            self.link.sendto(request(self.identifier, sequence & 0xFFFF), (ip, 0))


async def sweep(
    targets: Sequence[str],
    wire: AsyncWire,
    stop: Stop,
    told: Callable[[int, int], None] = lambda _done, _total: None,
) -> Swept:
    """Ping every target, twice when silent.

    Raises:
        NotPermittedError: neither kind of socket is allowed.
    """
    pinger = _Pinger()
    loop = asyncio.get_running_loop()
    loop.add_reader(pinger.link, pinger.read)
    wanted = set(targets)
    packets = 0
    try:
        for number in range(ICMP_ROUNDS):
            for sequence, ip in enumerate(targets):
                if stop.asked:
                    break
                if ip in pinger.alive:
                    continue
                await wire.before_sending(ip)
                pinger.send(ip, sequence)
                packets += 1
                if number == 0:
                    told(sequence + 1, len(targets))
            for _ in range(int(LINGER / 0.1)):
                if stop.asked or pinger.alive >= wanted:
                    break
                await wire.rest(0.1)
    finally:
        loop.remove_reader(pinger.link)
        pinger.link.close()
    answers = tuple(Answer(ip) for ip in targets if ip in pinger.alive)
    state = MethodState.PARTIAL if stop.asked else MethodState.DONE
    doubted = ECHO_EVERYWHERE if echo_everywhere(len(targets), len(answers)) else None
    return Swept(
        Method("icmp", state, len(targets), len(answers), stop.said or doubted),
        answers,
        packets,
    )
