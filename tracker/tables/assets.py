"""The register itself: assets and what identifies them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from tracker.tables.base import moment, words
from tracker.words import AssetStatus, IdentifierKind

ASSET_KEY = 160
"""Characters of the key that an asset is put in order by."""


class Asset(SQLModel, table=True):
    """A thing in the register.

    `version` grows with every change: state changes are compare-and-set on it. `search_key` is tag,
    serial, model and name, casefolded (SQLite's lower does not know å, ä, ö).
    """

    __table_args__ = (
        # Whatever a list is narrowed by is counted within this index, without a look at the rows.
        Index("ix_asset_counted", "unit_id", "status", "model_id", "site_id"),
        Index("ix_asset_unit_order", "unit_id", "sort_key"),
        Index("ix_asset_holder_counted", "holder_id", "status"),
        Index("ix_asset_status_counted", "status", "model_id", "site_id", "unit_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    version: int = 1
    tag: str = Field(max_length=40, unique=True)
    status: AssetStatus = Field(sa_type=words(AssetStatus, check="status"))
    model_id: int | None = Field(default=None, foreign_key="device_model.id", index=True)
    unit_id: int = Field(foreign_key="unit.id")
    site_id: int | None = Field(default=None, foreign_key="site.id", index=True)
    room_id: int | None = Field(default=None, foreign_key="room.id")
    holder_id: int | None = Field(default=None, foreign_key="person.id")
    name: str | None = Field(default=None, max_length=120)
    purchased_on: date | None = None
    price_ore: int | None = None
    """What it cost, in öre."""
    warranty_ends: date | None = None
    """The last day of the supplier's warranty."""
    support_ends: date | None = None
    """The asset's own date, where it differs from its model's."""
    expected_online: bool = True
    """Whether silence on a covered network is a finding."""
    note: str | None = Field(default=None, max_length=1000)
    sort_key: str = Field(max_length=ASSET_KEY, index=True)
    search_key: str = Field(max_length=800)
    created_at: datetime = moment()
    changed_at: datetime = moment(index=True)


class AssetIdentifier(SQLModel, table=True):
    """One identifier of an asset. MACs as ``aa:bb:cc:dd:ee:ff``, serials upper case without spaces."""

    __tablename__ = "asset_identifier"
    __table_args__ = (
        UniqueConstraint("kind", "value"),
        Index("ix_asset_identifier_value", "value"),
    )

    id: int | None = Field(default=None, primary_key=True)
    asset_id: int = Field(foreign_key="asset.id", index=True)
    kind: IdentifierKind = Field(sa_type=words(IdentifierKind, check="kind"))
    value: str = Field(max_length=160)
