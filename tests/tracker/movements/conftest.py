"""A few units with owners, in a register on each database."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.conftest import viewer_of
from tests.rows import put_asset_into
from tests.tracker.conftest import cluster, migrated, postgresql_url
from tracker.db import writing
from tracker.tables import AssetIdentifier
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
        asset = put_asset_into(session, tag, unit, status=status, holder=holder)
        if serial:
            session.add(AssetIdentifier(asset_id=asset.id or 0, kind=IdentifierKind.SERIAL, value=serial))
        return asset.id or 0


def waits(engine: Engine) -> bool:
    """Whether somebody waits in the database; on SQLite a writer waits outside it."""
    if engine.dialect.name == "sqlite":
        return True
    with engine.connect() as connection:
        return bool(connection.exec_driver_sql("SELECT 1 FROM pg_locks WHERE NOT granted").first())


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
