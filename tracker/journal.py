"""Who did what when: append-only and hash-chained, with personal fields kept apart so that they can be erased.

``chain = SHA-256(previous chain + canonical JSON of the row)``. The row holds only a salted hash of personal fields; their
values and the salt are in `JournalPersonal`, so that purging (gallring) keeps the chain verifiable.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert
from sqlalchemy import text as sql
from sqlmodel import Session, col, select

from tracker.tables import JournalEntry, JournalPersonal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tracker.roles import Viewer

START = "0" * 64
_LOCK = 7_226_310
"""The advisory lock that keeps the chain from forking on PostgreSQL; SQLite's writers queue anyway."""

BATCH = 1_000
"""Entries held in memory at a time."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A place where the chain does not hold. `kind`: ``changed``, ``gap`` or ``personal``."""

    entry_id: int
    kind: str


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"))


def chained(previous: str, entry: JournalEntry) -> str:
    """The chain value of an entry after the previous one. Pure."""
    row = {
        "id": entry.id,
        "at": entry.at.astimezone(UTC).isoformat(),
        "user": entry.user_id,
        "what": entry.what,
        "subject": entry.subject,
        "facts": entry.facts,
        "personal": entry.personal_hash,
    }
    return hashlib.sha256((previous + _canonical(row)).encode()).hexdigest()


def _personal_hash(salt: str, fields: dict[str, Any]) -> str:
    return hashlib.sha256((salt + _canonical(fields)).encode()).hexdigest()


def _with_token(facts: dict[str, Any], by: Viewer | None) -> dict[str, Any]:
    """The facts, and by which token a program acted for the user."""
    return facts if by is None or by.token_id is None else {**facts, "token": by.token_id}


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry to append; see `record`."""

    what: str
    subject: str
    facts: dict[str, Any] | None = None
    personal: dict[str, Any] | None = None


def _last(session: Session) -> tuple[int, str]:
    """The id and chain value to go on from, kept from others until the transaction ends."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sql("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    last = session.exec(select(JournalEntry).order_by(col(JournalEntry.id).desc()).limit(1)).first()
    return (last.id or 0, last.chain) if last is not None else (0, START)


def record_all(session: Session, entries: Iterable[Entry], *, by: Viewer | None, now: datetime) -> int:
    """Append many entries of one deed in the caller's transaction; the last one's id. See `record`."""
    last, chain = _last(session)
    rows: list[dict[str, Any]] = []
    personal: list[dict[str, Any]] = []
    for number, one in enumerate(entries, last + 1):
        salt = secrets.token_hex(16)
        entry = JournalEntry(
            id=number,
            at=now,
            user_id=by.user_id if by is not None else None,
            what=one.what,
            subject=one.subject,
            facts=json.loads(_canonical(_with_token(one.facts or {}, by))),
            personal_hash=_personal_hash(salt, one.personal) if one.personal else None,
            chain="",
        )
        chain = entry.chain = chained(chain, entry)
        rows.append(entry.model_dump())
        if one.personal:
            personal.append({"entry_id": number, "salt": salt, "fields": one.personal})
    for table, values in ((JournalEntry, rows), (JournalPersonal, personal)):
        for start in range(0, len(values), BATCH):
            session.execute(insert(table), values[start : start + BATCH])
    return last + len(rows)


def record(  # noqa: PLR0913 -- who, what, about what, when, with what
    session: Session,
    what: str,
    subject: str,
    *,
    by: Viewer | None,
    now: datetime,
    facts: dict[str, Any] | None = None,
    personal: dict[str, Any] | None = None,
) -> int:
    """Append one entry in the caller's transaction; its id.

    Args:
        session: inside `tracker.db.writing`.
        what: three parts, ``asset:handover:record``.
        subject: what it is about, ``asset:33``.
        by: who did it, None for the product itself.
        now: when.
        facts: data with nothing personal in it.
        personal: names and the like; erasable.
    """
    return record_all(session, [Entry(what, subject, facts, personal)], by=by, now=now)


def verify(session: Session) -> list[Problem]:
    """Where the chain does not hold: an entry edited, removed, put in or moved, or personal fields changed."""
    problems: list[Problem] = []
    previous, expected = START, 1
    rows = select(JournalEntry, JournalPersonal).join(
        JournalPersonal, col(JournalPersonal.entry_id) == col(JournalEntry.id), isouter=True
    )
    ordered = rows.order_by(col(JournalEntry.id)).execution_options(yield_per=BATCH)
    found: Iterable[tuple[JournalEntry, JournalPersonal | None]] = session.exec(ordered)
    for entry, own in found:
        number = entry.id or 0
        if number != expected:
            problems.append(Problem(number, "gap"))
        if entry.chain != chained(previous, entry):
            problems.append(Problem(number, "changed"))
        if own is not None and _personal_hash(own.salt, own.fields) != entry.personal_hash:
            problems.append(Problem(number, "personal"))
        previous, expected = entry.chain, number + 1
    return problems


def erase_personal(session: Session, entry_ids: list[int]) -> int:
    """Erase the personal fields of entries; how many there were. The chain still holds."""
    rows = session.exec(select(JournalPersonal).where(col(JournalPersonal.entry_id).in_(entry_ids))).all()
    for row in rows:
        session.delete(row)
    return len(rows)
