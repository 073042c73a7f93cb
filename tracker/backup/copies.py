"""Make, check and put back copies of the register, whichever database it is in."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlmodel import col, delete, select

from tracker import journal, migrations
from tracker.backup import postgresql, sqlite
from tracker.backup.checking import Checkup, check
from tracker.db import open_copy, reading, writing
from tracker.errors import RefusedError, TrackerError
from tracker.tables import JournalEntry, LoginSession

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Engine

MADE = "register:backup:make"
OWN_NAME = re.compile(r"enhetskoll-\d{8}T\d{6}Z\.(db|dump)")
"""What a copy in a folder is called."""
RESTORED = "register:restore:store"
SQLITE_HEAD = b"SQLite format 3\x00"
POSTGRESQL_HEAD = b"PGDMP"


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy that was made and checked. `size` in bytes."""

    path: Path
    size: int
    checkup: Checkup


def _is_sqlite(engine: Engine) -> bool:
    return engine.dialect.name == "sqlite"


def _file(engine: Engine) -> Path:
    return Path(str(engine.url.database))


def stamp(moment: datetime) -> str:
    """A moment as it stands in a file's name, UTC."""
    return moment.strftime("%Y%m%dT%H%M%SZ")


def target_of(engine: Engine, path: Path, now: datetime) -> Path:
    """The file a copy goes to: `path`, or a name of its own in the folder `path`."""
    if not path.is_dir():
        return path
    return path / f"enhetskoll-{stamp(now)}.{'db' if _is_sqlite(engine) else 'dump'}"


def _place(part: Path, target: Path, *, overwrite: bool) -> None:
    if overwrite:
        part.replace(target)
    else:
        try:
            os.link(part, target)  # a rename would overwrite what somebody put there meanwhile
        except FileExistsError as error:
            raise RefusedError("backup.exists", path=str(target)) from error
        finally:
            part.unlink()
    sqlite.settle_name(target)


def make(engine: Engine, path: Path, now: datetime, *, overwrite: bool = False, what: str = MADE) -> Copy:
    """Copy the register while it is in use, check the copy, and only then give it its name.

    Args:
        engine: the register.
        path: the copy's file, or a folder.
        now: when.
        overwrite: whether a file of that name may be replaced.
        what: how the journal calls it.

    Raises:
        RefusedError: the file exists, the folder does not, or the copy does not hold; nothing is left of it.
    """
    target = target_of(engine, path, now)
    if target.exists() and not overwrite:
        raise RefusedError("backup.exists", path=str(target))
    if not target.parent.is_dir():
        raise RefusedError("backup.no_folder", path=str(target.parent))
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    if _is_sqlite(engine):
        sqlite.copy(_file(engine), part)
    else:
        postgresql.copy(engine, part)
    try:
        checkup = examine(part)
        if checkup.problems:
            raise checkup.problems[0]
        size = part.stat().st_size
        _place(part, target, overwrite=overwrite)
    finally:
        sqlite.drop(part)
    with writing(engine) as session:
        facts = {"file": target.name, "bytes": size}
        journal.record(session, what, "register:0", by=None, now=now, facts=facts)
    return Copy(target, size, checkup)


def examine(path: Path) -> Checkup:
    """Check a copy. A SQLite copy is checked as a register is; a PostgreSQL copy is read to its end.

    Raises:
        RefusedError: the file cannot be read or is no copy of a register.
    """
    if path.exists() and not path.is_file():  # to open a pipe would be to wait for its writer
        raise RefusedError("backup.no_copy", path=str(path))
    try:
        with path.open("rb") as file:
            head = file.read(len(SQLITE_HEAD))
    except OSError as error:
        raise RefusedError("cli.no_file", path=str(path)) from error
    if head.startswith(POSTGRESQL_HEAD):
        version = postgresql.version(path)
        return Checkup((TrackerError("backup.no_register"),) if version is None else (), version)
    if head != SQLITE_HEAD:
        raise RefusedError("backup.no_copy", path=str(path))
    engine = open_copy(path)
    try:
        return check(engine)
    finally:
        engine.dispose()


def _fits(engine: Engine, path: Path) -> None:
    with path.open("rb") as file:
        is_dump = file.read(len(POSTGRESQL_HEAD)) == POSTGRESQL_HEAD
    if is_dump == _is_sqlite(engine):
        raise RefusedError("backup.other_database")


def restore(engine: Engine, path: Path, now: datetime) -> Path | None:
    """Put a copy in the register's place and bring it to this version; where the former register is kept.

    Nobody stays logged in: a session that was ended after the copy must not live again.

    Raises:
        RefusedError: the copy does not hold, is of a newer version or of another database, or the register is in use.
    """
    checkup = examine(path)
    if checkup.problems:
        raise checkup.problems[0]
    if not migrations.is_known(checkup.version):
        raise RefusedError("backup.newer", version=checkup.version or "?")
    _fits(engine, path)
    aside = (
        _restore_sqlite(engine, path, now) if _is_sqlite(engine) else _restore_postgresql(engine, path, now)
    )
    migrations.upgrade(engine)
    with writing(engine) as session:
        session.execute(delete(LoginSession))
        journal.record(session, RESTORED, "register:0", by=None, now=now, facts={"file": path.name})
    return aside


def last_restore(engine: Engine) -> JournalEntry | None:
    """The journal's entry of the last time a copy was put in the register's place."""
    newest = select(JournalEntry).where(JournalEntry.what == RESTORED).order_by(col(JournalEntry.id).desc())
    with reading(engine) as session:
        return session.exec(newest.limit(1)).first()


def _restore_sqlite(engine: Engine, path: Path, now: datetime) -> Path | None:
    live = _file(engine)
    engine.dispose()
    part = live.with_name(f".{live.name}.{os.getpid()}.part")
    sqlite.copy(path, part)
    aside = live.with_name(f"{live.name}.before-restore-{stamp(now)}")
    existed = live.exists()
    try:
        sqlite.put_in_place(part, live, aside)
    finally:
        sqlite.drop(part)
    return aside if existed else None


def _restore_postgresql(engine: Engine, path: Path, now: datetime) -> Path:
    aside = path.with_name(f"{path.stem}.before-restore-{stamp(now)}.dump")
    postgresql.copy(engine, aside)
    postgresql.restore(engine, path)
    return aside
