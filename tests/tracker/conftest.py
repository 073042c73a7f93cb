"""A real PostgreSQL of our own making, and the register on both databases."""

from __future__ import annotations

import os
import shutil
import subprocess
import uuid
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
        _run(binaries / "initdb", "-D", data, "-U", "enhetskoll", "-A", "trust", "-E", "UTF8", folder=folder)
        options = f"-k {folder} -c listen_addresses= -c fsync=off"
        _run(
            binaries / "pg_ctl", "-D", data, "-o", options, "-l", folder / "log", "-w", "start", folder=folder
        )
        yield f"postgresql://enhetskoll@/{{}}?host={folder}"
        _run(binaries / "pg_ctl", "-D", data, "-m", "immediate", "stop", folder=folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgresql_url(cluster: str) -> Iterator[str]:
    """A database of the test's own."""
    name = f"t{uuid.uuid4().hex[:12]}"
    door = open_engine(cluster.format("postgres")).execution_options(isolation_level="AUTOCOMMIT")
    with door.connect() as connection:
        connection.execute(sql(f"CREATE DATABASE {name}"))
    yield cluster.format(name)
    with door.connect() as connection:
        connection.execute(sql(f"DROP DATABASE {name} WITH (FORCE)"))
    door.dispose()


@pytest.fixture(params=["sqlite", POSTGRESQL])
def migrated(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A register made by the migrations, on each database, with the small municipality in it."""
    url = (
        request.getfixturevalue("postgresql_url")
        if request.param == "postgresql"
        else f"sqlite:///{tmp_path / 'migrated.db'}"
    )
    engine = open_engine(url)
    upgrade(engine)
    people_the_register(engine)
    yield engine
    engine.dispose()


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
