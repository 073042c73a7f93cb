"""Tables by file: every way a spreadsheet writes one, and workbooks that mean harm."""

from __future__ import annotations

import tracemalloc
import zipfile
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from tracker.errors import RefusedError
from tracker.imports import files
from tracker.imports.cells import FORMULA_STARTS, plain_cell, safe_cell
from tracker.imports.files import open_table
from tracker.words import Language

if TYPE_CHECKING:
    from pathlib import Path

Read = tuple[tuple[str, ...], list[tuple[int, tuple[str, ...]]]]
SHEET = "xl/worksheets/sheet1.xml"


def _read(path: Path) -> Read:
    with open_table(path) as table:
        return table.headers, list(table)


def _written(folder: Path, data: bytes) -> Path:
    path = folder / "table.csv"
    path.write_bytes(data)
    return path


def _book(folder: Path, *rows: list[Any]) -> Path:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    path = folder / "table.xlsx"
    book.save(path)
    return path


def _with_part(path: Path, name: str, data: bytes) -> Path:
    """The workbook with one part replaced."""
    changed = path.with_name("changed.xlsx")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            if part.filename != name:
                new.writestr(part, old.read(part))
        new.writestr(name, data)
    return changed


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize("cut", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_csv_is_read_however_it_was_saved(tmp_path: Path, end: str, cut: str, encoding: str) -> None:
    text = end.join(
        [cut.join(["Märke", "Ort", "Ort"]), cut.join(["Å", '"a""b"', "c"]), "", cut.join(["ö", "", ""])]
    )
    assert _read(_written(tmp_path, text.encode(encoding))) == (
        ("Märke", "Ort", "Ort"),
        [(2, ("Å", 'a"b', "c")), (4, ("ö", "", ""))],
    )


def test_a_letter_across_a_block_is_still_utf_8(tmp_path: Path) -> None:
    path = _written(tmp_path, b"a;b\r" + b"x;y\r" * 262_143 + b";" + "å;1\r".encode())
    headers, rows = _read(path)
    assert headers == ("a", "b")
    assert rows[-1] == (262_145, ("", "å"))


def test_the_row_that_names_the_delimiter_is_no_header(tmp_path: Path) -> None:
    assert _read(_written(tmp_path, b"sep=,\r\na;b,c\r\n1,2\r\n")) == (("a;b", "c"), [(3, ("1", "2"))])


def test_a_row_of_several_lines_counts_as_one_as_in_a_spreadsheet(tmp_path: Path) -> None:
    assert _read(_written(tmp_path, b'\n\na;b\n"1\n2";3\n4;5\n'))[1] == [(4, ("1\n2", "3")), (5, ("4", "5"))]


def test_a_short_row_is_filled_up_and_a_long_one_cut(tmp_path: Path) -> None:
    assert _read(_written(tmp_path, b"a;b\n1\n1;2;3\n"))[1] == [(2, ("1", "")), (3, ("1", "2"))]


def test_control_characters_and_loose_accents_do_not_enter(tmp_path: Path) -> None:
    data = "a;b\nx\x00\x1by;A\u030astad\n".encode()
    assert _read(_written(tmp_path, data))[1] == [(2, ("xy", "Åstad"))]


@given(st.text())
def test_a_cell_comes_back_as_it_was_and_never_starts_a_formula(text: str) -> None:
    assert plain_cell(safe_cell(text)) == text
    assert not safe_cell(text).startswith(FORMULA_STARTS)


def test_a_workbook_gives_dates_as_iso_and_numbers_as_typed(tmp_path: Path) -> None:
    row = ["Å", 17, 17.0, 2.5, date(2024, 8, 15), datetime(2024, 8, 15, 9, 30), True, None, 3.57398e15]  # noqa: DTZ001 -- as a workbook holds it
    path = _book(tmp_path, [None], list("abcdefgha"), [None], row)
    headers, rows = _read(path)
    assert headers == tuple("abcdefgha")
    assert rows == [
        (4, ("Å", "17", "17", "2.5", "2024-08-15", "2024-08-15 09:30:00", "true", "", "3573980000000000")),
    ]


def test_a_workbook_is_known_by_what_it_holds(tmp_path: Path) -> None:
    path = _book(tmp_path, ["a"], ["1"])
    assert _read(path.rename(tmp_path / "misnamed.csv"))[1] == [(2, ("1",))]


def test_the_first_sheet_that_is_shown_is_read(tmp_path: Path) -> None:
    book = Workbook()
    book.active.sheet_state = "hidden"
    book.create_sheet("Register").append(["a"])
    path = tmp_path / "two.xlsx"
    book.save(path)
    assert _read(path)[0] == ("a",)


MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 9))
HOSTILE = {
    "entities": f'<!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]><worksheet {MAIN}><sheetData><row><c t="str"><v>&l8;</v></c></row></sheetData></worksheet>',
    "a file of this machine": f'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><worksheet {MAIN}><sheetData><row><c t="str"><v>&e;</v></c></row></sheetData></worksheet>',
    "depth": f"<worksheet {MAIN}>" + "<a>" * 200_000,
    "elements that are never let go": f"<worksheet {MAIN}><sheetData>" + "<a/>" * 2_000_000,
    "a row without end": f"<worksheet {MAIN}><sheetData><row>" + "<c/>" * 2_000_000,
    "a cell without end": f'<worksheet {MAIN}><sheetData><row><c t="str"><v>' + "x" * 20_000_000,
    "a tag without end": f'<worksheet {MAIN} a="' + "x" * 20_000_000,
}


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("part", [SHEET, "xl/sharedStrings.xml", "docProps/picture.png"])
def test_a_hostile_workbook_is_refused_before_it_takes_the_memory(
    tmp_path: Path, kind: str, part: str
) -> None:
    path = _with_part(_book(tmp_path, ["tag"], ["1"]), part, HOSTILE[kind].encode())
    tracemalloc.start()
    try:
        with pytest.raises(RefusedError) as caught:
            _read(path)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert caught.value.code == "imports.hostile_workbook"
    assert most < 12_000_000


def test_a_bomb_is_refused_by_what_it_says_it_unpacks_to(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bomb:
        for n in range(60):
            bomb.writestr(f"xl/worksheets/sheet{n}.xml", b" " * 7_000_000)
    with pytest.raises(RefusedError, match="hostile_workbook"):
        _read(path)


def test_a_row_number_of_a_milliard_is_not_filled_up_to(tmp_path: Path) -> None:
    sheet = f'<worksheet {MAIN}><sheetData><row r="1"><c r="A1" t="str"><v>tag</v></c></row><row r="1000000000"><c t="str"><v>x</v></c></row></sheetData></worksheet>'
    with pytest.raises(RefusedError, match="too_many_rows") as caught:
        _read(_with_part(_book(tmp_path, ["tag"]), SHEET, sheet.encode()))
    assert caught.value.say(Language.SV)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "är tom"),
        (b"\r\n;;\r\n", "är tom"),
        (b"PK\x03\x04nothing", "arbetsboken är skadad"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Spara den som .xlsx"),
        (b"a" + b";" * 500, "fler än 500 kolumner"),
        (b'a;b\n1;2\n"' + b"x\n" * 600_000, "Rad 3"),
    ],
)
def test_what_cannot_be_read_is_said_in_a_sentence(tmp_path: Path, data: bytes, said: str) -> None:
    with pytest.raises(RefusedError) as caught:
        _read(_written(tmp_path, data))
    assert said in caught.value.say(Language.SV)


def test_a_file_past_its_bounds_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _written(tmp_path, b"a\n1\n2\n3\n")
    monkeypatch.setattr(files, "MOST_ROWS", 3)
    with pytest.raises(RefusedError, match="too_many_rows"):
        _read(path)
    monkeypatch.setattr(files, "MOST_BYTES", 3)
    with pytest.raises(RefusedError, match="too_large"):
        _read(path)


@pytest.mark.parametrize("name", ["none.csv", ".", "../none.csv", "/dev/null"])
def test_only_a_plain_file_is_read(tmp_path: Path, name: str) -> None:
    with pytest.raises(RefusedError, match="unreadable"):
        _read(tmp_path / name)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=400), at=st.integers(0, 4_000))
def test_a_workbook_with_any_damage_is_read_or_refused(tmp_path: Path, data: bytes, at: int) -> None:
    whole = (tmp_path / "table.xlsx").read_bytes() if (tmp_path / "table.xlsx").exists() else None
    whole = whole or _book(tmp_path, ["tag", "Ort"], ["1", date(2024, 1, 1)]).read_bytes()
    try:
        _read(_written(tmp_path, whole[:at] + data + whole[at + len(data) :]))
    except RefusedError as error:
        assert error.say(Language.EN)  # noqa: PT017 -- either ends well
