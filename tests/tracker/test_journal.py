"""The journal shows tampering: an entry edited, removed, put in, or its personal fields changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text as sql
from sqlmodel import select

from tests.conftest import NOW
from tracker import journal
from tracker.db import reading, writing
from tracker.tables import JournalEntry

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tracker.roles import Viewer


@pytest.fixture
def written(engine: Engine, anna: Viewer) -> Engine:
    with writing(engine) as session:
        for n in range(5):
            journal.record(
                session,
                "asset:return:record",
                f"asset:{n}",
                by=anna,
                now=NOW,
                facts={"tag": f"EK-{n}", "charger": True},
                personal={"holder": "Elsa Ödman"} if n == 2 else None,
            )
    return engine


def _problems(engine: Engine) -> list[tuple[int, str]]:
    with reading(engine) as session:
        return [(p.entry_id, p.kind) for p in journal.verify(session)]


def test_an_untouched_journal_holds(written: Engine) -> None:
    assert _problems(written) == []


@pytest.mark.parametrize(
    ("tampering", "found"),
    [
        ("UPDATE journal_entry SET what = 'asset:return:undo' WHERE id = 3", {(3, "changed")}),
        ("UPDATE journal_entry SET user_id = 2 WHERE id = 3", {(3, "changed")}),
        ('UPDATE journal_entry SET facts = \'{"tag": "EK-9"}\' WHERE id = 3', {(3, "changed")}),
        ("UPDATE journal_entry SET at = '2026-11-22 09:00:00' WHERE id = 3", {(3, "changed")}),
        ("DELETE FROM journal_entry WHERE id = 2", {(3, "gap"), (3, "changed")}),
        ('UPDATE journal_personal SET fields = \'{"holder": "Kim"}\' WHERE entry_id = 3', {(3, "personal")}),
    ],
)
def test_tampering_is_shown_where_it_happened(
    written: Engine, tampering: str, found: set[tuple[int, str]]
) -> None:
    with written.connect().execution_options(writes=True) as connection:
        connection.execute(sql("PRAGMA foreign_keys=OFF"))
        assert connection.execute(sql(tampering)).rowcount == 1
        connection.commit()
    assert set(_problems(written)) == found


def test_erasing_personal_fields_keeps_the_chain(written: Engine) -> None:
    with writing(written) as session:
        assert journal.erase_personal(session, [1, 2, 3]) == 1
    assert _problems(written) == []


def test_a_hash_of_a_name_cannot_be_guessed_without_its_salt(written: Engine) -> None:
    with writing(written) as session:
        first = journal.record(session, "a:b:c", "x", by=None, now=NOW, personal={"holder": "Elsa"})
        second = journal.record(session, "a:b:c", "x", by=None, now=NOW, personal={"holder": "Elsa"})
        hashes = {
            session.exec(select(JournalEntry.personal_hash).where(JournalEntry.id == i)).one()
            for i in (first, second)
        }
    assert len(hashes) == 2
