"""Google Cast: one GET."""

from __future__ import annotations

import asyncio

from discovery.probes import cast
from tests.discovery.replaying import HOST, Replay


def _look(wire: Replay) -> dict[str, str]:
    return {e.key: e.value for e in asyncio.run(cast.look(HOST, wire))}


def test_what_a_real_one_says_is_learnt() -> None:
    assert _look(Replay.of("cast/chromecast")) == {
        "name": "Aulan",
        "model": "Chromecast",
        "maker": "Google Inc.",
        "product": "chromecast",
        "mac": "F4:F5:D8:00:11:22",
        "serial": "11111111-2222-3333-4444-555555555555",
        "build": "1.56.281627",
    }


def test_an_older_one_keeps_the_same_at_the_top() -> None:
    body = b'{"name": "Sal 1", "model_name": "Chromecast Audio"}'
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    assert _look(Replay.tcp(8008, answer)) == {"name": "Sal 1", "model": "Chromecast Audio"}


def test_what_is_no_object_gives_nothing() -> None:
    assert cast.read(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]") == []
    assert cast.read(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{{{") == []
