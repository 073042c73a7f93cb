"""Networks as the register knows them; config.toml sets the outer bound, rows only narrow it."""

from __future__ import annotations

from datetime import datetime

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
