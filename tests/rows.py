"""Rows that many tests put into the register, with only what the test is about spelled out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlmodel import Session, select

from tests.conftest import NOW
from tracker.swedish import search_key, sort_key
from tracker.tables import Asset, Person, Unit
from tracker.words import AssetStatus

if TYPE_CHECKING:
    from collections.abc import Mapping


def put_asset_into(
    session: Session, tag: str, unit: str = "Ekbackaskolan", *, holder: str | None = None, **more: Any
) -> Asset:
    """An asset of the unit, in stock where nothing else is said, in the hands of the person of this name."""
    holder_id = session.exec(select(Person.id).where(Person.name == holder)).one() if holder else None
    unit_id = session.exec(select(Unit.id).where(Unit.name == unit)).one()
    plain: Mapping[str, Any] = {
        "status": AssetStatus.IN_STOCK,
        "sort_key": sort_key(tag),
        "search_key": search_key(tag),
        "created_at": NOW,
        "changed_at": NOW,
    }
    asset = Asset(tag=tag, unit_id=unit_id, holder_id=holder_id, **{**plain, **more})
    session.add(asset)
    session.flush()
    return asset
