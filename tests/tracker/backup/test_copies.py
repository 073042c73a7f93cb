"""Copies of the register: whole under load, checked, never overwriting, and put back without losing what was there."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text as sql
from sqlmodel import func, select

from tests.conftest import NOW, people_the_register
from tracker import journal
from tracker.backup import copies
from tracker.backup.checking import check, continues
from tracker.db import open_engine, reading, writing
from tracker.errors import RefusedError, TrackerError
from tracker.migrations import upgrade
from tracker.sqlite_driver import sqlite
from tracker.tables import JournalEntry, LoginSession, Site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Engine


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Engine]:
    """A register on SQLite with a journal of five entries."""
    engine = open_engine(f"sqlite:///{tmp_path / 'live.db'}")
    upgrade(engine)
    people_the_register(engine)
    _write(engine, 5)
    yield engine
    engine.dispose()


def _write(engine: Engine, times: int) -> None:
    for _ in range(times):
        with writing(engine) as session:
            journal.record(session, "site:test:write", "site:1", by=None, now=NOW, personal={"name": "Elsa"})


def _entries(engine: Engine) -> int:
    with reading(engine) as session:
        return session.exec(select(func.count()).select_from(JournalEntry)).one()


def test_a_copy_holds_what_the_register_held(migrated: Engine, tmp_path: Path) -> None:
    _write(migrated, 3)
    made = copies.make(migrated, tmp_path, NOW)
    assert made.path.name.startswith("enhetskoll-20261123T090000Z.")
    assert made.path.stat().st_mode & 0o077 == 0
    assert copies.examine(made.path).problems == ()
    assert [p.name for p in tmp_path.iterdir() if p.name.endswith(".part")] == []


def test_the_restore_drill(migrated: Engine, tmp_path: Path) -> None:
    _write(migrated, 3)
    before = _entries(migrated)
    made = copies.make(migrated, tmp_path / "copy", NOW)
    with writing(migrated) as session:
        session.add(Site(name="Efteråt", sort_key="e", unit_id=1))
        session.add(LoginSession(token_hash="a" * 64, created_at=NOW, seen_at=NOW))
    migrated.dispose()
    aside = copies.restore(migrated, made.path, NOW)
    assert aside is not None
    with reading(migrated) as session:
        assert session.exec(select(Site).where(Site.name == "Efteråt")).first() is None
        assert session.exec(select(LoginSession)).all() == []
    assert check(migrated).problems == ()
    assert _entries(migrated) == before + 1  # and the restore itself is written down
    assert copies.examine(aside).problems == ()
    migrated.dispose()
    copies.restore(migrated, aside, NOW.replace(hour=10))
    with reading(migrated) as session:
        assert session.exec(select(Site).where(Site.name == "Efteråt")).one()


def test_copies_made_while_others_write_are_all_whole(register: Engine, tmp_path: Path) -> None:
    stop, written = threading.Event(), [0, 0]

    def write(mine: int) -> None:
        while not stop.is_set():
            _write(register, 1)
            written[mine] += 1

    writers = [threading.Thread(target=write, args=(n,)) for n in range(2)]
    for one in writers:
        one.start()
    entries = []
    for n in range(6):
        before = sum(written)
        made = copies.make(register, tmp_path / f"{n}.db", NOW)
        while sum(written) == before:  # the load is real
            pass
        entries.append(made.checkup.entries)
    stop.set()
    for one in writers:
        one.join()
    assert entries == sorted(set(entries))
    for n in range(6):
        copy = copies.examine(tmp_path / f"{n}.db")
        assert copy.problems == ()
        assert continues(register, copy)


def test_a_file_that_is_there_is_not_overwritten(register: Engine, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("min fil")
    with pytest.raises(RefusedError) as refused:
        copies.make(register, tmp_path / "mine", NOW)
    assert refused.value.code == "backup.exists"
    assert (tmp_path / "mine").read_text() == "min fil"
    copies.make(register, tmp_path / "mine", NOW, overwrite=True)
    assert copies.examine(tmp_path / "mine").problems == ()


def test_a_folder_that_is_not_there_is_named(register: Engine, tmp_path: Path) -> None:
    with pytest.raises(RefusedError) as refused:
        copies.make(register, tmp_path / "no" / "copy.db", NOW)
    assert refused.value.code == "backup.no_folder"


def test_a_register_whose_chain_is_broken_gives_no_copy(register: Engine, tmp_path: Path) -> None:
    with writing(register) as session:
        session.execute(sql("UPDATE journal_entry SET what = 'x' WHERE id = 2"))
    with pytest.raises(TrackerError) as refused:
        copies.make(register, tmp_path / "copy.db", NOW)
    assert refused.value.code == "cli.verify_bad"
    assert not (tmp_path / "copy.db").exists()


def _torn(path: Path) -> None:
    data = bytearray(path.read_bytes())
    middle = len(data) // 2 // 4096 * 4096
    data[middle : middle + 8192] = b"\xa5" * 8192
    path.write_bytes(bytes(data))


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _rewritten(path: Path) -> None:
    connection = sqlite.connect(path)
    connection.execute("UPDATE journal_entry SET at = '2020-01-01 00:00:00' WHERE id = 3")
    connection.commit()
    connection.close()


def _loose(path: Path) -> None:
    connection = sqlite.connect(path)
    connection.execute("UPDATE site SET unit_id = 99999")
    connection.commit()
    connection.close()


@pytest.mark.parametrize("fault", [_torn, _cut, _rewritten, _loose])
def test_a_copy_that_does_not_hold_is_found_and_not_restored(
    register: Engine, tmp_path: Path, fault: Callable[[Path], None]
) -> None:
    made = copies.make(register, tmp_path / "copy.db", NOW)
    fault(made.path)
    assert copies.examine(made.path).problems
    register.dispose()
    live = (tmp_path / "live.db").read_bytes()
    with pytest.raises(TrackerError):
        copies.restore(register, made.path, NOW)
    assert (tmp_path / "live.db").read_bytes() == live


def test_examining_changes_nothing_beside_the_copy(register: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "copies of [today] 100% #1"
    folder.mkdir()
    made = copies.make(register, folder, NOW)
    before = made.path.read_bytes()
    assert copies.examine(made.path).problems == ()
    assert made.path.read_bytes() == before
    assert list(folder.iterdir()) == [made.path]


def test_a_register_in_use_is_not_replaced(register: Engine, tmp_path: Path) -> None:
    made = copies.make(register, tmp_path / "copy.db", NOW)
    somebody = sqlite.connect(tmp_path / "live.db")
    somebody.execute("SELECT count(*) FROM site").fetchone()
    with pytest.raises(RefusedError) as refused:
        copies.restore(register, made.path, NOW)
    assert refused.value.code == "backup.in_use"
    somebody.close()
    copies.restore(register, made.path, NOW)


def test_a_broken_register_can_be_replaced_and_is_kept(register: Engine, tmp_path: Path) -> None:
    made = copies.make(register, tmp_path / "copy.db", NOW)
    register.dispose()
    (tmp_path / "live.db").write_bytes(b"not a database" * 1000)
    aside = copies.restore(register, made.path, NOW)
    assert aside is not None
    assert aside.read_bytes().startswith(b"not a database")
    assert check(register).problems == ()


def test_a_copy_of_a_newer_version_is_refused(register: Engine, tmp_path: Path) -> None:
    made = copies.make(register, tmp_path / "copy.db", NOW)
    connection = sqlite.connect(made.path)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    with pytest.raises(RefusedError) as refused:
        copies.restore(register, made.path, NOW)
    assert refused.value.code == "backup.newer"


def test_what_is_no_copy_is_refused(register: Engine, tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("tag;serial\n")
    with pytest.raises(RefusedError) as refused:
        copies.restore(register, tmp_path / "list.csv", NOW)
    assert refused.value.code == "backup.no_copy"
    sqlite.connect(tmp_path / "other.db").execute("CREATE TABLE t(x)").connection.close()
    assert [p.code for p in copies.examine(tmp_path / "other.db").problems] == ["backup.no_register"]


def test_a_journal_cut_off_after_the_copy_is_seen(register: Engine, tmp_path: Path) -> None:
    copy = copies.make(register, tmp_path / "copy.db", NOW).checkup
    assert continues(register, copy)
    with writing(register) as session:
        session.execute(sql("DELETE FROM journal_personal WHERE entry_id > 3"))
        session.execute(sql("DELETE FROM journal_entry WHERE id > 3"))
    assert check(register).problems == ()  # by itself the chain cannot know
    assert not continues(register, copy)
    _write(register, 5)
    assert not continues(register, copy)


@pytest.mark.parametrize("kind", ["pipe", "folder", "device", "link to a device", "link to nothing"])
def test_what_is_no_file_is_no_copy_and_is_not_waited_for(
    kind: str, register: Engine, tmp_path: Path
) -> None:
    """R21 (CVE-2025-63601): a restore reads one file, and writes nowhere but in the register's place."""
    path = tmp_path / "copy.db"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "device":
        path = Path("/dev/zero")
    else:
        path.symlink_to("/dev/zero" if kind == "link to a device" else tmp_path / "gone")
    before = {file: file.stat().st_mtime_ns for file in tmp_path.iterdir() if file.exists()}
    with pytest.raises(RefusedError) as refused:
        copies.restore(register, path, NOW)
    assert refused.value.code in {"backup.no_copy", "cli.no_file"}
    assert {file: file.stat().st_mtime_ns for file in tmp_path.iterdir() if file.exists()} == before
