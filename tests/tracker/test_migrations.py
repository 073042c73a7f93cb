from __future__ import annotations

from typing import TYPE_CHECKING

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlmodel import select

from tracker.db import open_engine, writing
from tracker.migrations import FOLDER, is_compared, is_current, revisions, upgrade
from tracker.tables import Unit, metadata

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine


def test_the_migrations_lead_to_the_tables_as_they_are_written(migrated: Engine) -> None:
    with migrated.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_name": is_compared}
        )
        assert compare_metadata(context, metadata) == []


def test_upgrading_again_loses_nothing(migrated: Engine) -> None:
    with writing(migrated) as session:
        before = len(session.exec(select(Unit.id)).all())
    upgrade(migrated)
    with writing(migrated) as session:
        assert len(session.exec(select(Unit.id)).all()) == before


def test_an_empty_database_is_not_current_and_a_migrated_one_is(tmp_path: Path, migrated: Engine) -> None:
    empty = open_engine(f"sqlite:///{tmp_path / 'empty.db'}")
    assert not is_current(empty)
    empty.dispose()
    assert is_current(migrated)


def test_the_files_numbers_are_the_chain_as_alembic_walks_it() -> None:
    walked = [step.revision for step in ScriptDirectory(str(FOLDER)).walk_revisions()]
    assert revisions() == walked[::-1]
    assert len(walked) > 10


def test_a_register_of_an_older_version_is_not_current(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'old.db'}")
    upgrade(engine)
    assert is_current(engine)
    with writing(engine) as session:
        session.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    assert not is_current(engine)
    engine.dispose()
