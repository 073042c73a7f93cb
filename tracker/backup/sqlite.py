"""SQLite: copies by its backup API (a copied file is often torn), put in place by one rename."""

from __future__ import annotations

import os
from contextlib import closing
from typing import TYPE_CHECKING

from tracker.errors import RefusedError
from tracker.sqlite_driver import sqlite

if TYPE_CHECKING:
    from pathlib import Path

OWN_READING = 0o600
"""A copy holds people's names."""
BUSY_S = 10.0
_BESIDE = ("-wal", "-shm", "-journal")


def _settle(path: Path) -> None:
    """Make sure that the file, whole, is on the disk."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def settle_name(path: Path) -> None:
    """Make sure that the file's name is on the disk."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def drop(path: Path) -> None:
    """Remove a database file and what SQLite keeps beside it."""
    for name in (path.name, *(f"{path.name}{tail}" for tail in _BESIDE)):
        path.with_name(name).unlink(missing_ok=True)


def copy(source: Path, target: Path) -> None:
    """Write a copy of one moment of a database in use, as one file.

    Raises:
        RefusedError: the source is no database, or the copy cannot be written; nothing is left of it.
    """
    drop(target)
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, OWN_READING))
    try:
        with (
            closing(sqlite.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_S)) as old,
            closing(sqlite.connect(target)) as new,
        ):
            old.backup(new)  # in one step: a writer between two steps would make it begin again
            new.execute("PRAGMA journal_mode=DELETE")
        _settle(target)
    except sqlite.Error as error:
        drop(target)
        raise RefusedError("backup.not_copied", path=str(source), said=str(error)) from error
    except BaseException:
        drop(target)
        raise


def _hold_alone(path: Path) -> None:
    """Fold the log into the file, which SQLite allows to the only connection there is.

    Raises:
        RefusedError: another process has the register open.
    """
    try:
        with closing(sqlite.connect(path, timeout=0.2)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE")
    except sqlite.OperationalError as error:
        if "locked" in str(error):
            raise RefusedError("backup.in_use") from error
    except sqlite.DatabaseError:
        pass  # broken: that is why it is replaced, and it is kept


def put_in_place(new: Path, live: Path, aside: Path) -> None:
    """Make `new` the register; what was there is kept as `aside`.

    Raises:
        RefusedError: the register is in use.
    """
    if live.exists():
        _hold_alone(live)
        for tail in ("", *_BESIDE):
            part = live.with_name(live.name + tail)
            if part.exists():
                part.rename(aside.with_name(aside.name + tail))
    new.rename(live)
    settle_name(live)
