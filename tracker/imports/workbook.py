"""An Excel workbook's first visible sheet, row by row: dates as ISO, whole numbers without a fraction, formulas as their last value.

openpyxl reads it, through defusedxml, after `tracker.imports.workbook_guard` has measured what is in it.
"""

from __future__ import annotations

import warnings
import zlib
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from typing import IO, TYPE_CHECKING, Any
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile

from openpyxl import load_workbook

from tracker.errors import RefusedError
from tracker.imports import workbook_guard

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from openpyxl.worksheet.worksheet import Worksheet

BROKEN = (
    ArithmeticError,
    AttributeError,
    BadZipFile,
    EOFError,
    LookupError,
    OSError,
    ParseError,
    RuntimeError,
    TypeError,
    ValueError,
    zlib.error,
)
"""What openpyxl, zipfile and expat raise about a file that is not what it says."""

# What openpyxl leaves out (pictures, validation lists) is nothing that an import reads.
warnings.filterwarnings("ignore", category=UserWarning, module="openpyxl")


def cell_text(value: Any) -> str:
    """A cell's value as a person would have typed it. Pure."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        at_midnight = value.time() == time()
        return value.date().isoformat() if at_midnight else value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bool | timedelta):
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else f"{value:.15g}"
    return str(value)


def _sheet_rows(sheet: Worksheet, width: int) -> Iterator[tuple[Any, ...]]:
    # The sheet's own word on how many rows it has may be wrong; the guard has seen how many there are.
    yield from sheet.iter_rows(max_col=width, max_row=workbook_guard.MOST_ROWS, values_only=True)


def _values(file: IO[bytes]) -> Iterator[list[str]]:
    book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
    try:
        sheet = next((s for s in book.worksheets if s.sheet_state == "visible"), None)
        if sheet is None:
            return
        head = next((row for row in _sheet_rows(sheet, workbook_guard.MOST_COLUMNS) if any(row)), ())
        width = max((n for n, value in enumerate(head, 1) if value is not None), default=0)
        if width:
            for row in _sheet_rows(sheet, width):
                yield [cell_text(value) for value in row]
    finally:
        book.close()


def _rows(file: IO[bytes], name: str) -> Iterator[tuple[int, list[str]]]:
    number = 0
    try:
        for number, cells in enumerate(_values(file), 1):
            yield number, cells
    except BROKEN as error:
        raise RefusedError("imports.broken_workbook", path=name, row=number + 1) from error


@contextmanager
def rows(path: Path) -> Iterator[Iterator[tuple[int, list[str]]]]:
    """Every row with its number, the header among them, as it is asked for.

    Raises:
        RefusedError: the workbook is broken, or larger than any register.
    """
    with path.open("rb") as file:
        try:
            workbook_guard.measure(file)
        except BROKEN as error:
            raise RefusedError("imports.broken_workbook", path=path.name, row=1) from error
        yield _rows(file, path.name)
