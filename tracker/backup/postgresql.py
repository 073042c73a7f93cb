"""PostgreSQL: copies and restores by its own tools; the password goes by the environment, never by an argument."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect
from sqlalchemy import text as sql

from tracker.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Engine

PATIENCE_S = 6 * 3600
_VERSION = re.compile(r"^COPY [\w.\"]*alembic_version .*?;\n(\w+)\n", re.MULTILINE)


def _tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise RefusedError("backup.no_tool", tool=name)
    return found


def _where(engine: Engine) -> tuple[str, dict[str, str]]:
    """The database's address without its password, and the environment that holds it."""
    url = engine.url
    address = url.set(drivername="postgresql", password=None).render_as_string()
    environment = dict(os.environ)
    if url.password:
        environment["PGPASSWORD"] = str(url.password)
    return address, environment


def _run(words: Sequence[str], environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(  # noqa: S603 -- PostgreSQL's own tools, arguments as a list
        list(words),
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=PATIENCE_S,
        check=False,
    )
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()
        raise RefusedError("backup.tool_failed", tool=Path(words[0]).name, said=(said or ["?"])[-1][:400])
    return done.stdout


def copy(engine: Engine, target: Path) -> None:
    """Write a copy of one moment of the database (``pg_dump``, custom format).

    Raises:
        RefusedError: the tool is missing or says no; nothing is left of the copy.
    """
    address, environment = _where(engine)
    target.unlink(missing_ok=True)
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        _run([_tool("pg_dump"), "--format=custom", f"--file={target}", f"--dbname={address}"], environment)
        with target.open("rb") as file:
            os.fsync(file.fileno())
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def version(path: Path) -> str | None:
    """Read a whole copy, and say the migration it stands at; None where it holds no register.

    Raises:
        RefusedError: the copy cannot be read to its end.
    """
    reader = _tool("pg_restore")
    _run([reader, f"--file={os.devnull}", str(path)])
    said = _run([reader, "--data-only", "--table=alembic_version", "--file=-", str(path)])
    found = _VERSION.search(said)
    return found.group(1) if found else None


def _others(engine: Engine) -> int:
    with engine.connect() as connection:
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        return int(connection.execute(sql(query)).scalar_one())


def restore(engine: Engine, path: Path) -> None:
    """Replace the database's tables by the copy's, in one transaction.

    Raises:
        RefusedError: somebody is connected, or a tool says no; the database is then as it was.
    """
    if _others(engine):
        raise RefusedError("backup.in_use")
    address, environment = _where(engine)
    quote = engine.dialect.identifier_preparer.quote
    tables = ", ".join(quote(name) for name in inspect(engine).get_table_names())
    engine.dispose()
    with tempfile.TemporaryDirectory() as folder:
        # In a file first: a stream that ends half-way would be stored as far as it came.
        script = Path(folder, "restore.sql")
        _run([_tool("pg_restore"), "--no-owner", "--no-privileges", f"--file={script}", str(path)])
        drops = Path(folder, "drop.sql")
        drops.write_text(f"DROP TABLE {tables} CASCADE;\n" if tables else "", encoding="utf-8")
        words = [_tool("psql"), "--no-psqlrc", "--quiet", "--single-transaction"]
        files = ["--set=ON_ERROR_STOP=1", f"--file={drops}", f"--file={script}", f"--dbname={address}"]
        _run([*words, *files], environment)
