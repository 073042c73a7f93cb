"""The door: one packet socket that takes in what is sent to everybody on an interface. Needs CAP_NET_RAW, and nothing else.

The kernel hands over only ARP and the few UDP ports (a classic BPF filter, bpf(4)); the interface is not made promiscuous.
"""

from __future__ import annotations

import ctypes
import select
import socket  # noqa: TID251 -- it only listens, which `wire` has no part in
import struct
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from discovery.errors import NotPermittedError
from discovery.passive.frames import MAX_FRAME

if TYPE_CHECKING:
    from types import TracebackType

GROUPS = ("224.0.0.251", "239.255.255.250")
"""mDNS and SSDP. Joined, so that the interface and the switches before it pass them on (RFC 3376)."""
_EVERYTHING = 0x0003
"""ETH_P_ALL (linux/if_ether.h)."""
_ATTACH_FILTER = 26
"""SO_ATTACH_FILTER (asm-generic/socket.h)."""
_BUFFER = 1024 * 1024
_DROP, _TAKE = 12, 13
_FILTER = (
    (0x28, 0, 0, 12),  # the frame's type
    (0x15, _TAKE - 2, 0, 0x0806),
    (0x15, 0, _DROP - 3, 0x0800),
    (0x30, 0, 0, 23),  # the protocol: UDP
    (0x15, 0, _DROP - 5, 17),
    (0x28, 0, 0, 20),  # a first, whole or only part
    (0x45, _DROP - 7, 0, 0x1FFF),
    (0xB1, 0, 0, 14),  # X: the length of IP's header
    (0x48, 0, 0, 16),  # the port it goes to
    (0x15, _TAKE - 10, 0, 67),
    (0x15, _TAKE - 11, 0, 5353),
    (0x15, _TAKE - 12, 0, 1900),
    (0x06, 0, 0, 0),
    (0x06, 0, 0, MAX_FRAME),
)
"""Instructions (code, jump if true, jump if false, operand); jumps count from the next one."""


def _attach(link: socket.socket) -> None:
    program = b"".join(struct.pack("HBBI", *one) for one in _FILTER)
    held = ctypes.create_string_buffer(program)
    link.setsockopt(
        socket.SOL_SOCKET, _ATTACH_FILTER, struct.pack("HP", len(_FILTER), ctypes.addressof(held))
    )


class Ear:
    """A context manager that hears one interface."""

    def __init__(self, interface: str) -> None:
        """Open it.

        Raises:
            NotPermittedError: no CAP_NET_RAW.
            OSError: there is no such interface.
        """
        index = socket.if_nametoindex(interface)
        try:
            # For no protocol at first: nothing comes in before the filter stands.
            self._link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        except PermissionError as error:
            raise NotPermittedError("CAP_NET_RAW") from error
        _attach(self._link)
        self._link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        self._link.setblocking(False)  # noqa: FBT003 -- the socket module's own signature
        self._link.bind((interface, _EVERYTHING))
        self._member = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for group in GROUPS:
            with suppress(OSError):  # an interface without multicast still hears DHCP and ARP
                wanted = struct.pack("4s4si", socket.inet_aton(group), b"\x00" * 4, index)
                self._member.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, wanted)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._link.close()
        self._member.close()

    def hear(self, wait: float) -> bytes | None:
        """The next frame of somebody else, None when none came within `wait` seconds."""
        if not select.select([self._link], [], [], wait)[0]:
            return None
        with suppress(BlockingIOError):
            frame, address = self._link.recvfrom(MAX_FRAME)
            return None if address[2] == socket.PACKET_OUTGOING else frame
        return None
