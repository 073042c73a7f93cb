"""A name server that devices have written to: every address's PTR record is what an attacker wants us to read.

Run inside a lab host: ``python -m tests.lab.hostile_dns IP FIRST_IP TARPIT_IP READY``. The addresses of the payloads
have the payload as their name; those of the tarpit get 60 kB of noise, a name that points at itself, and a thousand names.
"""

from __future__ import annotations

import asyncio
import struct
import sys
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from tests.lab.hostile import addresses, udp
from tests.lab.payloads import NOISE, PAYLOADS, as_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

HONEST = "archive.ekbacka.example"
"""The name of every other address."""
LABEL, _NAME = 63, 250
"""Bytes of a label and of a name at most, less its end (RFC 1035)."""
_PTR, _IN, _POINTER_TO_QUESTION = 12, 1, b"\xc0\x0c"
_HEADER = 12


def labels(said: bytes) -> bytes:
    """Any bytes as a DNS name: they are all allowed (RFC 2181, section 11)."""
    parts = [said[at : at + LABEL] for at in range(0, len(said), LABEL)]
    name = b""
    for part in parts:
        if len(name) + 1 + len(part) > _NAME:
            break
        name += bytes((len(part),)) + part
    return name + b"\0"


def asked_for(question: bytes) -> str:
    """The address whose name is asked for."""
    octets, at = [], _HEADER
    while length := question[at]:
        octets.append(question[at + 1 : at + 1 + length].decode("ascii", "replace"))
        at += 1 + length
    return ".".join(octets[3::-1])


def _answer(question: bytes, names: list[bytes]) -> bytes:
    head = question[:2] + struct.pack(">HHHHH", 0x8580, 1, len(names), 0, 0)
    ends = question.index(b"\0", _HEADER) + 5
    records = b"".join(
        _POINTER_TO_QUESTION + struct.pack(">HHIH", _PTR, _IN, 60, len(name)) + name for name in names
    )
    return head + question[_HEADER:ends] + records


def answering(first: str, tarpit: str) -> Callable[[bytes], list[bytes]]:
    """What is answered to a question."""
    names = dict(zip(addresses(first), (as_bytes(payload) for payload in PAYLOADS), strict=True))
    noisy, looping, many = (str(ip_address(tarpit) + number) for number in range(3))

    def answer(question: bytes) -> list[bytes]:
        ip = asked_for(question)
        if ip == noisy:
            return [_answer(question, [NOISE[:60_000]])]
        if ip == looping:
            here = question.index(b"\0", _HEADER) + 5 + _HEADER
            return [_answer(question, [struct.pack(">H", 0xC000 | here)])]
        if ip == many:
            return [_answer(question, [labels(b"<b>%d" % number) for number in range(1_000)])]
        if ip in names:
            return [_answer(question, [labels(names[ip])])]
        return [
            _answer(question, [b"".join(bytes((len(p),)) + p.encode() for p in HONEST.split(".")) + b"\0"])
        ]

    return answer


async def _main(ip: str, first: str, tarpit: str, ready: Path) -> None:
    await udp(ip, 53, answering(first, tarpit))
    ready.touch()  # noqa: ASYNC240 -- one empty file, before anyone is served
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1], sys.argv[2], sys.argv[3], Path(sys.argv[4])))
