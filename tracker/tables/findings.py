"""Findings and what people decided about them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from tracker.tables.base import moment, words
from tracker.words import DecisionKind, FindingKind, FindingState, Severity


class Finding(SQLModel, table=True):
    """Something a person should look at.

    `key` names what it is about and outlives IP changes (``unregistered:device:17``,
    ``end_of_life:asset:33``); at most one finding of a key is not closed. `facts` is the data of its
    sentence. `group_key` gathers what one decision may settle.
    """

    __table_args__ = (
        Index(
            "uq_finding_live_key",
            "key",
            unique=True,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        ),
        # The queue is put in order and counted within this index, without a look at the facts.
        Index(
            "ix_finding_queue",
            "closed_at",
            "state",
            "severity",
            "group_key",
            "since",
            "kind",
            "unit_id",
            "network_id",
            "version",
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    version: int = 1
    key: str = Field(max_length=120, index=True)
    kind: FindingKind = Field(sa_type=words(FindingKind))
    rule: str = Field(max_length=16)
    severity: Severity = Field(sa_type=words(Severity, check="severity"))
    state: FindingState = Field(sa_type=words(FindingState, check="state"), index=True)
    asset_id: int | None = Field(default=None, foreign_key="asset.id", index=True)
    device_id: int | None = Field(default=None, foreign_key="device.id", index=True)
    network_id: int | None = Field(default=None, foreign_key="network.id", index=True)
    unit_id: int | None = Field(default=None, foreign_key="unit.id", index=True)
    """Whose it is to see: the asset's unit, else the network's site's."""
    assigned_to_id: int | None = Field(default=None, foreign_key="user.id")
    group_key: str | None = Field(default=None, max_length=200, index=True)
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    since: datetime = moment(index=True)
    changed_at: datetime = moment()
    closed_at: datetime | None = moment(nullable=True)


class Decision(SQLModel, table=True):
    """A person's answer to a finding, kept with the finding's key so that it outlives the finding.

    It stands while `revoked_at` is None and `until` (last day, None = for good) has not passed.
    """

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(max_length=120, index=True)
    finding_id: int = Field(foreign_key="finding.id", index=True)
    kind: DecisionKind = Field(sa_type=words(DecisionKind, check="kind"))
    reason: str | None = Field(default=None, max_length=500)
    asked: str | None = Field(default=None, max_length=160)
    """Who was asked ("inte vår, frågade vaktmästaren")."""
    until: date | None = Field(default=None, sa_type=sa.Date)
    batch: str | None = Field(default=None, max_length=40, index=True)
    """Request id shared by everything one press decided; undo takes back the batch."""
    decided_by_id: int = Field(foreign_key="user.id")
    decided_at: datetime = moment()
    revoked_at: datetime | None = moment(nullable=True)
