"""The daily copy: once a local day, tried again after a failure, never more kept than asked."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import NOW, people_the_register
from tracker.backup import by_itself, copies
from tracker.clock import STOCKHOLM
from tracker.db import open_engine, reading
from tracker.migrations import upgrade

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

AT = time(5, 0)


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{tmp_path / 'live.db'}")
    upgrade(engine)
    people_the_register(engine)
    yield engine
    engine.dispose()


def _run(engine: Engine, folder: Path, now: datetime, keep: int = 3) -> bool:
    return by_itself.run(engine, folder, at=AT, keep=keep, zone=STOCKHOLM, now=now)


def test_one_copy_a_day_and_the_newest_are_kept(register: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "copies"
    folder.mkdir()
    (folder / "enhetskoll-mine.db").write_text("a person's own")
    for day in range(5):
        now = NOW + timedelta(days=day)
        assert _run(register, folder, now)
        assert not _run(register, folder, now + timedelta(minutes=1))
    names = sorted(file.name for file in folder.iterdir())
    stamps = ["20261125", "20261126", "20261127"]
    assert names == [*(f"enhetskoll-{day}T090000Z.db" for day in stamps), "enhetskoll-mine.db"]
    assert copies.examine(folder / names[0]).problems == ()


def test_a_failure_is_written_down_and_tried_again(register: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "unmounted"
    assert _run(register, folder, NOW)
    with reading(register) as session:
        failed = by_itself.latest(session, by_itself.FAILED)
        assert failed is not None
        assert failed.facts == {"code": "backup.no_folder", "data": {"path": str(folder)}}
    folder.mkdir()
    assert not _run(register, folder, NOW + timedelta(minutes=59))
    assert _run(register, folder, NOW + timedelta(minutes=60))
    assert len(list(folder.iterdir())) == 1


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)))  # noqa: DTZ001 -- bounds
def test_a_day_is_due_once_its_hour_has_come_and_only_until_it_is_made(now: datetime) -> None:
    local = now.astimezone(STOCKHOLM)
    due = by_itself.due(now, AT, STOCKHOLM, made=None, failed=None)
    assert due == (local.time() >= AT)
    assert not by_itself.due(now, AT, STOCKHOLM, made=now, failed=None)
    yesterday = datetime.combine(local.date() - timedelta(days=1), time(23, 59), STOCKHOLM)
    assert by_itself.due(now, AT, STOCKHOLM, made=yesterday, failed=None) == due
