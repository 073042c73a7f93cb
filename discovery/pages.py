"""The body of one HTTP answer, however much of it came. Pure."""

from __future__ import annotations

from contextlib import suppress
from typing import Literal

import h11


def is_whole(data: bytes, method: Literal["GET", "POST"] = "GET") -> bool:
    """Whether an answer has come to its end by its own account."""
    connection = h11.Connection(h11.CLIENT)
    connection.send(h11.Request(method=method, target="/", headers=[("Host", "x")]))
    connection.send(h11.EndOfMessage())
    with suppress(h11.ProtocolError):
        connection.receive_data(data)
        while True:
            event = connection.next_event()
            if isinstance(event, h11.EndOfMessage | h11.ConnectionClosed):
                return True
            if event is h11.NEED_DATA or event is h11.PAUSED:
                return False
    return False


def body_of(data: bytes, method: Literal["GET", "POST"] = "GET") -> bytes:
    """The body as far as it can be read; empty when the bytes are no HTTP, or a refusal.

    Args:
        data: what came, cut where the cap or the deadline was.
        method: what was asked with, as the standard has answers depend on it (RFC 9112, 6.3).
    """
    connection = h11.Connection(h11.CLIENT)
    connection.send(h11.Request(method=method, target="/", headers=[("Host", "x")]))
    connection.send(h11.EndOfMessage())
    body = b""
    with suppress(h11.ProtocolError):
        connection.receive_data(data)
        while True:
            event = connection.next_event()
            if isinstance(event, h11.Response) and event.status_code != 200:  # noqa: PLR2004 -- OK
                return b""
            if isinstance(event, h11.Data):
                body += bytes(event.data)
            elif not isinstance(event, h11.Response | h11.InformationalResponse):
                break
    return body
