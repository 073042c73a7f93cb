"""The append-only journal and the erasable personal fields behind its chain."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from tracker.tables.base import moment


class JournalEntry(SQLModel, table=True):
    """Who did what when. `chain` covers the previous entry's chain and this row's canonical form.

    Personal fields are not in the row: `personal_hash` is a salted hash of them, the values and the
    salt live in `JournalPersonal`, so that purging keeps the chain verifiable.
    """

    __tablename__ = "journal_entry"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = moment(index=True)
    user_id: int | None = Field(default=None, foreign_key="user.id")
    what: str = Field(max_length=60, index=True)
    """Three parts: ``asset:handover:record``."""
    subject: str = Field(max_length=60, index=True)
    """``asset:33``, ``finding:7``."""
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    personal_hash: str | None = Field(default=None, max_length=64)
    chain: str = Field(max_length=64)


class JournalPersonal(SQLModel, table=True):
    """The personal fields of one entry; a row may be erased by a recorded decision."""

    __tablename__ = "journal_personal"

    entry_id: int = Field(primary_key=True, foreign_key="journal_entry.id")
    salt: str = Field(max_length=64)
    fields: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
