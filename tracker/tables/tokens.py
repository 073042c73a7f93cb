"""Tokens by which a program acts for a user."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from tracker.tables.base import moment


class ApiToken(SQLModel, table=True):
    """What a program may do for its owner: some of the owner's permissions, below one unit, until a day.

    Only the SHA-256 of the token is kept. It never gives more than the owner has at the moment of the call.
    """

    __tablename__ = "api_token"

    id: int | None = Field(default=None, primary_key=True)
    token_hash: str = Field(max_length=64, unique=True)
    user_id: int = Field(foreign_key="user.id", index=True)
    name: str = Field(max_length=80)
    permissions: list[str] = Field(default_factory=list, sa_type=sa.JSON)
    unit_path: str = Field(max_length=200)
    created_at: datetime = moment()
    expires_at: datetime = moment()
    used_at: datetime | None = moment(nullable=True)
    revoked_at: datetime | None = moment(nullable=True)
