"""What a page asks the register does not grow with what it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlmodel import Session, select

from tests.conftest import NOW, statements
from tracker.db import writing
from tracker.queries.asset_page import asset_page
from tracker.queries.assets import AssetFilter, list_assets
from tracker.queries.narrowing import sees_all
from tracker.tables import Asset, Movement, Person, Unit
from tracker.words import AssetStatus, Language, MovementKind, Permission

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tracker.roles import Viewer


def _fill(engine: Engine, tags: list[str], history_of: int = 0) -> int:
    """Assets, each in another's hands, and a step of history for one asset; its id."""
    with writing(engine) as session:
        unit_id = session.exec(select(Unit.id).where(Unit.name == "Ekbackaskolan")).one()
        class_id = session.exec(select(Unit.id).where(Unit.name == "7A")).one()
        for tag in tags:
            person = Person(name=f"Elev {tag}", unit_id=class_id, sort_key="e", search_key="e")
            session.add(person)
            session.flush()
            common = {"unit_id": unit_id, "holder_id": person.id}
            words = {"tag": tag, "sort_key": tag, "search_key": tag, "created_at": NOW, "changed_at": NOW}
            asset = Asset(status=AssetStatus.HANDED_OUT, **words, **common)
            session.add(asset)
            session.flush()
            history_of = history_of or asset.id or 0
            session.add(Movement(asset_id=history_of, kind=MovementKind.HANDED_OUT, at=NOW, **common))
    return history_of


@pytest.mark.parametrize("login", ["anna", "bjorn"])
def test_fifty_rows_cost_as_many_questions_as_three(
    engine: Engine, login: str, request: pytest.FixtureRequest
) -> None:
    viewer: Viewer = request.getfixturevalue(login)

    def look(asset_id: int) -> tuple[int, int, int]:
        with Session(engine) as session, statements(engine) as found:
            shown = list_assets(session, viewer, AssetFilter(), Language.SV)
            history = asset_page(session, viewer, asset_id, Language.SV)
        return len(found), len(shown.rows), len(history.events)

    first = _fill(engine, ["t-1", "t-2", "t-3"])
    few, rows, events = look(first)
    _fill(engine, [f"u-{number}" for number in range(40)], first)
    assert look(first) == (few, rows + 40, events + 40)


def test_only_who_holds_the_root_sees_all(anna: Viewer, bjorn: Viewer, david: Viewer) -> None:
    assert sees_all(anna, Permission.ASSET_VIEW)
    assert not sees_all(bjorn, Permission.ASSET_VIEW)
    assert not sees_all(david, Permission.ASSET_VIEW)
