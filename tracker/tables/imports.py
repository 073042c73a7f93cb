"""Imports: a file on its way in, what it did row by row, and so what it takes to undo it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from tracker.tables.base import moment, words
from tracker.words import ImportState, ImportWhat


class ImportRun(SQLModel, table=True):
    """One file. `by_id` None: read in at the machine's command line."""

    __tablename__ = "import_run"

    id: int | None = Field(default=None, primary_key=True)
    version: int = 1
    what: ImportWhat = Field(
        default=ImportWhat.ASSETS, sa_type=words(ImportWhat), sa_column_kwargs={"server_default": "assets"}
    )
    state: ImportState = Field(sa_type=words(ImportState, check="state"), index=True)
    file: str = Field(max_length=160)
    format: str = Field(default="", max_length=40)
    seen: str = Field(default="", max_length=64)
    """Digest of the comparison that was shown: what is stored must be the same."""
    by_id: int | None = Field(default=None, foreign_key="user.id", index=True)
    at: datetime = moment(index=True)
    stored_at: datetime | None = moment(nullable=True)
    undone_at: datetime | None = moment(nullable=True)
    undone_by_id: int | None = Field(default=None, foreign_key="user.id")
    unit_path: str = Field(default="", max_length=200)
    """The lowest subtree that holds every unit concerned: who sees the import has the right over it."""
    counts: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    answers: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    """Questions and unused columns while it is a draft; ids of the places and models made; tags left at undoing."""


class ImportPart(SQLModel, table=True):
    """A piece of a draft's file, at most a megabyte; gone when it is stored or has expired."""

    __tablename__ = "import_part"

    import_id: int = Field(primary_key=True, foreign_key="import_run.id")
    number: int = Field(primary_key=True)
    data: bytes = Field(sa_type=sa.LargeBinary)


class ImportLine(SQLModel, table=True):
    """What one row would do, or did. `asset_id` and `person_id` have no foreign key: undoing takes new ones away."""

    __tablename__ = "import_line"
    __table_args__ = (Index("ix_import_line_import_id_outcome_number", "import_id", "outcome", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    import_id: int = Field(foreign_key="import_run.id")
    number: int
    outcome: str = Field(max_length=16)
    tag: str = Field(max_length=160)
    asset_id: int | None = None
    person_id: int | None = None
    version: int | None = None
    """The asset's version after the import: another one means that it has been touched since."""
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    """``fields``: name → [before, after] as text; ``columns``: the same as ids and values; ``added``: identifiers;
    ``complaints``: column, code and data of each."""
