"""Settings that the pages change, one row for each that was set; config.toml holds the rest."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from tracker.tables.base import moment


class Setting(SQLModel, table=True):
    """One setting. What each key may hold is in `tracker.settings`; a row without a meaning there is passed over."""

    key: str = Field(max_length=40, primary_key=True)
    value: Any = Field(default=None, sa_type=sa.JSON, nullable=True)
    version: int = 1
    changed_by_id: int | None = Field(default=None, foreign_key="user.id")
    changed_at: datetime = moment()
