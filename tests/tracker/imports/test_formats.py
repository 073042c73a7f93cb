"""Other systems' files as they are: known by their headers, read into our words. The files are of our own making, with their traits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from discovery.sighting import DeviceClass
from tracker.errors import RefusedError
from tracker.imports.checking import class_of, status_of
from tracker.imports.formats import glpi, recognise, snipeit
from tracker.imports.reading import open_rows
from tracker.texts import text
from tracker.words import AssetStatus, Language

if TYPE_CHECKING:
    from pathlib import Path

LIST_EN = "ID,Company,Asset Name,Asset Tag,Serial,Model,Model No.,Category,Status,Checked Out To,Employee Number,Location,Default Location,Manufacturer,Purchase Date,Purchase Cost,EOL Date,Notes,Color"
LIST_SV = "ID,Företag,Företagsnamn,Tillgångstagg,Serienummer,Modell,Modellnr.,Kategori,Status,Utcheckad till,Anställningsnummer,Plats,Standardplats,Tillverkare,Inköpsdatum,Inköpspris,EOL-datum,Anteckningar,Färg"
LIST_ROW = '7,Ekbackaskolan,Lärardator,EK-1,PF3ABC1,100e,20GA,Laptops,Ready to Deploy (deployed),"Ek, Elsa",p-1,Kvarnskolan,Stadshuset,Lenovo,1/23/23,$12.58,2028-06-30 00:00:00,i skåpet,blå'
REPORT_EN = "ID,Company,Asset Name,Asset Tag,Model,Model No.,Category,Manufacturer,Serial,Purchased,Cost,EOL,Location,Address,Address,City,State,Country,Zip,Default Location,Address,Address,City,State,Country,Zip,Checked Out,Type,Username,Employee No.,Department,Status,Notes,Serial"
REPORT_SV = "ID,Företag,Företagsnamn,Tillgångstagg,Modell,Modellnr.,Kategori,Tillverkare,Serienummer,Inköpt,Pris,EOL,Plats,Adress,Adress,Ort,Stat,Land,Zippa,Standardplats,Adress,Adress,Ort,Stat,Land,Zippa,Utcheckad,Typ,Username,Employee No.,Avdelning,Status,Anteckningar,Serienummer"
REPORT_ROW = '7,,Lärardator,EK-1,100e,20GA,Laptops,Lenovo,PF3ABC1,2023-01-23,12.58,2028-06-30,Kvarnskolan,"Gata 1",,Ekbacka,,SE,12345,Stadshuset,"Torget 2",,Ekbacka,,SE,12345,"Ek, Elsa",user,elsa,p-1,Ekbackaskolan,Ready to Deploy (deployed),i skåpet,EGET-FÄLT'
MEANT = {
    "unit": "Ekbackaskolan",
    "name": "Lärardator",
    "tag": "EK-1",
    "serial": "PF3ABC1",
    "model": "100e",
    "class": "computer",
    "status": "handed_out",
    "holder": "p-1",
    "site": "Kvarnskolan",
    "vendor": "Lenovo",
    "purchased": "2023-01-23",
    "support_ends": "2028-06-30",
    "note": "i skåpet",
}


def _read(
    folder: Path, head: str, row: str, encoding: str = "utf-8-sig"
) -> tuple[str, dict[str, str], tuple[str, ...]]:
    path = folder / "export.csv"
    path.write_bytes(f"{head}\r{row}\r".encode(encoding))
    with open_rows(path) as (known, rows):
        (only,) = rows
        return known.format.name, only.cells, known.unused


@pytest.mark.parametrize(
    ("head", "row", "name"),
    [
        (LIST_EN, LIST_ROW, "snipeit_list"),
        (LIST_SV, LIST_ROW, "snipeit_list"),
        (REPORT_EN, REPORT_ROW, "snipeit_report"),
        (REPORT_SV, REPORT_ROW, "snipeit_report"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252"])
def test_a_snipe_it_export_is_read_as_it_is(
    tmp_path: Path, head: str, row: str, name: str, encoding: str
) -> None:
    known, cells, _ = _read(tmp_path, head, row, encoding)
    assert known == name
    # The list says dollars, which may be kronor in a Snipe-IT whose currency nobody set: nothing is guessed.
    price = {} if "$" in row else {"price": "12.58"}
    assert {k: v for k, v in cells.items() if v} == MEANT | price


@pytest.mark.parametrize("head", [LIST_EN, LIST_SV])
def test_an_excel_export_may_have_its_columns_in_any_order(tmp_path: Path, head: str) -> None:
    columns = list(zip(head.split(","), LIST_ROW.replace("Ek, Elsa", "Elsa").split(","), strict=True))
    turned = [",".join(part) for part in zip(*reversed(columns), strict=True)]
    assert {k: v for k, v in _read(tmp_path, *turned)[1].items() if v} == MEANT


def test_what_a_format_does_not_use_is_named_and_repeats_say_which(tmp_path: Path) -> None:
    unused = _read(tmp_path, REPORT_EN, REPORT_ROW)[2]
    assert {"Address (14)", "Address (15)", "Address (21)", "Serial (34)", "Checked Out"} <= set(unused)
    assert "Serial (9)" not in unused
    assert "Color" in _read(tmp_path, LIST_EN, LIST_ROW)[2]


def test_a_report_without_some_columns_is_read_by_what_is_left(tmp_path: Path) -> None:
    head = "Asset Tag,Serial,Purchased,Location,Default Location,Address,Employee No.,Notes,Location,Notes"
    _, cells, _ = _read(
        tmp_path, head, "EK-1,PF3ABC1,2023-01-23,Kvarnskolan,Stadshuset,Torget,p-1,rätt,fel,fel"
    )
    assert (cells["site"], cells["note"], cells["holder"]) == ("Kvarnskolan", "rätt", "p-1")


@pytest.mark.parametrize(
    "head",
    [
        "item name,company,model name,manufacturer,category,asset tag,serial number,purchase date,status,location,asset notes",
        "Tillgång namn,Företag,Modellnamn,Tillverkare,Kategori,Tillgångstagg,Serienummer,Inköpsdatum,Status,Plats,Tillgång noteringar",
        "item_name,company,asset_model,manufacturer,category,asset_tag,serial,purchase_date,status,location,asset_notes",
        "Asset Name,Company,Model Name,Manufacturer,Category,Asset Tag,Serial Number,Purchase Date,Status,Location,Asset Notes",
    ],
)
def test_a_file_for_snipe_its_own_importer_is_read(tmp_path: Path, head: str) -> None:
    row = "Skrivare,Ekbackaskolan,B210,Xerox,Printers,EK-1,SN-77,2/3/2024,Ready to Deploy,Kvarnskolan,x"
    name, cells, unused = _read(tmp_path, head, row)
    assert (name, unused) == ("snipeit_importer", ())
    assert (cells["class"], cells["status"], cells["purchased"]) == ("printer", "in_stock", "2024-02-03")
    assert (cells["unit"], cells["vendor"], cells["model"]) == ("Ekbackaskolan", "Xerox", "B210")


def test_repeated_headers_of_a_bad_sample_count_once(tmp_path: Path) -> None:
    head = "Company,Item Name,Company,Category,Asset Tag,Category,"
    _, cells, unused = _read(tmp_path, head, "Ekbackaskolan,PC,Annan,Laptops,EK-1,Servers,x")
    assert (cells["unit"], cells["class"], unused) == (
        "Ekbackaskolan",
        "computer",
        ("Company (3)", "Category (6)"),
    )


@pytest.mark.parametrize(
    ("label", "is_out", "meant"),
    [
        ("Ready to Deploy", False, "in_stock"),
        ("Ready to Deploy", True, "handed_out"),
        ("Ready to Deploy (deployed)", True, "handed_out"),
        ("Ready to Deploy Deployed", False, "in_use"),
        ("Redo att distribuera (används)", True, "handed_out"),
        ("Deployed", True, "handed_out"),
        ("Archived", False, "retired"),
        ("Arkiverad", False, "retired"),
        ("Out for Repair (undeployable)", False, "in_repair"),
        ("Broken \u2013 Not Fixable", False, "retired"),
        ("Lost/Stolen", False, "Lost/Stolen"),
        ("Hos leverantören", False, "Hos leverantören"),
    ],
)
def test_snipe_its_labels_become_our_words_or_stay_questions(label: str, *, is_out: bool, meant: str) -> None:
    assert snipeit.status_word(label, is_out=is_out) == meant


@pytest.mark.parametrize(
    ("said", "iso"),
    [
        ("1/23/23", "2023-01-23"),
        ("01/23/2023", "2023-01-23"),
        ("12/31/99 10:00 AM", "2099-12-31"),
        ("2023-01-23 10:00:00", "2023-01-23"),
        ("2023-01-23", "2023-01-23"),
        ("snart", "snart"),
    ],
)
def test_american_dates_become_iso(said: str, iso: str) -> None:
    assert snipeit.iso_date(said) == iso


@pytest.mark.parametrize(
    "head",
    [
        "Name;Entity;Status;Manufacturer;Serial number;Inventory number;Type;Model;Location;Last update;Date of purchase;Comments",
        "Namn;Enhet;Status;Tillverkare;Serienummer;Inventarienummer;Typ;Modell;Plats;Senaste uppdatering;Inköpsdatum;Kommentarer",
    ],
)
def test_a_glpi_list_is_read_as_it_is(tmp_path: Path, head: str) -> None:
    row = "PC-7;Root entity > Kommun > Ekbackaskolan;I bruk;Dell;SN-77;EK-1;Notebook;Latitude;Kvarnskolan > B12;2026-11-01;15-08-2024;x"
    name, cells, unused = _read(tmp_path, head, row)
    assert (name, len(unused)) == ("glpi", 1)
    assert (cells["unit"], cells["site"], cells["room"]) == ("Ekbackaskolan", "Kvarnskolan", "B12")
    assert (cells["class"], cells["purchased"], cells["note"]) == ("computer", "2024-08-15", "x")


def test_glpis_days_are_read_as_its_users_write_them() -> None:
    assert [glpi.iso_date(said) for said in ("5-8-2024", "2024-08-15 10:00", "x")] == [
        "2024-08-05",
        "2024-08-15",
        "x",
    ]


@pytest.mark.parametrize(
    "head",
    [
        "Inventarienummer;Serienummer;Enhet;Plats;Rum",
        "tag;serial;unit",
        "Märkning;Serienummer;Skola;Modell;Anteckning",
    ],
)
def test_our_own_list_is_no_other_systems(head: str) -> None:
    assert recognise(tuple(head.split(";"))).format.name == "own"


def test_a_list_without_its_tag_says_which_columns_it_has() -> None:
    with pytest.raises(RefusedError, match="Serial number"):
        recognise(("Name", "Entity", "Serial number"))


@pytest.mark.parametrize("language", Language)
def test_what_our_own_exports_call_things_is_understood(language: Language) -> None:
    assert {status_of(text(f"words.asset_status.{s.value}", language)) for s in AssetStatus} == set(
        AssetStatus
    )
    said = {text(f"words.device_class.{c.value.replace('-', '_')}", language) for c in DeviceClass}
    assert {class_of(word) for word in said} == set(DeviceClass)
