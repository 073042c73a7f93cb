"""A count is asked of the database once, and again as soon as an asset has changed, whoever changed it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlmodel import Session, select

from tests.conftest import NOW, statements
from tests.rows import put_asset_into
from tracker import journal
from tracker.db import writing
from tracker.queries import counting
from tracker.queries.assets import AssetFilter, list_assets
from tracker.tables import Asset
from tracker.words import AssetStatus, Language

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tracker.queries.assets import AssetRow
    from tracker.queries.narrowing import Page
    from tracker.roles import Viewer

STOCK = AssetFilter(status="in_stock")


def _list(engine: Engine, viewer: Viewer, chosen: AssetFilter = STOCK) -> Page[AssetRow]:
    with Session(engine) as session:
        return list_assets(session, viewer, chosen, Language.SV)


def _counted(engine: Engine, viewer: Viewer, chosen: AssetFilter = STOCK) -> int:
    """How many counts the database was asked for to show the list."""
    with statements(engine) as asked:
        _list(engine, viewer, chosen)
    return sum("count(*)" in one for one in asked)


def _put(engine: Engine, *tags: str, **more: object) -> None:
    with writing(engine) as session:
        for tag in tags:
            put_asset_into(session, tag, **more)  # type: ignore[arg-type]


def test_a_list_that_nobody_changed_is_not_counted_again(engine: Engine, anna: Viewer) -> None:
    _put(engine, "A1", "A2")
    assert _counted(engine, anna) > 0
    assert _counted(engine, anna) == 0
    assert _counted(engine, anna, AssetFilter(status="in_stock", sort="-tag")) == 0
    assert _list(engine, anna).total == 2


def test_a_new_asset_is_counted(engine: Engine, anna: Viewer) -> None:
    _put(engine, "A1")
    assert _list(engine, anna).total == 1
    _put(engine, "A2")
    page = _list(engine, anna)
    assert (page.total, page.whole) == (2, 2)


def test_a_changed_asset_is_counted_where_it_belongs_now(engine: Engine, anna: Viewer) -> None:
    _put(engine, "A1", "A2")
    assert _list(engine, anna).total == 2
    with writing(engine) as session:
        asset = session.exec(select(Asset).where(Asset.tag == "A1")).one()
        asset.status, asset.changed_at = AssetStatus.IN_USE, NOW + timedelta(seconds=1)
        session.add(asset)
    page = _list(engine, anna)
    assert (page.total, page.whole) == (1, 2)


def test_a_removed_asset_is_counted_no_more(engine: Engine, anna: Viewer) -> None:
    _put(engine, "A1", "A2")
    assert _list(engine, anna).total == 2
    with writing(engine) as session:
        asset = session.exec(select(Asset).where(Asset.tag == "A1")).one()
        session.delete(asset)
        journal.record(session, "asset:import:undo", "import:1", by=None, now=NOW)
    assert _list(engine, anna).whole == 1


def test_two_viewers_have_each_their_own_count(engine: Engine, anna: Viewer, bjorn: Viewer) -> None:
    _put(engine, "A1")
    _put(engine, "B1", unit="Kvarnskolan")
    assert _list(engine, anna).total == 2
    assert _list(engine, bjorn).total == 1


def test_what_is_remembered_has_a_bound(engine: Engine, anna: Viewer) -> None:
    _put(engine, "A1")
    for number in range(counting.KEPT + 2):
        with Session(engine) as session:
            assert counting.Counts(session).of(("test", number), lambda: number) == number  # noqa: B023 -- called at once
    kept = counting._of_register[engine.pool]
    assert len(kept) <= counting.KEPT
    assert _list(engine, anna).total == 1
