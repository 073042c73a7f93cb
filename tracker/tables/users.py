"""Who may log in, what they may do, their sessions, and the throttle."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from tracker.tables.base import moment, words
from tracker.words import Language


class User(SQLModel, table=True):
    """Someone who can log in. Disabling ends every session at once."""

    id: int | None = Field(default=None, primary_key=True)
    version: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    login: str = Field(max_length=80, unique=True)
    """Casefolded."""
    name: str = Field(max_length=160)
    password_hash: str | None = Field(default=None, max_length=200)
    language: Language = Field(default=Language.SV, sa_type=words(Language, check="language"))
    is_active: bool = True
    created_at: datetime = moment()


class Role(SQLModel, table=True):
    """A named set of permissions."""

    id: int | None = Field(default=None, primary_key=True)
    version: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    name: str = Field(max_length=60, unique=True)
    permissions: list[str] = Field(default_factory=list, sa_type=sa.JSON)


class Grant(SQLModel, table=True):
    """A role given to a user over a unit and everything below it."""

    __table_args__ = (UniqueConstraint("user_id", "role_id", "unit_id"),)

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="user.id", index=True)
    role_id: int = Field(foreign_key="role.id")
    unit_id: int = Field(foreign_key="unit.id")


class LoginSession(SQLModel, table=True):
    """A server-side session. The cookie holds a random token; only its SHA-256 is stored."""

    __tablename__ = "login_session"

    token_hash: str = Field(primary_key=True, max_length=64)
    user_id: int | None = Field(default=None, foreign_key="user.id", index=True)
    data: str = Field(default="{}", sa_type=sa.Text)
    """JSON, never pickles."""
    created_at: datetime = moment()
    seen_at: datetime = moment(index=True)


class Throttle(SQLModel, table=True):
    """Failed attempts of one subject (``login:NAME``, ``address:IP``), so that limits survive restarts."""

    subject: str = Field(primary_key=True, max_length=120)
    failures: int = 0
    window_started: datetime = moment()
    locked_until: datetime | None = moment(nullable=True)
