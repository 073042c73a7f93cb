"""A few units with owners, in a register on each database."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from sqlmodel import select

from tests.conftest import NOW, viewer_of
from tests.tracker.conftest import cluster, migrated, postgresql_url
from tracker.db import writing
from tracker.swedish import search_key, sort_key
from tracker.tables import Asset, AssetIdentifier, Person, Unit
from tracker.words import AssetStatus, IdentifierKind

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tracker.roles import Viewer

__all__ = ["cluster", "migrated", "postgresql_url"]

Put = Callable[..., int]


def put_asset(
    engine: Engine,
    tag: str,
    unit: str = "Ekbackaskolan",
    status: AssetStatus = AssetStatus.IN_STOCK,
    holder: str | None = None,
    serial: str | None = None,
) -> int:
    with writing(engine) as session:
        unit_id = session.exec(select(Unit.id).where(Unit.name == unit)).one()
        holder_id = session.exec(select(Person.id).where(Person.name == holder)).one() if holder else None
        asset = Asset(
            tag=tag,
            status=status,
            unit_id=unit_id,
            holder_id=holder_id,
            sort_key=sort_key(tag),
            search_key=search_key(tag),
            created_at=NOW,
            changed_at=NOW,
        )
        session.add(asset)
        session.flush()
        if serial:
            session.add(AssetIdentifier(asset_id=asset.id or 0, kind=IdentifierKind.SERIAL, value=serial))
        return asset.id or 0


@pytest.fixture
def put(migrated: Engine) -> Put:
    """Put a unit into the register."""
    return lambda tag, **more: put_asset(migrated, tag, **more)


@pytest.fixture
def staff(migrated: Engine) -> Viewer:
    """Björn, school staff at Ekbackaskolan."""
    return viewer_of(migrated, "bjorn")


@pytest.fixture
def technician(migrated: Engine) -> Viewer:
    """Anna."""
    return viewer_of(migrated, "anna")
