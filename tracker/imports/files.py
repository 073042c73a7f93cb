"""A table by file, whatever its columns mean: CSV as spreadsheets write it, or an Excel workbook; read as it is asked for.

``with open_table(path) as table`` gives the headers as they are written, repeats kept, and the rows with the number that a
spreadsheet shows beside them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tracker.errors import RefusedError
from tracker.imports import delimited, workbook
from tracker.imports.cells import tidy

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES = 200_000_000
MOST_ROWS = 500_000
MOST_COLUMNS = 500
_WORKBOOK = b"PK\x03\x04"
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
"""What .xls and password-protected workbooks begin with (OLE2)."""


@dataclass(frozen=True, slots=True)
class Table:
    """Headers as the file writes them; the rows can be gone through once. Empty rows are left out."""

    headers: tuple[str, ...]
    rows: Iterator[tuple[int, tuple[str, ...]]]

    def __iter__(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        """(row number, a cell for each header), cells tidied by `tracker.imports.cells.tidy`."""
        return self.rows


def _numbered(raw: Iterator[tuple[int, list[str]]], width: int) -> Iterator[tuple[int, tuple[str, ...]]]:
    for number, cells in raw:
        if number > MOST_ROWS:
            raise RefusedError("imports.too_many_rows", most=MOST_ROWS)
        tidied = [tidy(cell) for cell in cells[:width]]
        if any(tidied):
            yield number, (*tidied, *("",) * (width - len(tidied)))


def _begin(raw: Iterator[tuple[int, list[str]]], path: Path) -> Table:
    """The first row with anything in it is the headers."""
    headers = next((cells for _, cells in raw if any(cell.strip() for cell in cells)), None)
    if headers is None:
        raise RefusedError("imports.empty", path=path.name)
    if len(headers) > MOST_COLUMNS:
        raise RefusedError("imports.too_many_columns", most=MOST_COLUMNS)
    return Table(tuple(tidy(cell) for cell in headers), _numbered(raw, len(headers)))


def _head(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise RefusedError("imports.unreadable", path=path.name)
        if path.stat().st_size > MOST_BYTES:
            raise RefusedError("imports.too_large", path=path.name, most=MOST_BYTES // 1_000_000)
        with path.open("rb") as file:
            return file.read(4)
    except OSError as error:
        raise RefusedError("imports.unreadable", path=path.name) from error


@contextmanager
def open_table(path: Path) -> Iterator[Table]:
    """The file's table, known by what the file holds and not by its name.

    Raises:
        RefusedError: here or while rows are read: the file cannot be read, is empty, too large, broken at a row, or hostile.
    """
    head = _head(path)
    if head == _OLD_WORKBOOK:
        raise RefusedError("imports.old_workbook", path=path.name)
    reader = workbook.rows if head == _WORKBOOK else delimited.rows
    with reader(path) as raw:
        yield _begin(raw, path)
