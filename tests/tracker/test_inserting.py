"""Many rows at once: each value as a statement of its own would have stored it, on both databases."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from tests.conftest import NOW
from tests.tracker.conftest import cluster, migrated, postgresql_url
from tracker import journal
from tracker.db import reading, writing
from tracker.inserting import AsJson, insert_numbered, insert_rows
from tracker.tables import Asset, JournalEntry, Movement, Unit
from tracker.words import AssetStatus, MovementKind

if TYPE_CHECKING:
    from sqlalchemy import Engine

__all__ = ["cluster", "migrated", "postgresql_url"]

NAMES = ("asset_id", "kind", "at", "unit_id", "before", "after", "facts")


def _asset(n: int, unit_id: int, **more: object) -> dict[str, object]:
    keys = {"tag": f"EK-{n}", "sort_key": f"ek-{n}", "search_key": f"ek-{n}", "version": 1}
    return {
        **keys,
        "unit_id": unit_id,
        "expected_online": n % 2 == 0,
        "created_at": NOW,
        "changed_at": NOW,
        **more,
    }


def test_every_kind_of_value_is_read_as_it_was_written(migrated: Engine) -> None:
    day, moment = date(2024, 2, 29), datetime(2026, 11, 24, 9, 8, 7, 654321, tzinfo=UTC)
    with writing(migrated) as session:
        unit_id = session.exec(select(Unit.id).order_by(col(Unit.id))).first() or 0
        rows = [
            _asset(n, unit_id, status=status, purchased_on=day if n else None, note=None if n else "å\0ä")
            for n, status in enumerate(AssetStatus)
        ]
        if migrated.dialect.name == "postgresql":
            rows[0]["note"] = "å ä"  # which keeps no NUL
        ids = insert_numbered(session.connection(), Asset, rows)
        told = {"ö": [1, None, {"a": "b"}]}
        movements = [
            (ids[0], MovementKind.IMPORTED, moment, unit_id, None, AssetStatus.IN_USE, told),
            (ids[1], MovementKind.CHANGED, NOW, unit_id, AssetStatus.LOST, None, AsJson(json.dumps(told))),
            (None, MovementKind.CHANGED, NOW, unit_id, AssetStatus.LOST, AssetStatus.LOST, {}),
        ]
        insert_rows(session.connection(), Movement, NAMES, movements)
    with reading(migrated) as session:
        assets = session.exec(select(Asset).where(col(Asset.id).in_(ids)).order_by(col(Asset.id))).all()
        found = session.exec(select(Movement).order_by(col(Movement.id).desc()).limit(3)).all()[::-1]
    assert [asset.id for asset in assets] == ids
    for asset, row in zip(assets, rows, strict=True):
        assert {name: getattr(asset, name) for name in row} == row
    assert [(m.asset_id, m.kind, m.at, m.unit_id, m.before, m.after, m.facts) for m in found] == [
        (*row[:-1], told if row[-1] else {}) for row in movements
    ]


def test_an_unknown_word_is_refused(migrated: Engine) -> None:
    with pytest.raises(Exception, match="tom tom") as caught, writing(migrated) as session:
        insert_numbered(session.connection(), Asset, [_asset(1, 1, status="tom tom")])
    assert not isinstance(caught.value, IntegrityError), "before the database is asked"


def test_thousands_of_rows_take_few_statements_and_none_is_lost(engine: Engine) -> None:
    said: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda _c, _u, text, *_: said.append(text))
    with writing(engine) as session:
        unit_id = session.exec(select(Unit.id).order_by(col(Unit.id))).first() or 0
        said.clear()
        rows = [_asset(n, unit_id, status=AssetStatus.IN_USE) for n in range(5_000)]
        ids = insert_numbered(session.connection(), Asset, rows)
        assert len(said) < 10
        assert insert_numbered(session.connection(), Asset, []) == []
        tags = session.exec(select(Asset.tag).where(col(Asset.id).in_(ids)).order_by(col(Asset.id))).all()
    assert tags == [f"EK-{n}" for n in range(5_000)]


def test_the_chain_is_of_the_rows_in_canonical_json(engine: Engine) -> None:
    """By the definition alone: a register that has gone on for years has to verify with every version."""
    entries = [
        journal.Entry("asset:åäö:record", 'asset:"1"', {"ö": [1, None], "a": {"z": 1, "b": True}}, {"name": "Åsa"}),
        journal.Entry("asset:change:record", "asset:2"),
    ]  # fmt: skip
    with writing(engine) as session:
        journal.record_all(session, entries, by=None, now=NOW)
        rows = session.exec(select(JournalEntry).order_by(col(JournalEntry.id).desc()).limit(3)).all()[::-1]
    before, *new = rows if len(rows) == 3 else (None, *rows)
    chain = before.chain if before is not None else journal.START
    for row in new:
        said = {
            "id": row.id, "at": row.at.astimezone(UTC).isoformat(), "user": row.user_id, "what": row.what,
            "subject": row.subject, "facts": row.facts, "personal": row.personal_hash,
        }  # fmt: skip
        canonical = json.dumps(said, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
        chain = hashlib.sha256((chain + canonical).encode()).hexdigest()
        assert row.chain == chain
