"""A file's rows under our own column names."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tracker.errors import RefusedError
from tracker.imports.files import open_table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tracker.imports.files import Table

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


def read_headers(cells: tuple[str, ...]) -> Headers:
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


def _named(table: Table, headers: Headers) -> Iterator[Row]:
    for number, cells in table:
        named = zip(headers.names, cells, strict=True)
        yield Row(number, {name: cell for name, cell in named if name})


@contextmanager
def open_rows(path: Path) -> Iterator[tuple[Headers, Iterator[Row]]]:
    """The headers and the rows, read as they are asked for.

    Raises:
        RefusedError: the file cannot be read, is empty, or has no usable header.
    """
    with open_table(path) as table:
        headers = read_headers(table.headers)
        yield headers, _named(table, headers)
