"""Ends of support by file: compared first, all or nothing, and the findings follow."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlmodel import select

from discovery.sighting import DeviceClass
from tests.conftest import NOW
from tracker.db import reading, writing
from tracker.errors import RefusedError
from tracker.movements.model_files import ModelDiff, compare, store
from tracker.tables import DeviceModel, JournalEntry

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

TODAY = date(2026, 11, 23)


@pytest.fixture
def axis(engine: Engine) -> Engine:
    with writing(engine) as session:
        session.add(
            DeviceModel(vendor="Axis", name="P3245", sort_key="axis p3245", device_class=DeviceClass.CAMERA)
        )
    return engine


def _compare(engine: Engine, tmp_path: Path, source: str) -> ModelDiff:
    file = tmp_path / "support.csv"
    file.write_text(source, encoding="utf-8")
    with reading(engine) as session:
        return compare(session, file, TODAY)


def _store(engine: Engine, diff: ModelDiff) -> list[int]:
    with writing(engine) as session:
        return store(session, diff, "support.csv", NOW)


def test_a_file_changes_adds_and_the_second_time_does_nothing(axis: Engine, tmp_path: Path) -> None:
    source = (
        "Tillverkare;Modell;Typ;Stöd till;Enligt\n"
        "axis;p3245;;2026-06-30;axis.com\n"
        "Örn AB;Ångmätare 3;IoT och givare;inget slut meddelat;leverantören\n"
        "Dell;3000;dator;;\n"
    )
    diff = _compare(axis, tmp_path, source)
    assert (diff.rows, len(diff.changed), len(diff.new), diff.same) == (3, 1, 2, 0)
    assert _store(axis, diff) == [1]
    with reading(axis) as session:
        models = {model.name: model for model in session.exec(select(DeviceModel))}
        (entry,) = session.exec(select(JournalEntry)).all()
    camera, meter, computer = models["P3245"], models["Ångmätare 3"], models["3000"]
    assert (camera.support_ends, camera.support_basis, camera.version) == (date(2026, 6, 30), "axis.com", 2)
    assert (meter.device_class, meter.support_ends) == (DeviceClass.IOT_SENSOR, None)
    assert meter.support_checked_on == TODAY
    assert (computer.device_class, computer.support_checked_on) == (DeviceClass.COMPUTER, None)
    assert entry.facts["before"]["1"]["support_ends"] is None
    again = _compare(axis, tmp_path, source)
    assert (len(again.changed), len(again.new), again.same) == (0, 0, 3)


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("Axis,P3245,camera,2027-13-01,axis.com", "models.import.bad_date"),
        ("Axis,P3245,camera,2027-01-01,", "models.basis_missing"),
        ("Axis,P3245,rymdskepp,,", "models.import.bad_class"),
        ("Axis,,camera,,", "models.name_missing"),
        ("DELL,3000,,,\ndell,3000,,,", "models.import.twice"),
    ],
)
def test_a_row_that_cannot_be_read_is_named_and_nothing_is_stored(
    axis: Engine, tmp_path: Path, row: str, code: str
) -> None:
    good = "HP,640 G8,computer,2028-01-01,hp.com"
    diff = _compare(axis, tmp_path, f"vendor,model,class,support_ends,basis\n{good}\n{row}\n")
    assert [error.code for _, error in diff.complaints] == [code]
    assert diff.complaints[0][0] == 3 + row.count("\n")
    with pytest.raises(RefusedError):
        _store(axis, diff)
    with reading(axis) as session:
        assert len(session.exec(select(DeviceModel)).all()) == 1


def test_a_file_without_its_columns_is_refused(axis: Engine, tmp_path: Path) -> None:
    with pytest.raises(RefusedError) as caught:
        _compare(axis, tmp_path, "vendor,name\nAxis,P3245\n")
    assert caught.value.data["column"] == "model"
