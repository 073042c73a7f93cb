"""A wire that answers from a capture, so that a probe's whole conversation can be held against what it must learn."""

from __future__ import annotations

import tomllib
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from discovery.asking import Host, SnmpLogin

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CAPTURES = Path(__file__).parent / "captures"
HOST = Host("192.0.2.20", "net", logins=(SnmpLogin("2c", "public"),))
"""RFC 5737: an address for documentation."""


def _value(said: dict[str, Any]) -> str | int | bytes:
    ((kind, value),) = said.items()
    return bytes.fromhex(value) if kind == "bytes" else value


@dataclass
class _Talk:
    data: list[bytes]
    der: bytes | None = None
    sent: list[bytes] = field(default_factory=list)

    async def send(self, data: bytes) -> None:
        self.sent.append(data)

    async def receive(self) -> bytes:
        return self.data.pop(0) if self.data else b""

    def certificate(self) -> bytes | None:
        return self.der


class _Snmp:
    def __init__(self, said: dict[str, Any]) -> None:
        self._said = said

    async def engine(self) -> str:
        return str(self._said.get("engine", ""))

    async def get(self, oids: list[str]) -> dict[str, Any]:
        known = {
            oid: _value(v) for one in self._said.get("get", ()) for oid, v in one.get("values", {}).items()
        }
        return {oid: known[oid] for oid in oids if oid in known}

    async def walk(self, oid: str, most: int) -> list[tuple[str, Any]]:
        rows = [row for one in self._said.get("walk", ()) if one["oid"] == oid for row in one["rows"]]
        return [(name, _value(value)) for name, value in rows][:most]


class Replay:
    """`Wire` over one capture. TCP bytes come in pieces of `piece`."""

    def __init__(self, said: dict[str, Any], piece: int = 100) -> None:
        self.said = said
        self.talks: list[_Talk] = []
        self.asked: list[bytes] = []
        self.logins: list[SnmpLogin] = []
        self._piece = piece

    @classmethod
    def of(cls, name: str) -> Replay:
        return cls(tomllib.loads((CAPTURES / f"{name}.toml").read_text(encoding="utf-8")))

    @classmethod
    def tcp(cls, port: int, data: bytes) -> Replay:
        return cls({"tcp": [{"port": port, "read": data.hex()}]})

    async def ask(
        self, host: Host, port: int, payload: bytes, *, wait: float = 1.0, most: int = 1
    ) -> list[bytes]:
        assert host is HOST
        assert wait > 0
        self.asked.append(payload)
        for one in self.said.get("udp", ()):
            if one["port"] == port and one.get("asked") in {None, payload.hex()}:
                return [bytes.fromhex(answer) for answer in one["answers"]][:most]
        return []

    @asynccontextmanager
    async def converse(self, host: Host, port: int, **_: Any) -> AsyncIterator[_Talk | None]:
        assert host is HOST
        found = next((one for one in self.said.get("tcp", ()) if one["port"] == port), None)
        if found is None:
            yield None
            return
        data = bytes.fromhex(found["read"])
        pieces = [data[i : i + self._piece] for i in range(0, len(data), self._piece)]
        der = bytes.fromhex(found["certificate"]) if "certificate" in found else None
        self.talks.append(_Talk(pieces, der))
        yield self.talks[-1]

    @asynccontextmanager
    async def snmp(self, _host: Host, _port: int, login: SnmpLogin, **_: Any) -> AsyncIterator[_Snmp]:
        self.logins.append(login)
        engine = {"engine": self.said.get("engine", "")}
        yield _Snmp(self.said if login.name == "public" else engine)
