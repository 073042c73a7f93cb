"""What a file names and the register does not know: asked for, never made silently. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from tracker.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable


class Kind(StrEnum):
    """What is unknown."""

    UNIT = "unit"
    SITE = "site"
    ROOM = "room"
    MODEL = "model"
    HOLDER = "holder"
    STATUS = "status"
    CLASS = "class"


CREATABLE = frozenset({Kind.UNIT, Kind.SITE, Kind.ROOM, Kind.MODEL})
"""What an import may make when it is told to. Persons come with the import of persons."""

NEAR = 3
_LIKENESS = 0.7


class Do(StrEnum):
    """What to do about something unknown."""

    CREATE = "create"
    MAP = "map"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True)
class Answer:
    """`target` is the known name that a mapped one stands for."""

    do: Do
    target: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """One unknown value, on how many rows it stands, and known ones that are written nearly so."""

    kind: Kind
    value: str
    rows: int
    near: tuple[str, ...] = ()


def key(value: str) -> str:
    """A value as it is compared."""
    return " ".join(value.casefold().split())


@dataclass(frozen=True, slots=True)
class Answers:
    """`each` by (kind, key), `every` for the rest of a kind, `any_kind` for a value whatever it is unknown as."""

    each: Mapping[tuple[Kind, str], Answer] = field(default_factory=dict)
    every: Mapping[Kind, Answer] = field(default_factory=dict)
    any_kind: Mapping[str, Answer] = field(default_factory=dict)

    def of(self, kind: Kind, value: str) -> Answer | None:
        """The answer for a value, None when it is still a question."""
        return self.each.get((kind, key(value))) or self.any_kind.get(key(value)) or self.every.get(kind)

    def more(self, other: Answers) -> Answers:
        """These and the other's, which count before these."""
        return Answers(
            {**self.each, **other.each}, {**self.every, **other.every}, {**self.any_kind, **other.any_kind}
        )


def as_json(answers: Answers) -> dict[str, Any]:
    """The answers for a JSON column."""
    return {
        "each": [[kind, value, answer.do, answer.target] for (kind, value), answer in answers.each.items()],
        "every": [[kind, answer.do, answer.target] for kind, answer in answers.every.items()],
    }


def from_json(data: dict[str, Any]) -> Answers:
    """The answers out of a JSON column."""
    each = {(Kind(kind), value): Answer(Do(do), target) for kind, value, do, target in data.get("each", ())}
    every = {Kind(kind): Answer(Do(do), target) for kind, do, target in data.get("every", ())}
    return Answers(each, every)


def _kind(word: str, *, plural: bool = False) -> Kind:
    names: dict[str, Kind] = {kind.value: kind for kind in Kind}
    if plural:
        names |= {f"{kind.value}s": kind for kind in Kind} | {"statuses": Kind.STATUS, "classes": Kind.CLASS}
    if word.strip().lower() not in names:
        raise RefusedError("imports.no_such_kind", value=word[:40], kinds=", ".join(Kind))
    return names[word.strip().lower()]


def _mapped(said: str) -> tuple[Kind | None, str, str]:
    left, equals, target = said.partition("=")
    if not equals or not target.strip():
        raise RefusedError("imports.bad_map", value=said[:80])
    word, colon, value = left.partition(":")
    if colon and word.strip().lower() in set(Kind):
        return Kind(word.strip().lower()), value, target.strip()
    return None, left, target.strip()


def from_words(create: Iterable[str], leave: Iterable[str], maps: Iterable[str]) -> Answers:
    """Answers as they are typed: ``sites,models`` to create or leave, ``Kvarn skolan=Kvarnskolan`` or ``site:…=…`` to map.

    Raises:
        RefusedError: a kind that there is not, one that cannot be made, or a mapping without ``=``.
    """
    every: dict[Kind, Answer] = {}
    for do, lists in ((Do.CREATE, create), (Do.LEAVE, leave)):
        for word in (word for said in lists for word in said.split(",") if word.strip()):
            kind = _kind(word, plural=True)
            if do is Do.CREATE and kind not in CREATABLE:
                raise RefusedError("imports.cannot_create", kind=kind)
            every[kind] = Answer(do)
    each: dict[tuple[Kind, str], Answer] = {}
    any_kind: dict[str, Answer] = {}
    for said in maps:
        wanted, value, target = _mapped(said)
        if wanted is None:
            any_kind[key(value)] = Answer(Do.MAP, target)
        else:
            each[wanted, key(value)] = Answer(Do.MAP, target)
    return Answers(each, every, any_kind)


def near(value: str, known: Mapping[str, str]) -> tuple[str, ...]:
    """Known names (folded → as written) that are written nearly as the value."""
    found = difflib.get_close_matches(key(value), known, n=NEAR, cutoff=_LIKENESS)
    return tuple(known[name] for name in found)
