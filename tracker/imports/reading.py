"""A CSV file as rows under our own column names: UTF-8 with or without BOM or cp1252; comma, semicolon or tab."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

from tracker.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COLUMNS: dict[str, tuple[str, ...]] = {
    "tag": ("inventarienummer", "inventarie", "stöldmärkning", "märkning", "asset tag", "tillgång"),
    "serial": ("serienummer", "serial number", "tillverkningsnummer"),
    "mac": ("mac-adress", "mac address", "macadress"),
    "vendor": ("tillverkare", "fabrikat", "manufacturer", "make"),
    "model": ("modell",),
    "class": ("typ", "klass av enhet", "device class", "kategori", "category"),
    "status": ("tillstånd",),
    "unit": ("enhet", "verksamhet", "förvaltning", "skola", "organisationsenhet", "department"),
    "site": ("plats", "byggnad", "location"),
    "room": ("rum",),
    "holder": ("innehavare", "låntagare", "holder id"),
    "name": ("namn", "benämning", "asset name"),
    "purchased": ("inköpsdatum", "inköpt", "purchase date"),
    "support_ends": ("stöd till", "support till", "slut på support", "end of support"),
    "model_support_ends": ("modellens stöd till",),
    "support_basis": ("källa till stöddatum",),
    "note": ("anteckning", "kommentar", "notes"),
}
"""Our name of each column and the headers that mean it; its own name always does."""

_BY_HEADER = {alias: name for name, aliases in COLUMNS.items() for alias in (name, *aliases)}
MOST_CELL = 2_000
_SAMPLE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the file. `number` is the line a spreadsheet shows: the header is line 1."""

    number: int
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class Headers:
    """The file's columns: ours in order (None for one that is not known), and as the file writes them."""

    names: tuple[str | None, ...]
    written: dict[str, str]
    unknown: tuple[str, ...]


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(4)
        if head.startswith((b"\xff\xfe", b"\xfe\xff")):
            return "utf-16"
        file.seek(0)
        try:
            for block in iter(lambda: file.readline(1 << 20), b""):
                block.decode("utf-8")
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8-sig"


def delimiter(header: str) -> str:
    """The delimiter that the header line is cut by. Pure."""
    return max(";,\t", key=header.count)


def read_headers(cells: list[str]) -> Headers:
    """Which columns are ours. Pure.

    Raises:
        RefusedError: no tag column, or two columns of one meaning.
    """
    names = tuple(_BY_HEADER.get(" ".join(cell.casefold().split())) for cell in cells)
    known = [name for name in names if name]
    if "tag" not in known:
        raise RefusedError("imports.no_tag_column", headers=", ".join(cell for cell in cells if cell)[:200])
    twice = next((name for name in known if known.count(name) > 1), None)
    if twice:
        raise RefusedError("imports.column_twice", column=twice)
    written = {name: cell for name, cell in zip(names, cells, strict=True) if name}
    return Headers(names, written, tuple(c for c, n in zip(cells, names, strict=True) if n is None and c))


def _rows(reader: Iterator[list[str]], headers: Headers) -> Iterator[Row]:
    number = 1
    try:
        for number, cells in enumerate(reader, 2):
            if not any(cell.strip() for cell in cells):
                continue
            named = zip(headers.names, cells, strict=False)
            yield Row(number, {name: cell.strip()[:MOST_CELL] for name, cell in named if name})
    except csv.Error as error:
        raise RefusedError("imports.broken", row=number + 1) from error


def _first(file: TextIO, path: Path) -> tuple[str, Headers]:
    """The delimiter and the headers out of the file's first line."""
    line = file.readline(_SAMPLE)
    if not line.strip():
        raise RefusedError("imports.empty", path=str(path))
    cut = delimiter(line)
    return cut, read_headers(next(csv.reader([line], delimiter=cut)))


def open_rows(path: Path) -> tuple[Headers, Iterator[Row], TextIO]:
    """The headers and the rows, read as they are asked for; close the file when done.

    Raises:
        RefusedError: the file cannot be read, is empty, or has no usable header.
    """
    try:
        file = path.open(encoding=_encoding(path), errors="replace", newline="")
    except OSError as error:
        raise RefusedError("imports.unreadable", path=str(path)) from error
    try:
        cut, headers = _first(file, path)
    except (csv.Error, UnicodeError) as error:
        file.close()
        raise RefusedError("imports.broken", row=1) from error
    except RefusedError:
        file.close()
        raise
    return headers, _rows(csv.reader(file, delimiter=cut), headers), file
