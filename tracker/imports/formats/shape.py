"""What one foreign format says of itself, and how a table's headers are matched to it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Cells = dict[str, str]
"""A row's cells by our column names (`tracker.imports.formats.own.COLUMNS`), and by the format's own where it needs more."""


def fold(header: str) -> str:
    """A header as it is compared: case and spaces do not matter."""
    return " ".join(header.casefold().split())


def same(cells: Cells) -> Cells:
    """The row as it is."""
    return cells


@dataclass(frozen=True, slots=True)
class Format:
    """One system's file.

    Attributes:
        name: its text code, ``imports.format.<name>``.
        columns: our column → the headers that mean it, English and Swedish, folded.
        tag: the headers one of which every such file has.
        marks: headers that no other format has beside that tag; one is enough.
        order: every column in the system's own order, for files in which a header stands more than once: each is the
            next of its name after those before it, and what finds no place is a custom field. Empty: the first counts.
        adapt: the cells in the words of our own file.
        comes_from: for a column that `adapt` makes, the columns it is made of: an error names the file's own header.
        repeats: whether a header may stand twice; where not, two columns of one meaning are an error.
    """

    name: str
    columns: Mapping[str, tuple[str, ...]]
    tag: frozenset[str] = frozenset()
    marks: frozenset[str] = frozenset()
    order: tuple[tuple[str, ...], ...] = ()
    adapt: Callable[[Cells], Cells] = field(default=same)
    comes_from: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    repeats: bool = True

    def knows(self, headers: frozenset[str]) -> bool:
        """Whether a table with these headers (folded) is such a file."""
        return bool(self.tag & headers) and bool(self.marks & headers)


def _by_name(headers: tuple[str, ...], columns: Mapping[str, tuple[str, ...]]) -> list[str | None]:
    meaning = {header: column for column, known in columns.items() for header in (column, *known)}
    found: list[str | None] = [meaning.get(fold(header)) for header in headers]
    return found


def first_of_each(names: list[str | None]) -> tuple[str | None, ...]:
    """The columns, where a meaning that stands again counts for nothing."""
    seen: set[str] = set()
    kept: list[str | None] = []
    for name in names:
        kept.append(name if name not in seen else None)
        if name:
            seen.add(name)
    return tuple(kept)


def _in_order(headers: tuple[str, ...], order: tuple[tuple[str, ...], ...]) -> list[int | None]:
    """The place of each header in the system's own order: the next one of its name after those before it."""
    places: list[int | None] = []
    at = 0
    for header in map(fold, headers):
        place = next((n for n in range(at, len(order)) if header in order[n]), None)
        places.append(place)
        at = place + 1 if place is not None else at
    return places


def assign(format_: Format, headers: tuple[str, ...]) -> tuple[str | None, ...]:
    """Our column for each of the table's, None where it is not used."""
    names = _by_name(headers, format_.columns)
    if format_.order:
        # A custom field that is called as one of the system's own stands after all of those and finds no place.
        places = _in_order(headers, format_.order)
        names = [name if place is not None else None for name, place in zip(names, places, strict=True)]
    return first_of_each(names) if format_.repeats else tuple(names)
