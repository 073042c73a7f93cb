"""What people did with assets, and the write requests already handled."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from tracker.tables.base import moment, words
from tracker.words import AssetStatus, Condition, MovementKind


class Movement(SQLModel, table=True):
    """One step in an asset's life. Rows are added, never changed."""

    __table_args__ = (Index("ix_movement_kind_at", "kind", "at", "unit_id"),)

    id: int | None = Field(default=None, primary_key=True)
    asset_id: int | None = Field(default=None, foreign_key="asset.id", index=True)
    """None for a find: an unknown code in the return box."""
    kind: MovementKind = Field(sa_type=words(MovementKind, check="kind"))
    at: datetime = moment(index=True)
    by_id: int | None = Field(default=None, foreign_key="user.id")
    unit_id: int = Field(foreign_key="unit.id", index=True)
    holder_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    """Who received it, or whose it was."""
    before: AssetStatus | None = Field(default=None, sa_type=words(AssetStatus), nullable=True)
    after: AssetStatus | None = Field(default=None, sa_type=words(AssetStatus), nullable=True)
    condition: Condition | None = Field(default=None, sa_type=words(Condition), nullable=True)
    has_charger: bool | None = None
    receipt: str | None = Field(default=None, max_length=40, unique=True)
    """Receipt number; several assets handed out together have one each."""
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    """Data of the step: changed fields, the unknown code, import file. Nothing personal."""


class HandledRequest(SQLModel, table=True):
    """A write form's request id with its answer: a repeated send does nothing twice."""

    __tablename__ = "handled_request"

    id: str = Field(primary_key=True, max_length=40)
    user_id: int = Field(foreign_key="user.id")
    what: str = Field(max_length=60)
    answer: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    at: datetime = moment(index=True)
