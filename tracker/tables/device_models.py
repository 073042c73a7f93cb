"""Device models with the end of their support."""

from __future__ import annotations

from datetime import date

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from discovery.sighting import DeviceClass
from tracker.tables.base import words


class DeviceModel(SQLModel, table=True):
    """A maker's model. `support_ends` is the last day with support; `support_basis` says who says so.

    No date and a `support_checked_on` means supported, end not announced; neither of them, that nobody has asked.
    """

    __tablename__ = "device_model"
    __table_args__ = (UniqueConstraint("vendor", "name"),)

    id: int | None = Field(default=None, primary_key=True)
    vendor: str = Field(max_length=80)
    name: str = Field(max_length=120)
    sort_key: str = Field(max_length=400, index=True)
    device_class: DeviceClass = Field(sa_type=words(DeviceClass, check="device_class"))
    support_ends: date | None = None
    support_basis: str | None = Field(default=None, max_length=200)
    support_checked_on: date | None = None
    """When somebody last found out."""
    version: int = 1
