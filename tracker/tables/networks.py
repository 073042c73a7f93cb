"""Networks as the register knows them; config.toml sets the outer bound, rows only narrow it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from tracker.tables.base import moment, words
from tracker.words import Profile, Purpose


class Network(SQLModel, table=True):
    """A configured network. Kept when it leaves the configuration, so that history stays readable."""

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=80, unique=True)
    site_id: int | None = Field(default=None, foreign_key="site.id", index=True)
    cidrs: str = Field(max_length=1000)
    """Space-separated."""
    purpose: Purpose = Field(sa_type=words(Purpose, check="purpose"))
    profile: Profile = Field(sa_type=words(Profile, check="profile"))
    is_configured: bool = True
    configured_at: datetime | None = moment(nullable=True)
    """Since when the configuration holds it, this time; None for longer than was written down."""


class NetworkNarrowing(SQLModel, table=True):
    """How a network is scanned less than the configuration allows. What is None or empty is as configured."""

    __tablename__ = "network_narrowing"

    id: int | None = Field(default=None, primary_key=True)
    version: int = 1
    network_id: int = Field(foreign_key="network.id", unique=True)
    profile: Profile | None = Field(default=None, sa_type=words(Profile, check="profile"))
    rate: int | None = None
    """Packets per second."""
    never: str = Field(default="", max_length=8000)
    """Space-separated addresses and networks."""
    paused_until: date | None = Field(default=None, sa_type=sa.Date)
    """The last local date without a scan."""
    reason: str = Field(default="", max_length=500)
    before: dict[str, Any] | None = Field(default=None, sa_type=sa.JSON)
    """The values before the last change, for its undo; None when it was undone or the first."""
    changed_by_id: int | None = Field(default=None, foreign_key="user.id")
    changed_at: datetime = moment()
