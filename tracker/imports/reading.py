"""A file's rows under our own column names, whichever system wrote it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tracker.imports.files import open_table
from tracker.imports.formats import recognise

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tracker.imports.files import Table
    from tracker.imports.formats import Recognised


@dataclass(frozen=True, slots=True)
class Row:
    """One row. `number` is the one that a spreadsheet shows: the header is row 1."""

    number: int
    cells: dict[str, str]


def _named(table: Table, known: Recognised) -> Iterator[Row]:
    adapt = known.format.adapt
    for number, cells in table:
        named = zip(known.names, cells, strict=True)
        yield Row(number, adapt({name: cell for name, cell in named if name}))


@contextmanager
def open_rows(path: Path) -> Iterator[tuple[Recognised, Iterator[Row]]]:
    """The format, and the rows, read as they are asked for.

    Raises:
        RefusedError: the file cannot be read, is empty, or has no usable header.
    """
    with open_table(path) as table:
        known = recognise(table.headers)
        yield known, _named(table, known)
