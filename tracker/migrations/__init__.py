"""Migrations, run from code: no alembic.ini on the municipality's machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from tracker.db import reading
from tracker.errors import RegisterUnavailableError
from tracker.tables.text_index import is_of_the_index

if TYPE_CHECKING:
    from sqlalchemy import Engine

FOLDER = Path(__file__).parent


def _settings(engine: Engine) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["engine"] = engine
    return config


def upgrade(engine: Engine) -> None:
    """Bring the register to the newest version; does nothing when it is there."""
    command.upgrade(_settings(engine), "head")


def is_current(engine: Engine) -> bool:
    """Whether the register exists and is of the newest version."""
    heads = set(ScriptDirectory.from_config(_settings(engine)).get_heads())
    try:
        with reading(engine) as session:
            return set(MigrationContext.configure(session.connection()).get_current_heads()) == heads
    except RegisterUnavailableError:
        return False


def is_compared(name: str | None, _kind: str, _parents: object) -> bool:
    """Whether Alembic is to compare what it found in the database with the tables as they are written."""
    return not is_of_the_index(name)


def is_known(revision: str | None) -> bool:
    """Whether this version of the product has heard of a migration, and so can bring a register on from it."""
    script = ScriptDirectory(str(FOLDER))
    return revision in {known.revision for known in script.walk_revisions()}
