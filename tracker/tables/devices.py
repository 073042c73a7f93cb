"""Devices on the networks, registered or not, and where they were seen (summarised, not piled up)."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from discovery.sighting import DeviceClass
from tracker.tables.base import moment, words
from tracker.words import IdentifierKind


class Device(SQLModel, table=True):
    """A thing on the network: a set of identifiers, never one MAC.

    `asset_id` is the register's asset that it is, when matched; `match_because` says why (codes and
    data, JSON). `identity` and `evidence` are the last survey's, as JSON.
    """

    id: int | None = Field(default=None, primary_key=True)
    asset_id: int | None = Field(default=None, foreign_key="asset.id", index=True)
    match_because: str | None = Field(default=None, max_length=2000)
    network_id: int | None = Field(default=None, foreign_key="network.id", index=True)
    """Where it was last seen."""
    device_class: DeviceClass = Field(sa_type=words(DeviceClass, check="device_class"))
    vendor: str | None = Field(default=None, max_length=80)
    model: str | None = Field(default=None, max_length=120)
    os: str | None = Field(default=None, max_length=120)
    is_iot: bool | None = None
    sector: str | None = Field(default=None, max_length=20)
    confidence: float = 0.0
    name: str | None = Field(default=None, max_length=160)
    ip: str | None = Field(default=None, max_length=45, index=True)
    mac: str | None = Field(default=None, max_length=17)
    evidence: list[dict[str, str]] = Field(default_factory=list, sa_type=sa.JSON)
    because: list[str] = Field(default_factory=list, sa_type=sa.JSON)
    flags: list[str] = Field(default_factory=list, sa_type=sa.JSON)
    plugged: list[str] = Field(
        default_factory=list, sa_type=sa.JSON, sa_column_kwargs={"server_default": sa.text("'[]'")}
    )
    """Where it is plugged in, as far as a switch has told: the switch, its port and the room, empty where unknown."""
    behind: str | None = Field(default=None, max_length=45)
    """The address of the gateway that it stands behind, for it has none of its own on the network."""
    first_seen: datetime = moment(index=True)
    last_seen: datetime = moment(index=True)
    sort_key: str = Field(default="", max_length=320)
    search_key: str = Field(default="", max_length=800)


class DeviceIdentifier(SQLModel, table=True):
    """One identifier of a device, with when it was first and last shown."""

    __tablename__ = "device_identifier"
    __table_args__ = (
        UniqueConstraint("device_id", "kind", "value"),
        Index("ix_device_identifier_value", "value"),
    )

    id: int | None = Field(default=None, primary_key=True)
    device_id: int = Field(foreign_key="device.id", index=True)
    kind: IdentifierKind = Field(sa_type=words(IdentifierKind, check="kind"))
    value: str = Field(max_length=160)
    first_seen: datetime = moment()
    last_seen: datetime = moment()


class Sighting(SQLModel, table=True):
    """A device on a network with an address: one row for as long as that stays so."""

    __table_args__ = (UniqueConstraint("device_id", "network_id", "ip", "mac"),)

    id: int | None = Field(default=None, primary_key=True)
    device_id: int = Field(foreign_key="device.id", index=True)
    network_id: int = Field(foreign_key="network.id", index=True)
    ip: str = Field(default="", max_length=45)
    mac: str = Field(default="", max_length=17)
    source: str = Field(max_length=20)
    first_seen: datetime = moment()
    last_seen: datetime = moment()
    times: int = 1


class DeviceChange(SQLModel, table=True):
    """What changed about a device from one survey to the next."""

    __tablename__ = "device_change"

    id: int | None = Field(default=None, primary_key=True)
    device_id: int = Field(foreign_key="device.id", index=True)
    scan_id: int | None = Field(default=None, foreign_key="scan.id")
    at: datetime = moment()
    field: str = Field(max_length=40)
    before: str | None = Field(default=None, max_length=200)
    after: str | None = Field(default=None, max_length=200)
