"""Every probe's reading holds against answers that were cut, flipped, spliced and made up: nothing is raised, little is kept."""

from __future__ import annotations

import random
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from discovery.errors import MalformedError
from discovery.probes import PROBES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

CAPTURES = Path(__file__).parent.parent / "captures"
OF_OTHER_SHAPE = frozenset({"snmp", "mdns", "ssdp"})
"""Read rows, records and lists of datagrams; each has a test of its own for the same."""
READING: list[ModuleType] = [probe for probe in PROBES if probe.NAME not in OF_OTHER_SHAPE]  # type: ignore[misc]
MUTATIONS = 400
MOST_TOLD = 200


def _answers(name: str) -> Iterator[bytes]:
    for path in (CAPTURES / name).glob("*.toml"):
        said = tomllib.loads(path.read_text(encoding="utf-8"))
        yield from (bytes.fromhex(one["read"]) for one in said.get("tcp", ()))
        yield from (bytes.fromhex(answer) for one in said.get("udp", ()) for answer in one["answers"])


def _mutated(answer: bytes, chance: random.Random) -> bytes:
    data = bytearray(answer)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data) + 1)
        what = chance.randrange(5)
        if what == 0:
            del data[at:]
        elif what == 1 and at < len(data):
            data[at] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))
        elif what == 2:
            data[at:at] = chance.randbytes(chance.randrange(8))
        elif what == 3:
            data[at:at] = data[chance.randrange(len(data) + 1) :][:64]
        else:
            data[at : at + chance.randrange(16)] = b""
    return bytes(data)


def _escaped(read: Callable[[bytes], object], answer: bytes) -> str | None:
    try:
        told = read(answer)
    except MalformedError:
        return None
    except Exception as error:  # noqa: BLE001 -- this is what is looked for
        return f"{error!r} out of {answer.hex()}"
    return f"{len(told)} things told" if isinstance(told, list) and len(told) > MOST_TOLD else None


@pytest.mark.parametrize("probe", READING, ids=lambda probe: probe.NAME)
def test_nothing_that_is_answered_is_raised(probe: ModuleType) -> None:
    chance = random.Random(20261125)  # noqa: S311 -- the same answers each time
    module = __import__(f"discovery.probes.{probe.__name__.rpartition('.')[2]}", fromlist=["read"])
    answers = list(_answers(probe.__name__.rpartition(".")[2]))
    assert answers
    found = []
    for answer in answers:
        found += [
            _escaped(module.read, answer[:cut]) for cut in range(0, len(answer), 1 + len(answer) // 200)
        ]
        found += [_escaped(module.read, _mutated(answer, chance)) for _ in range(MUTATIONS)]
        found.append(_escaped(module.read, answer * 40))
    found += [_escaped(module.read, chance.randbytes(chance.randrange(300))) for _ in range(MUTATIONS)]
    assert [one for one in found if one] == []


def test_a_reading_that_raises_would_be_seen() -> None:
    assert _escaped(lambda data: data[5], b"abc") is not None
    assert _escaped(lambda _: [0] * (MOST_TOLD + 1), b"") is not None
