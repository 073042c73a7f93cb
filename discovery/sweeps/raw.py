"""One raw packet socket on one interface: whole frames out, the frames of one protocol in. Needs CAP_NET_RAW."""

from __future__ import annotations

import select
import socket  # noqa: TID251 -- a raw sweep owns its one raw socket
from errno import ENOBUFS
from typing import TYPE_CHECKING, Self

from discovery.errors import NotPermittedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

_BUFFER = 4 * 1024 * 1024
MAX_FRAME = 2048
"""Bytes taken of one frame."""
MOST_AT_ONCE = 4096


def _raw(protocol: int) -> socket.socket:
    try:
        return socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(protocol))
    except PermissionError as error:
        raise NotPermittedError("CAP_NET_RAW") from error


def is_permitted() -> bool:
    """Whether this process may send frames; a socket for no protocol at all is opened, and closed again."""
    try:
        _raw(0).close()
    except NotPermittedError:
        return False
    return True


class RawLink:
    """A context manager around the socket."""

    def __init__(self, interface: str, protocol: int) -> None:
        """Args: protocol: the EtherType whose frames come in.

        Raises:
            NotPermittedError: no CAP_NET_RAW.
        """
        self._socket = _raw(protocol)
        self._socket.bind((interface, protocol))
        self._socket.setblocking(False)  # noqa: FBT003 -- the socket module's own signature
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def frames(self, wait: float) -> Iterator[bytes]:
        """The others' frames that have come, waiting so many seconds for the first; of a flood some, so that a stop is heard."""
        for _ in range(MOST_AT_ONCE):
            if not select.select([self._socket], [], [], wait)[0]:
                return
            wait = 0.0
            try:
                frame, address = self._socket.recvfrom(MAX_FRAME)
            except BlockingIOError:
                return
            if address[2] != socket.PACKET_OUTGOING:
                yield frame

    def send(self, frame: bytes, drain: Callable[[float], None]) -> None:
        """Send one frame; while the queue is full, `drain` takes in what has come, for so many seconds."""
        while True:
            try:
                self._socket.send(frame)
            except (BlockingIOError, InterruptedError):
                drain(0.001)
            except OSError as error:
                if error.errno != ENOBUFS:  # the queue is full, the packet did not leave
                    raise
                drain(0.001)
            else:
                return
