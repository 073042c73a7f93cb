"""Scans, what they covered, and the key that makes a night run exactly once."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from tracker.tables.base import moment, words
from tracker.words import ScanCause, ScanState


class Scan(SQLModel, table=True):
    """One survey of one network plus its reconciliation.

    A page that asks for a scan writes a ``wanted`` row; the scheduler claims it by compare-and-set
    on `state`. A runner renews `alive_at`; a running row whose `alive_at` is old was interrupted.
    """

    id: int | None = Field(default=None, primary_key=True)
    network_id: int = Field(foreign_key="network.id", index=True)
    cause: ScanCause = Field(sa_type=words(ScanCause, check="cause"))
    state: ScanState = Field(sa_type=words(ScanState, check="state"), index=True)
    asked_by_id: int | None = Field(default=None, foreign_key="user.id")
    asked_at: datetime = moment(index=True)
    started_at: datetime | None = moment(nullable=True)
    ended_at: datetime | None = moment(nullable=True)
    alive_at: datetime | None = moment(nullable=True)
    runner: str | None = Field(default=None, max_length=80)
    stop_asked: bool = False
    step: str | None = Field(default=None, max_length=40)
    done: int = 0
    total: int = 0
    devices: int = 0
    matched: int = 0
    packets: int = 0
    busiest: list[tuple[str, int]] = Field(
        default_factory=list, sa_type=sa.JSON, sa_column_kwargs={"server_default": sa.text("'[]'")}
    )
    """The addresses that were sent most packets, each with how many."""
    opened: int = 0
    closed: int = 0
    reason: str | None = Field(default=None, max_length=400)
    """Code and data of what went wrong, as JSON."""


class ScanMethod(SQLModel, table=True):
    """How one way of looking went in one scan (the stored coverage)."""

    __tablename__ = "scan_method"

    id: int | None = Field(default=None, primary_key=True)
    scan_id: int = Field(foreign_key="scan.id", index=True)
    name: str = Field(max_length=40)
    state: str = Field(max_length=16)
    targets: int = 0
    answered: int = 0
    reason: str | None = Field(default=None, max_length=200)


class Night(SQLModel, table=True):
    """The claim that a network's nightly run of a local date is taken: at most one, whoever asks."""

    __table_args__ = (UniqueConstraint("network_id", "local_date"),)

    id: int | None = Field(default=None, primary_key=True)
    network_id: int = Field(foreign_key="network.id")
    local_date: date = Field(sa_type=sa.Date)
    scan_id: int | None = Field(default=None, foreign_key="scan.id")
    claimed_at: datetime = moment()
    is_paused: bool = False
    """The network was paused that night: nothing was to run, so nothing was missed."""
