"""A register moved to another kind of database holds what it held, and goes on from there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select as rows_of
from sqlmodel import select

from tests.conftest import NOW, people_the_register
from tests.tracker.conftest import cluster, postgresql_url
from tracker import journal
from tracker.backup.checking import check
from tracker.backup.moving import move
from tracker.db import open_engine, reading, writing
from tracker.errors import RefusedError
from tracker.migrations import upgrade
from tracker.tables import (
    Asset,
    DeviceModel,
    JournalEntry,
    Network,
    NetworkNarrowing,
    Site,
    Unit,
    User,
    metadata,
)
from tracker.words import AssetStatus, Profile, Purpose

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

__all__ = ["cluster", "postgresql_url"]


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Engine]:
    """A small register with most kinds of columns in it, and a unit whose parent came after it."""
    engine = open_engine(f"sqlite:///{tmp_path / 'live.db'}")
    upgrade(engine)
    people_the_register(engine)
    with writing(engine) as session:
        journal.record(
            session, "site:test:write", "site:1", by=None, now=NOW, personal={"name": "Elsa Ödman"}
        )
        model = DeviceModel(vendor="Axis", name="P1", sort_key="axis p1", device_class="camera")
        network = Network(name="lan", cidrs="10.0.0.0/24", purpose=Purpose.OFFICE, profile=Profile.FULL)
        session.add_all([model, network])
        session.flush()
        session.add(NetworkNarrowing(network_id=network.id, before={"rate": None}, changed_at=NOW))
        unit = session.exec(select(Unit).where(Unit.name == "Kvarnskolan")).one()
        for number in range(2_500):
            session.add(
                Asset(
                    tag=f"{number:05}",
                    status=AssetStatus.IN_USE,
                    unit_id=unit.id,
                    model_id=model.id,
                    sort_key=f"{number:05}",
                    search_key="å",
                    created_at=NOW,
                    changed_at=NOW,
                )
            )
        late = Unit(name="Sent", kind=unit.kind, sort_key="sent", path="/99/")
        session.add(late)
        session.flush()
        unit.parent_id = late.id
    yield engine
    engine.dispose()


def _everything(engine: Engine) -> dict[str, list[tuple]]:
    with engine.connect() as connection:
        return {
            table.name: sorted(
                (tuple(row) for row in connection.execute(rows_of(table))), key=lambda row: str(row[0])
            )
            for table in metadata.sorted_tables
        }


def test_every_row_comes_along_and_new_ones_get_new_ids(register: Engine, postgresql_url: str) -> None:
    target = open_engine(postgresql_url)
    assert move(register, target) > 2_500
    assert _everything(target) == _everything(register)
    assert check(target).problems == ()
    with writing(target) as session:
        journal.record(session, "site:test:write", "site:1", by=None, now=NOW)
        session.add(Site(name="Ny", sort_key="ny", unit_id=1))
        session.add(User(login="ny", name="Ny", created_at=NOW))
    assert check(target).problems == ()
    with reading(target) as session:
        assert len(session.exec(select(JournalEntry.id)).all()) == 2
    target.dispose()


def test_a_database_that_holds_something_is_left_alone(register: Engine, tmp_path: Path) -> None:
    target = open_engine(f"sqlite:///{tmp_path / 'other.db'}")
    assert move(register, target) > 2_500
    before = _everything(target)
    with pytest.raises(RefusedError):
        move(register, target)
    assert _everything(target) == before
    target.dispose()


def test_what_is_broken_is_not_called_moved(register: Engine, tmp_path: Path) -> None:
    with writing(register) as session:
        session.exec(select(JournalEntry)).first().what = "site:test:forged"
    target = open_engine(f"sqlite:///{tmp_path / 'other.db'}")
    with pytest.raises(RefusedError) as caught:
        move(register, target)
    assert caught.value.code == "cli.verify_bad"
    target.dispose()
