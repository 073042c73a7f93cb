"""CSV as it comes: UTF-8 with or without BOM, UTF-16 or cp1252; comma, semicolon or tab; lines that end in CR, LF or both."""

from __future__ import annotations

import codecs
import csv
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from tracker.errors import RefusedError
from tracker.imports.cells import plain_cell

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BLOCK = 1 << 20
MOST_IN_ROW = 1 << 20
"""Characters of one row, over all its lines: a quotation mark that never ends must not take the memory."""

_ENDS_UTF_16 = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


def encoding(path: Path) -> str:
    """How the file is written: by its byte order mark, else UTF-8 if all of it is that, else cp1252."""
    with path.open("rb") as file:
        if found := _ENDS_UTF_16.get(file.read(2)):
            return found
        file.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            for block in iter(lambda: file.read(_BLOCK), b""):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8-sig"


def delimiter(header: str) -> str:
    """What the header line is cut by. Pure."""
    return max(";,\t", key=header.count)


class _Lines:
    """The file's lines, with a bound on what is held before a row is whole."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self.held = 0

    def __iter__(self) -> Iterator[str]:
        while line := self._file.readline(MOST_IN_ROW + 1):
            self.held += len(line)
            if self.held > MOST_IN_ROW:
                raise csv.Error
            yield line


def _cut_by(file: TextIO) -> tuple[str, int]:
    """The delimiter, and how many lines stand before the first row: Excel's own ``sep=;`` names it."""
    line = file.readline(MOST_IN_ROW)
    named = line.strip().strip('"').lower()
    if named.startswith("sep=") and len(named) == len("sep=;"):
        return named[-1], 1
    while line and not line.strip():
        line = file.readline(MOST_IN_ROW)
    file.seek(0)
    return delimiter(line), 0


def _rows(file: TextIO) -> Iterator[tuple[int, list[str]]]:
    number = 0
    try:
        cut, before = _cut_by(file)
        lines = _Lines(file)
        for number, cells in enumerate(csv.reader(lines, delimiter=cut), before + 1):
            lines.held = 0
            yield number, [plain_cell(cell) for cell in cells]
    except (csv.Error, UnicodeError) as error:
        raise RefusedError("imports.broken", row=number + 1) from error


@contextmanager
def rows(path: Path) -> Iterator[Iterator[tuple[int, list[str]]]]:
    """Every row with its number, the header among them, as it is asked for.

    Raises:
        RefusedError: the file cannot be opened, or (while reading) is broken at a row.
    """
    try:
        file = path.open(encoding=encoding(path), errors="replace", newline="")
    except OSError as error:
        raise RefusedError("imports.unreadable", path=path.name) from error
    with file:
        yield _rows(file)
