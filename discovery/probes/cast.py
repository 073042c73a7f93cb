"""Google Cast: what a screen or loudspeaker calls itself: ``/setup/eureka_info``, which such devices serve on port 8008."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import h11

from discovery.asking import Ask
from discovery.evidence import Evidence
from discovery.pages import body_of, is_whole

if TYPE_CHECKING:
    from discovery.asking import Host, Wire

NAME = "cast"
ASKS = (Ask("cast", "tcp", 6),)
CAP = 32_768
DEADLINE = 4.0
_PATH = "/setup/eureka_info?params=name,device_info,build_info"
_TOLD = {
    "name": ("name",),
    "model": ("device_info", "model_name"),
    "maker": ("device_info", "manufacturer"),
    "product": ("device_info", "product_name"),
    "mac": ("device_info", "mac_address"),
    "serial": ("device_info", "ssdp_udn"),
    "build": ("build_info", "cast_build_revision"),
}
_OLD = {"model": "model_name", "mac": "mac_address", "build": "cast_build_revision"}
"""Where older ones, which know no params, keep the same at the top."""


def request(host: Host) -> bytes:
    """One GET."""
    headers = [("Host", host.ip), ("User-Agent", "Enhetskoll"), ("Connection", "close")]
    return h11.Connection(h11.CLIENT).send(h11.Request(method="GET", target=_PATH, headers=headers)) or b""


def _at(said: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        said = said.get(key) if isinstance(said, dict) else None
    return said


def read(data: bytes) -> list[Evidence]:
    """Evidence out of an answer. Pure."""
    try:
        said = json.loads(body_of(data))
    except (ValueError, RecursionError):
        return []
    if not isinstance(said, dict):
        return []
    found = []
    for key, path in _TOLD.items():
        value = _at(said, path) or said.get(_OLD.get(key, ""))
        if isinstance(value, str) and value:
            found.append(Evidence.of("cast", key, value))
    return [one for one in found if one.value]


async def look(host: Host, wire: Wire) -> list[Evidence]:
    """Ask once."""
    port = host.port("cast")
    if not host.may_be_open(port):
        return []
    async with wire.converse(host, port, deadline=DEADLINE, cap=CAP) as talk:
        if talk is None:
            return []
        await talk.send(request(host))
        data = b""
        while not is_whole(data, "GET") and (more := await talk.receive()):
            data += more
    return read(data)
