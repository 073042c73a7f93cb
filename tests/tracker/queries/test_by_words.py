"""Words are found by the index as they are without it, on both databases, whoever wrote the row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, insert, update
from sqlmodel import Session, col, select

from discovery.sighting import DeviceClass
from tests.conftest import NOW
from tracker.db import writing
from tracker.queries import by_words
from tracker.queries.assets import AssetFilter, list_assets
from tracker.queries.people import search as search_people
from tracker.queries.search import search
from tracker.tables import Asset, Device, Person, Unit
from tracker.words import AssetStatus, Language

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tracker.queries.narrowing import Page
    from tracker.roles import Viewer

KEYS = {
    "A1": "a1 chromebook öskolan rum 55",
    "A2": "a2 chromebook öskolan rum 155",
    "A3": 'a3 lenovo "thinkpad" 100% 5cd0_x',
    "A4": "a4 surfplatta åsen",
}


def _fill(engine: Engine) -> None:
    with writing(engine) as session:
        unit_id = session.exec(select(Unit.id).where(Unit.name == "Ekbackaskolan")).one()
        same = {"unit_id": unit_id, "status": AssetStatus.IN_STOCK, "created_at": NOW, "changed_at": NOW}
        rows = [{"tag": tag, "sort_key": tag, "search_key": key, **same} for tag, key in KEYS.items()]
        session.execute(insert(Asset), rows)


def _listed(engine: Engine, viewer: Viewer, text: str, **more: object) -> Page[object]:
    with Session(engine) as session:
        return list_assets(session, viewer, AssetFilter(text=text, **more), Language.SV)  # type: ignore[arg-type,return-value]


def _tags(engine: Engine, viewer: Viewer, text: str) -> list[str]:
    return [row.tag for row in _listed(engine, viewer, text).rows]  # type: ignore[attr-defined]


@pytest.mark.parametrize("few", [by_words.FEW, 0], ids=["by the index", "in order"])
@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("chromebook", ["A1", "A2"]),
        ("omeboo 155", ["A2"]),
        ("ÖSKOLAN rum", ["A1", "A2"]),
        ("55 öskolan", ["A1"]),
        ("rum 15", ["A2"]),
        ("1 rum", ["A2"]),
        ("å", ["A4"]),
        ("a1", ["A1"]),
        ('"thinkpad"', ["A3"]),
        ('thin"pad', []),
        ("100%", ["A3"]),
        ("5cd0_x", ["A3"]),
        ("5cd0%x", []),
        ("think*", []),
        ("lenovo OR surfplatta", []),
        ("search_key:lenovo", []),
        ("leno\0vo", []),
        ("NEAR(lenovo thinkpad)", []),
        ("   ", ["A1", "A2", "A3", "A4"]),
    ],
)
def test_every_word_is_held_and_means_itself(
    engine: Engine, anna: Viewer, monkeypatch: pytest.MonkeyPatch, text: str, tags: list[str], few: int
) -> None:
    if engine.dialect.name == "postgresql" and "\0" in text:
        pytest.skip("PostgreSQL takes no NUL: the form refuses it before")
    _fill(engine)
    monkeypatch.setattr(by_words, "FEW", few)
    assert _tags(engine, anna, text) == tags
    with Session(engine) as session:
        hits = search(session, anna, text, Language.SV, with_people=False)
    assert sorted(hit.title for hit in hits) == (tags if text.strip() else [])


@pytest.mark.parametrize("text", ["!", "%", "_", "/", "/%", '"'])
def test_signs_mean_themselves_for_devices_and_people_too(engine: Engine, anna: Viewer, text: str) -> None:
    with writing(engine) as session:
        unit_id = session.exec(select(Unit.id).where(Unit.name == "Ekbackaskolan")).one()
        for name in ("Nils Lund", f"Nils {text}Lund"):
            session.add(Person(name=name, unit_id=unit_id, sort_key=name, search_key=name.lower()))
            session.add(
                Device(
                    device_class=DeviceClass.OTHER,
                    name=name,
                    sort_key=name,
                    search_key=name.lower(),
                    first_seen=NOW,
                    last_seen=NOW,
                )
            )
    with Session(engine) as session:
        found = {(hit.kind, hit.title) for hit in search(session, anna, f"{text}lund", Language.SV)}
    assert found == {("device", f"Nils {text}Lund"), ("person", f"Nils {text}Lund")}


def test_the_index_follows_whoever_writes(engine: Engine, anna: Viewer) -> None:
    _fill(engine)
    with writing(engine) as session:
        session.execute(update(Asset).where(col(Asset.tag) == "A1").values(search_key="a1 projektor aulan"))
        session.execute(delete(Asset).where(col(Asset.tag) == "A2"))
        a4 = session.exec(select(Asset).where(Asset.tag == "A4")).one()
        a4.search_key = "a4 projektor"
    assert _tags(engine, anna, "chromebook") == []
    assert _tags(engine, anna, "projektor") == ["A1", "A4"]
    assert _tags(engine, anna, "surfplatta") == []


def test_a_migrated_register_has_the_index_too(migrated: Engine) -> None:
    with writing(migrated) as session:
        unit = Unit(name="Roten", kind="municipality", sort_key="r", path="/1/")
        session.add(unit)
        session.flush()
        same = {
            "unit_id": unit.id,
            "sort_key": "x",
            "is_pupil": False,
            "is_protected": False,
            "is_active": True,
        }
        for name in ("maja lind", "nils lund"):
            session.execute(insert(Person), [{"name": name, "search_key": name, **same}])
        session.execute(
            update(Person).where(col(Person.name) == "nils lund").values(search_key="nils lindberg")
        )
        found = session.exec(
            select(Person.name)
            .where(by_words.by_words(session, Person, "lind").condition)
            .order_by(Person.name)
        ).all()
        assert list(found) == ["maja lind", "nils lund"]
        session.execute(delete(Person).where(col(Person.name) == "maja lind"))
        left = session.exec(
            select(Person.name).where(by_words.by_words(session, Person, "lind").condition)
        ).all()
        assert list(left) == ["nils lund"]
        session.rollback()


def test_what_would_cost_a_walk_to_count_is_more_than_a_page(
    engine: Engine, anna: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    if engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL's index counts by itself")
    _fill(engine)
    monkeypatch.setattr(by_words, "FEW", 1)
    cut = _listed(engine, anna, "chromebook", size=1)
    assert (cut.total, cut.is_more, cut.whole) == (1, True, 4)
    whole = _listed(engine, anna, "chromebook", size=2)
    assert (whole.total, whole.is_more) == (2, False)
    exact = _listed(engine, anna, "chromebook", size=1, is_exact=True)
    assert (exact.total, exact.is_more) == (2, False)


def test_the_way_taken_changes_nothing_in_what_is_shown(engine: Engine, anna: Viewer) -> None:
    _fill(engine)
    with writing(engine) as session:
        session.execute(update(Asset).where(col(Asset.tag) == "A4").values(status=AssetStatus.LOST))
    common = _listed(engine, anna, "", status="in_stock", size=1)
    rare = _listed(engine, anna, "", status="lost", size=50)
    assert [row.tag for row in common.rows] == ["A1"]  # type: ignore[attr-defined]
    assert (common.total, common.whole, bool(common.next_cursor)) == (3, 4, True)
    assert [row.tag for row in rare.rows] == ["A4"]  # type: ignore[attr-defined]


def test_people_are_found_by_a_part_of_the_name(engine: Engine, bjorn: Viewer) -> None:
    with Session(engine) as session:
        assert [one.name for one in search_people(session, bjorn, "ödm", Language.SV)] == ["Elsa Ödman"]
        assert search_people(session, bjorn, "skyddad", Language.SV) == ()
