"""People who hold devices. Names are shown through `tracker.names` only."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Index
from sqlmodel import Field, SQLModel


class Person(SQLModel, table=True):
    """A pupil or an employee. No personal identity number, ever.

    `is_protected` (skyddade personuppgifter): name, class and school are masked for everyone
    without the permission, and never exported, mailed or printed on labels. Changes are compare-and-set on `version`.
    """

    __table_args__ = (Index("ix_person_unit_counted", "unit_id", "is_protected"),)

    id: int | None = Field(default=None, primary_key=True)
    version: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    external_id: str | None = Field(default=None, max_length=120, unique=True)
    unit_id: int = Field(foreign_key="unit.id")
    name: str = Field(max_length=160)
    sort_key: str = Field(max_length=320, index=True)
    search_key: str = Field(max_length=320, index=True)
    is_pupil: bool = False
    is_protected: bool = False
    is_active: bool = True
    left_on: date | None = None
    """The last day at the school or of the employment, set with `is_active` false: what retention (gallring) counts from."""
