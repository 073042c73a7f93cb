"""A file is stored in few statements, and each new asset's movement says what the asset is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event
from sqlmodel import col, select

from tests.conftest import NOW
from tests.tracker.conftest import cluster, migrated, postgresql_url
from tracker.db import reading, writing
from tracker.errors import RefusedError
from tracker.imports.questions import from_words
from tracker.imports.storing import store
from tracker.tables import Asset, AssetIdentifier, ImportLine, ImportRun, Movement
from tracker.words import MovementKind

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

__all__ = ["cluster", "migrated", "postgresql_url"]

HEAD = "Inventarienummer;Serienummer;Status;Enhet"
MAKE = from_words(["sites,rooms,models"], [], [])


def _file(folder: Path, count: int, status: str = "I lager") -> Path:
    rows = [f"EK-{n:04};PF{n:06};{status};Ekbackaskolan" for n in range(count)]
    path = folder / "assets.csv"
    path.write_text("\n".join([HEAD, *rows, ""]), encoding="utf-8")
    return path


def _store(engine: Engine, path: Path) -> int:
    with writing(engine) as session:
        return store(session, path, path.name, MAKE, by=None, now=NOW)[0]


def test_a_thousand_rows_are_stored_in_few_statements(migrated: Engine, tmp_path: Path) -> None:
    said: list[str] = []
    event.listen(migrated, "before_cursor_execute", lambda _c, _u, text, *_: said.append(text))
    _store(migrated, _file(tmp_path, 1_000))
    assert len(said) < 80
    with reading(migrated) as session:
        tags = session.exec(select(Asset.tag).order_by(col(Asset.id))).all()
        serials = session.exec(
            select(Asset.tag, AssetIdentifier.value).join(Asset).order_by(col(Asset.id))
        ).all()
    assert tags == [f"EK-{n:04}" for n in range(1_000)]
    assert serials == [(f"EK-{n:04}", f"PF{n:06}") for n in range(1_000)]


def test_each_asset_gets_the_movement_and_the_line_of_its_own_row(migrated: Engine, tmp_path: Path) -> None:
    first = _store(migrated, _file(tmp_path, 3))
    second = _store(migrated, _file(tmp_path, 4, "I bruk"))
    with reading(migrated) as session:
        lines = session.exec(
            select(ImportLine.import_id, ImportLine.tag, Asset.tag).join(
                Asset, col(Asset.id) == col(ImportLine.asset_id)
            )
        ).all()
        found = session.exec(select(Movement, Asset).join(Asset).order_by(col(Movement.id))).all()
        movements = [
            (
                m.facts["import"],
                asset.tag,
                m.kind,
                m.before and m.before.value,
                m.after and m.after.value,
                m.unit_id == asset.unit_id,
                m.at,
            )
            for m, asset in found
        ]
    assert sorted(lines) == sorted(
        [(first, f"EK-{n:04}", f"EK-{n:04}") for n in range(3)]
        + [(second, f"EK-{n:04}", f"EK-{n:04}") for n in range(4)]
    )
    new, changed = MovementKind.IMPORTED, MovementKind.CHANGED
    assert sorted(movements) == sorted(
        [(first, f"EK-{n:04}", new, None, "in_stock", True, NOW) for n in range(3)]
        + [(second, f"EK-{n:04}", changed, "in_stock", "in_use", True, NOW) for n in range(3)]
        + [(second, "EK-0003", new, None, "in_use", True, NOW)]
    )


def test_what_was_written_before_a_bad_row_is_not_kept(migrated: Engine, tmp_path: Path) -> None:
    path = _file(tmp_path, 1_200)
    with path.open("a", encoding="utf-8") as file:
        file.write("EK-9999;PF000001;I lager;Ekbackaskolan\n")  # another row's serial
    with pytest.raises(RefusedError):
        _store(migrated, path)
    with reading(migrated) as session:
        for table in (Asset, AssetIdentifier, Movement, ImportLine, ImportRun):
            assert session.exec(select(table)).first() is None
