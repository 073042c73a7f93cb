"""A register by file: everything is compared first, and all of it is stored or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import col, func, select

from discovery.sighting import DeviceClass
from tests.conftest import NOW
from tests.tracker.conftest import cluster, migrated, postgresql_url
from tracker import journal
from tracker.db import reading, writing
from tracker.errors import RefusedError
from tracker.imports.comparing import Comparison
from tracker.imports.diff import Diff, Outcome
from tracker.imports.questions import Answers, from_words
from tracker.imports.storing import store
from tracker.imports.undoing import take_back
from tracker.tables import Asset, AssetIdentifier, DeviceModel, Movement, Room, Site
from tracker.words import AssetStatus, IdentifierKind, Language

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

__all__ = ["cluster", "migrated", "postgresql_url"]

HEAD = "Inventarienummer;Serienummer;MAC-adress;Tillverkare;Modell;Typ;Status;Enhet;Plats;Rum;Inköpsdatum"
ROW = (
    "EK-1;PF3ABC1;9C-B6-D0-00-00-01;Lenovo;100e;chromebook;I lager;Ekbackaskolan;Ekbackaskolan;B12;2024-08-15"
)


def _file(folder: Path, *lines: str, encoding: str = "utf-8") -> Path:
    path = folder / "assets.csv"
    path.write_bytes("\r\n".join(lines).encode(encoding) + b"\r\n")
    return path


MAKE = from_words(["sites,rooms,models"], [], [])


def _diff(engine: Engine, path: Path, answers: Answers | None = MAKE) -> Diff:
    with reading(engine) as session:
        return Comparison(session, answers).whole(path)


def _store(engine: Engine, path: Path, answers: Answers = MAKE) -> Diff:
    with writing(engine) as session:
        return store(session, path, path.name, answers, by=None, now=NOW)[1]


def _counts(diff: Diff) -> tuple[int, ...]:
    return tuple(diff.counts[outcome] for outcome in (Outcome.NEW, Outcome.CHANGED, Outcome.SAME))


def _count(engine: Engine, table: type) -> int:
    with reading(engine) as session:
        return session.exec(select(func.count()).select_from(table)).one()


def _complaints(diff: Diff) -> list[tuple[int, str, str]]:
    return [(c.row, c.column, c.error.say(Language.SV)) for c in diff.complaints]


def test_a_row_becomes_an_asset_with_all_it_says(migrated: Engine, tmp_path: Path) -> None:
    diff = _store(migrated, _file(tmp_path, HEAD, ROW))
    assert (_counts(diff), diff.complaints) == ((1, 0, 0), [])
    with reading(migrated) as session:
        asset = session.exec(select(Asset)).one()
        model = session.get(DeviceModel, asset.model_id)
        site, room = session.get(Site, asset.site_id), session.get(Room, asset.room_id)
        identifiers = {(i.kind, i.value) for i in session.exec(select(AssetIdentifier))}
        movement = session.exec(select(Movement)).one()
        assert journal.verify(session) == []
    assert model is not None
    assert site is not None
    assert room is not None
    assert (asset.tag, asset.status, str(asset.purchased_on)) == ("EK-1", AssetStatus.IN_STOCK, "2024-08-15")
    assert (model.vendor, model.name, model.device_class) == ("Lenovo", "100e", DeviceClass.CHROMEBOOK)
    assert (site.name, room.name) == ("Ekbackaskolan", "B12")
    assert identifiers == {(IdentifierKind.SERIAL, "PF3ABC1"), (IdentifierKind.MAC, "9c:b6:d0:00:00:01")}
    assert movement.after is AssetStatus.IN_STOCK


def test_the_same_file_again_has_nothing_to_do(migrated: Engine, tmp_path: Path) -> None:
    path = _file(tmp_path, HEAD, ROW)
    _store(migrated, path)
    diff = _diff(migrated, path)
    assert _counts(diff) == (0, 0, 1)


def test_a_dry_run_shows_each_change_and_stores_nothing(migrated: Engine, tmp_path: Path) -> None:
    _store(migrated, _file(tmp_path, HEAD, ROW))
    diff = _diff(migrated, _file(tmp_path, "tag;status;rum;unit", "ek-1;utlämnad;B13;", "EK-2;;;"))
    assert [(c.tag, c.fields) for c in diff.changed] == [
        ("ek-1", {"status": ("in_stock", "handed_out"), "room": ("B12", "B13")})
    ]
    assert _complaints(diff) == [(3, "unit", "verksamhet saknas")]
    with reading(migrated) as session:
        assert session.exec(select(Asset.status)).one() is AssetStatus.IN_STOCK


def test_an_empty_cell_empties_nothing(migrated: Engine, tmp_path: Path) -> None:
    _store(migrated, _file(tmp_path, HEAD, ROW))
    diff = _diff(migrated, _file(tmp_path, HEAD, "EK-1;;;;;;;;;;"))
    assert _counts(diff) == (0, 0, 1)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("cut", [";", ",", "\t"])
def test_the_file_may_come_as_swedish_spreadsheets_write_it(
    engine: Engine, tmp_path: Path, encoding: str, cut: str
) -> None:
    path = tmp_path / "assets.csv"
    lines = f"Märkning{cut}Enhet{cut}Namn\r\nEK-1{cut}Utbildningsförvaltningen{cut}Åäö\r\n"
    path.write_bytes(lines.encode(encoding))
    _store(engine, path)
    with reading(engine) as session:
        assert session.exec(select(Asset.name)).one() == "Åäö"


@pytest.mark.parametrize(
    ("row", "column", "said"),
    [
        (";;;;;;;Ekbackaskolan;;;", "Inventarienummer", "inventarienummer saknas"),
        ("E K;;;;;;;Ekbackaskolan;;;", "Inventarienummer", "E K kan inte vara ett inventarienummer"),
        ("E;0000;;;;;;Ekbackaskolan;;;", "Serienummer", "0000 är inget serienummer"),
        ("E;;xx;;;;;Ekbackaskolan;;;", "MAC-adress", "xx är ingen MAC-adress"),
        ("E;;;;;;;;;;", "Enhet", "verksamhet saknas"),
        ("E;;;;;;;Ekbackaskolan;;B1;", "Rum", "rummet B1 saknar plats"),
        ("E;;;;;;;Ekbackaskolan;;;2024-02-30", "Inköpsdatum", "2024-02-30 är inget datum"),
        ("E;;;" + "x" * 81 + ";y;;;Ekbackaskolan;;;", "Tillverkare", "texten är längre än 80 tecken"),
    ],
)
def test_each_error_names_row_and_column(
    engine: Engine, tmp_path: Path, row: str, column: str, said: str
) -> None:
    path = _file(tmp_path, HEAD, ROW, row)
    diff = _diff(engine, path)
    ((number, where, why),) = _complaints(diff)
    assert (number, where) == (3, column)
    assert why.startswith(said)
    with pytest.raises(RefusedError):
        _store(engine, path)
    assert _count(engine, Asset) == 0, "all or nothing"


def test_what_two_claim_is_a_conflict(migrated: Engine, tmp_path: Path) -> None:
    _store(migrated, _file(tmp_path, HEAD, ROW))
    head = "tag;serial;mac;unit"
    rows = [
        "EK-2;PF3ABC1;;Ekbackaskolan",
        "EK-3;PF3XYZ9;;Ekbackaskolan",
        "EK-4;PF3XYZ9;;Ekbackaskolan",
        "EK-3;;;Ekbackaskolan",
        "EK-5;;bad;Ekbackaskolan",
    ]
    diff = _diff(migrated, _file(tmp_path, head, *rows))
    assert (diff.counts[Outcome.CONFLICT], diff.complained, diff.rows) == (3, 4, 5)
    assert [c[:2] for c in _complaints(diff)] == [(2, "serial"), (4, "serial"), (5, "tag"), (6, "mac")]
    assert "EK-1" in _complaints(diff)[0][2]


def test_a_personal_identity_number_never_enters_and_is_not_repeated(engine: Engine, tmp_path: Path) -> None:
    diff = _diff(engine, _file(tmp_path, "tag;unit;note", "EK-1;Ekbackaskolan;lånad av 19121212-1212"))
    ((_, column, why),) = _complaints(diff)
    assert column == "note"
    assert "1212" not in why


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "tom"),
        (b"a;b\r\n1;2\r\n", "saknar en kolumn"),
        (b"tag;inventarienummer\r\n1;2\r\n", "betyder tag"),
        (b'tag;unit\r\n"' + b"x" * 200_000, "citattecken"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(engine: Engine, tmp_path: Path, data: bytes, said: str) -> None:
    path = tmp_path / "assets.csv"
    path.write_bytes(data)
    with pytest.raises(RefusedError) as caught:
        _diff(engine, path)
    assert said in caught.value.say(Language.SV)


def test_columns_that_are_not_ours_are_named_and_left(engine: Engine, tmp_path: Path) -> None:
    diff = _diff(engine, _file(tmp_path, "tag;Färg;unit", "EK-1;blå;Ekbackaskolan"))
    assert diff.unused == ("Färg",)
    assert diff.new == ["EK-1"]


def test_only_the_first_complaints_are_kept_and_all_are_counted(engine: Engine, tmp_path: Path) -> None:
    diff = _diff(engine, _file(tmp_path, "tag;mac", *(f"EK-{n};xx" for n in range(300))))
    assert (len(diff.complaints), diff.complained) == (200, 300)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=300))
def test_no_file_is_too_strange(engine: Engine, tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "strange.csv"
    path.write_bytes(b"tag;unit;serial;mac;note\r\n" + data)
    try:
        _diff(engine, path)
    except RefusedError as error:
        assert error.say(Language.EN)  # noqa: PT017 -- either ends well
    assert _count(engine, Asset) == 0


def test_search_finds_what_was_imported(engine: Engine, tmp_path: Path) -> None:
    _store(engine, _file(tmp_path, HEAD, ROW))
    with reading(engine) as session:
        found = session.exec(select(Asset.tag).where(col(Asset.search_key).contains("pf3abc1"))).all()
    assert found == ["EK-1"]


def test_a_model_that_an_export_names_without_its_maker_twice_is_the_same_model(
    migrated: Engine, tmp_path: Path
) -> None:
    row = ROW.replace("Lenovo;100e", "Axis;AXIS P3245-LV")
    _store(migrated, _file(tmp_path, HEAD, row))
    exported = _file(tmp_path, "Inventarienummer;Modell", "EK-1;AXIS P3245-LV")
    diff = _diff(migrated, exported, Answers())
    assert (_counts(diff), diff.complaints, diff.questions) == ((0, 0, 1), [], [])


@pytest.mark.parametrize(
    ("written", "ore"),
    [
        ("4995", 499_500),
        ("4 995,50", 499_550),
        ("4,995.50", 499_550),
        ("1.234", 123_400),
        ("3999 kr", 399_900),
    ],
)
def test_what_it_cost_and_its_warranty_are_read_and_taken_back(
    migrated: Engine, tmp_path: Path, written: str, ore: int
) -> None:
    head = "Asset Tag;Serial;Company;Status;Checked Out To;Purchase Cost;Warranty Expires"
    _store(migrated, _file(tmp_path, head, "EK-1;PF000001;Ekbackaskolan;Ready to Deploy;;100;"))
    diff = _store(
        migrated, _file(tmp_path, head, f"EK-1;PF000001;Ekbackaskolan;Ready to Deploy;;{written};2027-08-31")
    )
    assert diff.changed[0].fields.keys() == {"price", "warranty_ends"}
    with writing(migrated) as session:
        asset = session.exec(select(Asset).where(Asset.tag == "EK-1")).one()
        assert (asset.price_ore, str(asset.warranty_ends)) == (ore, "2027-08-31")
        take_back(session, 2, by=None, now=NOW)
    with reading(migrated) as session:
        asset = session.exec(select(Asset).where(Asset.tag == "EK-1")).one()
        assert (asset.price_ore, asset.warranty_ends) == (10_000, None)


def test_what_is_no_price_is_named(engine: Engine, tmp_path: Path) -> None:
    diff = _diff(engine, _file(tmp_path, "tag;unit;pris", "EK-1;Ekbackaskolan;dyr"))
    assert [(c.row, c.column, c.error.code) for c in diff.complaints] == [(2, "pris", "imports.bad_price")]
