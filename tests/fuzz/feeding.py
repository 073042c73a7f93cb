"""Mutations, and what counts as a failure: an escaped exception, a second, or more than a decoder has reason to keep."""

from __future__ import annotations

import random
import resource
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.fuzz.decoders import Decoder

SLOW_S = 1.0
"""Seconds of processor time that one input may take."""
MOST_TOLD = 20_000
LONGEST = 65_536
_MAGIC = (
    b"\0",
    b"\xff",
    b"\x7f",
    b"\x80",
    b"\0\0\0\0",
    b"\xff\xff\xff\xff",
    b"\xc0\x0c",
    b"%s%n",
    b"\r\n",
    b"<![CDATA[",
    b"&a;",
    b"[" * 40,
    b'{"a":' * 20,
)
_DIGITS = b"0123456789"


@dataclass(slots=True)
class Fed:
    """How one decoder took it."""

    name: str
    inputs: int = 0
    refused: int = 0
    slowest: float = 0.0
    peak_mb: float = 0.0
    failures: list[tuple[str, bytes]] = field(default_factory=list)


def _cut(data: bytearray, at: int, _other: bytes, _chance: random.Random) -> None:
    del data[at:]


def _flip(data: bytearray, at: int, _other: bytes, chance: random.Random) -> None:
    if at < len(data):
        data[at] ^= 1 << chance.randrange(8)


def _set(data: bytearray, at: int, _other: bytes, chance: random.Random) -> None:
    data[at : at + 1] = bytes((chance.randrange(256),))


def _magic(data: bytearray, at: int, _other: bytes, chance: random.Random) -> None:
    data[at:at] = chance.choice(_MAGIC)


def _splice(data: bytearray, at: int, other: bytes, chance: random.Random) -> None:
    data[at:] = other[chance.randrange(len(other) + 1) :]


def _repeat(data: bytearray, at: int, _other: bytes, chance: random.Random) -> None:
    data[at:at] = data[chance.randrange(len(data) + 1) :][: chance.choice((4, 64, 1024))]


def _drop(data: bytearray, at: int, _other: bytes, chance: random.Random) -> None:
    del data[at : at + chance.choice((1, 2, 4, 32))]


def _number(data: bytearray, at: int, _other: bytes, chance: random.Random) -> None:
    if at < len(data) and data[at] in _DIGITS:
        data[at : at + 1] = chance.choice((b"0", b"-1", b"9" * 20, b"4294967296"))


def _grow(data: bytearray, _at: int, _other: bytes, chance: random.Random) -> None:
    data *= chance.choice((1, 2, 8))


_CHANGES = (_cut, _flip, _flip, _set, _magic, _splice, _repeat, _drop, _number, _grow)


def mutated(seed: bytes, other: bytes, chance: random.Random) -> bytes:
    """The seed after one to six changes: flips, cuts, splices with another seed, repeats, numbers and magic values."""
    data = bytearray(seed)
    for _ in range(chance.randint(1, 6)):
        chance.choice(_CHANGES)(data, chance.randrange(len(data) + 1), other, chance)
        del data[LONGEST:]
    return bytes(data)


def _size(told: object) -> int:
    return len(told) if isinstance(told, list | tuple | dict) else 0


def tried(decoder: Decoder, data: bytes, fed: Fed) -> None:
    """Feed one input."""
    began = time.process_time()
    try:
        told = decoder.read(data)
        why = f"{_size(told)} things told" if _size(told) > MOST_TOLD else None
    except decoder.refuses:
        fed.refused += 1
        why = None
    except Exception as error:  # noqa: BLE001 -- this is what is looked for
        why = f"{type(error).__name__}: {error}"[:200]
    took = time.process_time() - began
    fed.inputs += 1
    fed.slowest = max(fed.slowest, took)
    if took > SLOW_S:
        why = f"{took:.1f} s"
    if why is not None:
        fed.failures.append((why, data))


def feed(decoder: Decoder, inputs: int, seed: int) -> Fed:
    """Feed so many, the same ones for the same seed."""
    chance = random.Random(f"{seed} {decoder.name}")  # noqa: S311 -- the same inputs each time
    fed = Fed(decoder.name)
    for data in decoder.seeds:
        tried(decoder, data, fed)
    while fed.inputs < inputs:
        if chance.randrange(20) == 0:
            data = chance.randbytes(chance.randrange(400))
        else:
            data = mutated(chance.choice(decoder.seeds), chance.choice(decoder.seeds), chance)
        tried(decoder, data, fed)
    fed.peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return fed
