"""The database's one door: engines for SQLite and PostgreSQL, short write transactions, their limits."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool
from sqlmodel import Session, create_engine

from tracker.errors import RegisterUnavailableError
from tracker.sqlite_driver import SAFE, sqlite

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

BUSY_MS = 10_000
"""How long a writer waits for another before giving up."""

CACHE_KB = 16_384
"""Pages of the file that a connection keeps: with SQLite's own 2 MB two kinds of page push each other out."""


def _prepare_sqlite(connection: sqlite.Connection, _record: object) -> None:
    # WAL with FULL: NORMAL loses acknowledged commits at a power cut (sqlite.org/pragma.html#pragma_synchronous).
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_MS}",
        "trusted_schema=OFF",
        f"cache_size=-{CACHE_KB}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def open_copy(path: Path) -> Engine:
    """An engine for a SQLite file that nobody else writes (a copy): not a byte of it or beside it changes."""
    address = f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1"
    return create_engine(
        "sqlite://", module=sqlite, creator=lambda: sqlite.connect(address, uri=True), poolclass=NullPool
    )


def open_engine(url: str) -> Engine:
    """An engine for the configured URL, prepared so that what is acknowledged is stored.

    On SQLite a transaction begins with BEGIN IMMEDIATE when it is opened through `writing`, so that
    two writers queue instead of failing half-way.
    """
    if not url.startswith("sqlite"):
        return create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1), pool_pre_ping=True)
    engine = create_engine(
        url, module=sqlite, connect_args={"check_same_thread": False, "timeout": BUSY_MS / 1000}
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Any) -> None:
    # Python's sqlite3 begins late and deferred; with autocommit off in the driver we say BEGIN ourselves.
    if connection.get_execution_options().get("writes"):
        connection.exec_driver_sql("BEGIN IMMEDIATE")


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """One short write transaction: committed at the end, rolled back on any error.

    Raises:
        RegisterUnavailableError: the database is locked for too long, full, read-only or away.
    """
    try:
        with (
            Session(engine.execution_options(writes=True), expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session
    except OperationalError as error:
        raise RegisterUnavailableError from error


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """One read-only session.

    Raises:
        RegisterUnavailableError: the database does not answer.
    """
    try:
        with Session(engine, expire_on_commit=False) as session:
            yield session
    except OperationalError as error:
        raise RegisterUnavailableError from error


def sqlite_warning() -> str | None:
    """The SQLite version when it is one with the WAL-reset bug, else None."""
    return None if sqlite.sqlite_version_info >= SAFE else sqlite.sqlite_version
