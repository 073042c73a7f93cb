"""A real PostgreSQL of our own making, and the register on both databases."""

from __future__ import annotations

import os
import shutil
import subprocess
import uuid
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text as sql
from sqlmodel import select

from tests.conftest import people_the_register
from tracker.db import open_engine, writing
from tracker.migrations import upgrade
from tracker.tables import Network, Site
from tracker.words import Profile, Purpose

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

POSTGRESQL = pytest.param("postgresql", marks=[pytest.mark.postgresql, pytest.mark.xdist_group("postgresql")])


def _binaries() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if found:
        return found[-1].parent
    elsewhere = shutil.which("postgres")
    return Path(elsewhere).parent if elsewhere else None


def _run(*words: object, folder: Path) -> None:
    line = [str(word) for word in words]
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        line = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *line]
    done = subprocess.run(line, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="session")
def cluster() -> Iterator[str]:
    """A cluster that listens on a socket in a folder of its own; the URL without a database."""
    binaries = _binaries()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed")
    folder = Path("/tmp") / f"enhetskoll-pg-{uuid.uuid4().hex[:8]}"  # noqa: S108 -- a socket's path must be short
    folder.mkdir(mode=0o700)
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    data = folder / "data"
    try:
        _run(
            binaries / "initdb",
            "-N",
            "-D",
            data,
            "-U",
            "enhetskoll",
            "-A",
            "trust",
            "-E",
            "UTF8",
            folder=folder,
        )
        options = f"-k {folder} -c listen_addresses= -c fsync=off"
        _run(
            binaries / "pg_ctl", "-D", data, "-o", options, "-l", folder / "log", "-w", "start", folder=folder
        )
        yield f"postgresql://enhetskoll@/{{}}?host={folder}"
        _run(binaries / "pg_ctl", "-D", data, "-m", "immediate", "stop", folder=folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _made(cluster: str, template: str = "template1") -> str:
    """The name of a new database."""
    name = f"t{uuid.uuid4().hex[:12]}"
    _told(cluster, f"CREATE DATABASE {name} TEMPLATE {template}")
    return name


def _told(cluster: str, statement: str) -> None:
    door = open_engine(cluster.format("postgres")).execution_options(isolation_level="AUTOCOMMIT")
    try:
        with door.connect() as connection:
            connection.execute(sql(statement))
    finally:
        door.dispose()


@contextmanager
def _database(cluster: str, template: str = "template1") -> Iterator[str]:
    """The URL of a database of its own, for as long as it is needed."""
    name = _made(cluster, template)
    yield cluster.format(name)
    _told(cluster, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def postgresql_url(cluster: str) -> Iterator[str]:
    """A database of the test's own."""
    with _database(cluster) as url:
        yield url


def _settled(url: str) -> None:
    engine = open_engine(url)
    upgrade(engine)
    people_the_register(engine)
    engine.dispose()


@pytest.fixture(scope="session")
def settled_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A register made by the migrations, with the small municipality in it, to copy."""
    path = tmp_path_factory.mktemp("settled") / "register.db"
    _settled(f"sqlite:///{path}")
    return path


@cache
def _settled_database(cluster: str) -> str:
    """The same in PostgreSQL: the name of a database to make others from. It goes with its cluster."""
    name = _made(cluster)
    _settled(cluster.format(name))
    return name


@pytest.fixture(params=["sqlite", POSTGRESQL])
def migrated(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A register made by the migrations, on each database, with the small municipality in it."""
    with ExitStack() as stack:
        if request.param == "postgresql":
            cluster = request.getfixturevalue("cluster")
            url = stack.enter_context(_database(cluster, _settled_database(cluster)))
        else:
            path = shutil.copyfile(request.getfixturevalue("settled_file"), tmp_path / "migrated.db")
            url = f"sqlite:///{path}"
        engine = open_engine(url)
        stack.callback(engine.dispose)
        yield engine


@pytest.fixture
def lan(migrated: Engine) -> Engine:
    """The register with one network at the town hall."""
    with writing(migrated) as session:
        site = session.exec(select(Site).where(Site.name == "Stadshuset")).one()
        session.add(
            Network(
                name="lan",
                cidrs="10.0.0.0/16",
                purpose=Purpose.OFFICE,
                profile=Profile.FULL,
                site_id=site.id,
                is_configured=True,
            )
        )
    return migrated
