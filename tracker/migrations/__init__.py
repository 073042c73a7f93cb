"""Migrations, run from code: no alembic.ini on the municipality's machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import String, column, inspect, select, table

from tracker.db import reading
from tracker.errors import RegisterUnavailableError
from tracker.tables.text_index import is_of_the_index

if TYPE_CHECKING:
    from sqlalchemy import Engine

FOLDER = Path(__file__).parent


def revisions() -> list[str]:
    """Every migration there is, oldest first, by the number that begins its file's name: the chain is one line.

    Every command asks, so it is answered without Alembic, which loads for a quarter of a second and then each migration.
    """
    return sorted(file.name.partition("_")[0] for file in (FOLDER / "versions").glob("[0-9]*_*.py"))


def upgrade(engine: Engine) -> None:
    """Bring the register to the newest version; does nothing when it is there."""
    from alembic import command  # noqa: PLC0415 -- see `revisions`
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["engine"] = engine
    command.upgrade(config, "head")


def is_current(engine: Engine) -> bool:
    """Whether the register exists and is of the newest version."""
    try:
        with reading(engine) as session:
            connection = session.connection()
            if not inspect(connection).has_table("alembic_version"):
                return False
            standing = select(column("version_num", String)).select_from(table("alembic_version"))
            return list(connection.scalars(standing)) == revisions()[-1:]
    except RegisterUnavailableError:
        return False


def is_compared(name: str | None, _kind: str, _parents: object) -> bool:
    """Whether Alembic is to compare what it found in the database with the tables as they are written."""
    return not is_of_the_index(name)


def is_known(revision: str | None) -> bool:
    """Whether this version of the product has heard of a migration, and so can bring a register on from it."""
    return revision in revisions()
