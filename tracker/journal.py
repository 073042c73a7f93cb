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

from sqlalchemy import select as sa_select
from sqlalchemy import text as sql
from sqlmodel import Session, col, select

from tracker.inserting import AsJson, insert_rows
from tracker.tables import JournalEntry, JournalPersonal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tracker.roles import Viewer

START = "0" * 64
_LOCK = 7_226_310
"""The advisory lock that keeps the chain from forking on PostgreSQL; SQLite's writers queue anyway."""

BATCH = 1_000
"""Entries held in memory at a time."""
_ENTRY = ("id", "at", "user_id", "what", "subject", "facts", "personal_hash", "chain")
_PERSONAL = ("entry_id", "salt", "fields")


@dataclass(frozen=True, slots=True)
class Problem:
    """A place where the chain does not hold. `kind`: ``changed``, ``gap`` or ``personal``."""

    entry_id: int
    kind: str


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"))


def _row(
    number: int | None, at: datetime, user: str, named: tuple[str, str], facts: str, personal: str
) -> str:
    """The canonical form of an entry, of parts that are canonical; its keys stand in their order."""
    moment = at.astimezone(UTC).isoformat()
    what, subject = named
    return (
        f'{{"at":"{moment}","facts":{facts},"id":{number},"personal":{personal},'
        f'"subject":{subject},"user":{user},"what":{what}}}'
    )


def chained(previous: str, entry: JournalEntry) -> str:
    """The chain value of an entry after the previous one. Pure."""
    named = (_canonical(entry.what), _canonical(entry.subject))
    parts = (_canonical(entry.facts), _canonical(entry.personal_hash))
    row = _row(entry.id, entry.at, _canonical(entry.user_id), named, *parts)
    return hashlib.sha256((previous + row).encode()).hexdigest()


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


@dataclass(slots=True)
class Sealed:
    """An entry that can be made ready before the transaction: what is left is its number, its chain and, of a new thing, `subject`."""

    what: str
    subject: str
    facts: AsJson
    salt: str = ""
    personal: AsJson | None = None
    personal_hash: str | None = None


def seal(entry: Entry, by: Viewer | None) -> Sealed:
    """The entry, ready to be appended by this actor."""
    facts = AsJson(_canonical(_with_token(entry.facts or {}, by)))
    if not entry.personal:
        return Sealed(entry.what, entry.subject, facts)
    salt = secrets.token_hex(16)
    hashed = _personal_hash(salt, entry.personal)
    return Sealed(entry.what, entry.subject, facts, salt, AsJson(json.dumps(entry.personal)), hashed)


_NEWEST = (
    sa_select(col(JournalEntry.id), col(JournalEntry.chain)).order_by(col(JournalEntry.id).desc()).limit(1)
)


def _last(session: Session) -> tuple[int, str]:
    """The id and chain value to go on from, kept from others until the transaction ends."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sql("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    last = session.execute(_NEWEST).first()
    return (last.id, last.chain) if last is not None else (0, START)


def record_all(
    session: Session, entries: Iterable[Entry | Sealed], *, by: Viewer | None, now: datetime
) -> int:
    """Append many entries of one deed in the caller's transaction; the last one's id. See `record`."""
    last, chain = _last(session)
    rows: list[tuple[object, ...]] = []
    personal: list[tuple[object, ...]] = []
    user_id = by.user_id if by is not None else None
    user = _canonical(user_id)
    for number, entry in enumerate(entries, last + 1):
        one = entry if isinstance(entry, Sealed) else seal(entry, by)
        named = (_canonical(one.what), _canonical(one.subject))
        row = _row(number, now, user, named, one.facts, _canonical(one.personal_hash))
        chain = hashlib.sha256((chain + row).encode()).hexdigest()
        rows.append((number, now, user_id, one.what, one.subject, one.facts, one.personal_hash, chain))
        if one.personal is not None:
            personal.append((number, one.salt, one.personal))
    connection = session.connection()
    insert_rows(connection, JournalEntry, _ENTRY, rows)
    insert_rows(connection, JournalPersonal, _PERSONAL, personal)
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
