"""Measures a workbook before anything is built from it: no bombs, no entities, no depth, no element that is never let go.

The sheet's reader keeps every element that stands outside a row, so a small file of ``<a/>`` could take gigabytes. Here
expat counts them without keeping any. A document type is refused altogether: no spreadsheet writes one, and entities need it.
"""

from __future__ import annotations

from typing import IO, Any
from xml.parsers import expat
from zipfile import ZipFile

from tracker.errors import RefusedError

MOST_ROWS = 500_000
MOST_COLUMNS = 501
MOST_BEGUN = 2_000_000
"""Shared strings."""
MOST_PARTS = 2_000
MOST_UNPACKED = 400_000_000
MOST_STRINGS = 64_000_000
"""Bytes of the shared strings, which are held in memory whole."""
MOST_OTHER = 8_000_000
"""Bytes of any other part: styles, relations, pictures."""
MOST_DEPTH = 32
MOST_LOOSE = 100_000
"""Elements outside rows: merged cells, links, columns."""
MOST_WITHIN = 20_000
"""Elements within one row or one shared string."""
MOST_TEXT = 1_000_000
"""Characters within one row or one shared string, and bytes of one tag."""
_BLOCK = 1 << 16
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_LET_GO = {f"{_MAIN}|row", f"{_MAIN}|si"}


class _Measure:
    """One part, as expat tells of it."""

    def __init__(self) -> None:
        self.depth = self.loose = self.within = self.text = self.begun = 0
        self._inside = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self._inside:
            self.within += 1
        elif name in _LET_GO:
            self._begin(attributes.get("r", ""))
        else:
            self.loose += 1
        if self.depth > MOST_DEPTH or self.loose > MOST_LOOSE or self.within > MOST_WITHIN:
            raise RefusedError("imports.hostile_workbook")

    def _begin(self, number: str) -> None:
        self._inside, self.within, self.text = self.depth, 0, 0
        self.begun = max(self.begun + 1, int(number or 0))
        # A row may say its own number, and those before it are filled up to it; a shared string has none.
        if self.begun > (MOST_ROWS if number else MOST_BEGUN):
            raise RefusedError("imports.too_many_rows", most=MOST_ROWS)

    def end(self, _name: str) -> None:
        if self.depth == self._inside:
            self._inside = 0
        self.depth -= 1

    def characters(self, data: str) -> None:
        self.text += len(data)
        if self.text > MOST_TEXT:
            raise RefusedError("imports.hostile_workbook")

    def doctype(self, *_: Any) -> None:
        raise RefusedError("imports.hostile_workbook")


def _is_markup(start: bytes) -> bool:
    """Whether a part could be read as XML, whatever its name says: a relation may point anywhere."""
    return start.lstrip().startswith((b"<", b"\x00<", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"))


def _scan(file: IO[bytes]) -> None:
    seen = _Measure()
    parser = expat.ParserCreate(namespace_separator="|")
    parser.buffer_text = True
    parser.StartElementHandler = seen.start
    parser.EndElementHandler = seen.end
    parser.CharacterDataHandler = seen.characters
    parser.StartDoctypeDeclHandler = seen.doctype
    fed = 0
    while block := file.read(_BLOCK):
        if not fed and not _is_markup(block[:64]):
            return
        try:
            parser.Parse(block, False)  # noqa: FBT003 -- expat takes it by place
        except expat.ExpatError:
            return  # whoever reads the part for its content stops at the same place
        fed += len(block)
        if fed - parser.CurrentByteIndex > MOST_TEXT:
            raise RefusedError("imports.hostile_workbook")


def _most(name: str) -> int:
    if name.startswith("xl/worksheets/"):
        return MOST_UNPACKED
    return MOST_STRINGS if name.endswith("sharedStrings.xml") else MOST_OTHER


def measure(file: IO[bytes]) -> None:
    """Let the workbook pass, or say that it cannot be a register.

    Raises:
        RefusedError: too much, too deep, or with a document type.
        zipfile.BadZipFile, ValueError, …: broken (see `tracker.imports.workbook.BROKEN`).
    """
    with ZipFile(file) as book:
        parts = book.infolist()
        if len(parts) > MOST_PARTS or any(part.file_size > _most(part.filename) for part in parts):
            raise RefusedError("imports.hostile_workbook")
        if sum(part.file_size for part in parts) > MOST_UNPACKED:
            raise RefusedError("imports.hostile_workbook")
        for part in parts:
            with book.open(part) as opened:
                _scan(opened)
