from __future__ import annotations

import platform
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text as sql
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from tracker.db import open_engine, reading, sqlite_warning, writing
from tracker.errors import RegisterUnavailableError
from tracker.tables import Unit, metadata
from tracker.words import UnitKind

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine


def test_what_is_acknowledged_is_stored_in_full_synchronous_wal(engine: Engine) -> None:
    with engine.connect() as connection:
        assert connection.execute(sql("PRAGMA synchronous")).scalar() == 2
        assert connection.execute(sql("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(sql("PRAGMA foreign_keys")).scalar() == 1


def test_writers_queue_so_that_none_decides_on_an_old_read(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'queue.db'}")
    metadata.create_all(engine)

    def count_and_add() -> None:
        for _ in range(20):
            with writing(engine) as session:
                seen = len(session.exec(select(Unit.id)).all())
                session.add(Unit(kind=UnitKind.SCHOOL, name="x", sort_key=str(seen)))

    writers = [threading.Thread(target=count_and_add) for _ in range(6)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    with reading(engine) as session:
        counted = session.exec(select(Unit.sort_key)).all()
    engine.dispose()
    assert sorted(map(int, counted)) == list(range(120))


def test_an_error_takes_everything_back(engine: Engine) -> None:
    def fail_half_way() -> None:
        with writing(engine) as session:
            session.add(Unit(kind=UnitKind.SCHOOL, name="half", sort_key="half"))
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()
    with reading(engine) as session:
        assert session.exec(select(Unit).where(Unit.name == "half")).first() is None


def test_a_word_outside_the_vocabulary_is_refused_by_the_database_too(engine: Engine) -> None:
    with pytest.raises(IntegrityError, match="ck_unit_kind"), engine.begin() as connection:
        connection.execute(
            sql("INSERT INTO unit (path, kind, name, sort_key) VALUES ('/', 'castle', 'x', 'x')")
        )


def test_a_database_that_cannot_be_opened_is_said_as_such(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'no' / 'such' / 'folder' / 'x.db'}")
    with pytest.raises(RegisterUnavailableError), writing(engine) as session:
        session.exec(select(Unit)).all()


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the package has no SQLite for this machine")
def test_the_register_is_kept_by_a_sqlite_without_the_wal_bug(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'x.db'}")
    with engine.connect() as connection:
        version = connection.execute(sql("SELECT sqlite_version()")).scalar_one()
    engine.dispose()
    assert tuple(map(int, version.split("."))) >= (3, 51, 3)
    assert sqlite_warning() is None


def test_without_the_package_pythons_own_sqlite_keeps_the_register() -> None:
    ask = "import sys; sys.modules['pysqlite3'] = None; from tracker.sqlite_driver import sqlite; print(sqlite.__name__)"
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "sqlite3"


def test_the_sqlite_version_with_the_wal_bug_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracker.db.sqlite.sqlite_version_info", (3, 51, 2))
    monkeypatch.setattr("tracker.db.sqlite.sqlite_version", "3.51.2")
    assert sqlite_warning() == "3.51.2"
    monkeypatch.setattr("tracker.db.sqlite.sqlite_version_info", (3, 51, 3))
    assert sqlite_warning() is None
