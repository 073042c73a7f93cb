"""The list of people, one person and one class, on both databases: what is shown to whom, and at what cost."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlmodel import Session, select

from tests.conftest import NOW, statements, viewer_of
from tests.tracker.movements.conftest import put_asset
from tracker.db import writing
from tracker.errors import InvalidError, NotFoundError
from tracker.queries.holding import person_page, unit_list
from tracker.queries.people import MOST, STATES, PeopleFilter, list_people, search
from tracker.roles import GrantFact, Viewer
from tracker.swedish import search_key, sort_key
from tracker.tables import Movement, Person, Unit
from tracker.words import AssetStatus, Language, MovementKind, Permission

if TYPE_CHECKING:
    from sqlalchemy import Engine

SV = Language.SV
MASK = "Skyddad person"


def _trusted(viewer: Viewer) -> Viewer:
    """The same, who may also see protected persons."""
    return replace(
        viewer, grants=(*viewer.grants, GrantFact(frozenset({Permission.PERSON_VIEW_PROTECTED}), "/"))
    )


def _id(engine: Engine, table: type, name: str) -> int:
    with Session(engine) as session:
        return session.exec(select(table.id).where(table.name == name)).one()


def _names(engine: Engine, viewer: Viewer, **chosen: object) -> list[str]:
    with Session(engine) as session:
        return [row.name for row in list_people(session, viewer, PeopleFilter(**chosen), SV).rows]


def _pupils(engine: Engine, names: list[str], unit: str = "7A", *, protected: bool = False) -> None:
    with writing(engine) as session:
        unit_id = session.exec(select(Unit.id).where(Unit.name == unit)).one()
        for name in names:
            keys = {"sort_key": sort_key(name), "search_key": search_key(name)}
            session.add(Person(name=name, unit_id=unit_id, is_pupil=True, is_protected=protected, **keys))


def _leave(engine: Engine, name: str) -> None:
    with writing(engine) as session:
        session.exec(select(Person).where(Person.name == name)).one().is_active = False


def test_each_sees_the_people_of_their_units_masked_ones_first(migrated: Engine) -> None:
    anna, bjorn = viewer_of(migrated, "anna"), viewer_of(migrated, "bjorn")
    assert _names(migrated, anna) == [MASK, "Elsa Ödman", "Kim Kvarn", "Åke Zetterlund"]
    assert _names(migrated, bjorn) == [MASK, "Elsa Ödman", "Åke Zetterlund"]
    assert _names(migrated, viewer_of(migrated, "cecilia")) == []
    assert _names(migrated, _trusted(anna)) == ["Elsa Ödman", "Kim Kvarn", "Skyddad Elev", "Åke Zetterlund"]
    with Session(migrated) as session:
        masked = list_people(session, anna, PeopleFilter(), SV).rows[0]
        elsa = list_people(session, anna, PeopleFilter(), SV).rows[1]
    assert (masked.class_name, masked.unit) == ("", "")
    assert (elsa.class_name, elsa.unit) == ("7A", "Ekbackaskolan")


def test_a_masked_person_is_found_neither_by_name_nor_by_class(migrated: Engine) -> None:
    anna = viewer_of(migrated, "anna")
    class_id = _id(migrated, Unit, "7A")
    for chosen in ({"text": "skyddad"}, {"text": "p-skyddad elev"}, {"unit_id": class_id}):
        assert MASK not in _names(migrated, anna, **chosen)
        assert "Skyddad Elev" not in _names(migrated, anna, **chosen)
        assert "Skyddad Elev" in _names(migrated, _trusted(anna), **chosen)
    with Session(migrated) as session:
        assert [line.name for line in unit_list(session, anna, class_id, SV).lines] == [
            "Elsa Ödman",
            "Åke Zetterlund",
        ]
        assert "Skyddad Elev" in [
            line.name for line in unit_list(session, _trusted(anna), class_id, SV).lines
        ]


def test_what_a_name_begins_with_does_not_show_in_a_masked_persons_place(migrated: Engine) -> None:
    _pupils(migrated, ["Örjan Hemlig", "Adam Hemlig"], protected=True)
    names = _names(migrated, viewer_of(migrated, "bjorn"))
    assert names == [MASK] * 3 + ["Elsa Ödman", "Åke Zetterlund"]


def test_a_masked_persons_page_says_nothing_of_the_person(migrated: Engine) -> None:
    anna, person_id = viewer_of(migrated, "anna"), _id(migrated, Person, "Skyddad Elev")
    with Session(migrated) as session:
        page = person_page(session, anna, person_id, SV)
        assert (page.name, page.is_named, page.unit, page.above) == (MASK, False, None, None)
        assert not page.may_change
        assert person_page(session, _trusted(anna), person_id, SV).may_change


def test_the_filters(migrated: Engine) -> None:
    anna = viewer_of(migrated, "anna")
    put_asset(migrated, "EK-1", status=AssetStatus.HANDED_OUT, holder="Elsa Ödman")
    put_asset(migrated, "EK-2", status=AssetStatus.HANDED_OUT, holder="Åke Zetterlund")
    put_asset(migrated, "KV-1", unit="Kvarnskolan", status=AssetStatus.STOLEN, holder="Kim Kvarn")
    _leave(migrated, "Åke Zetterlund")
    _leave(migrated, "Kim Kvarn")
    with writing(migrated) as session:
        session.exec(select(Person).where(Person.name == "Elsa Ödman")).one().is_pupil = False
    by_state = {state: _names(migrated, anna, state=state) for state in STATES}
    assert by_state == {
        "active": [MASK, "Elsa Ödman"],
        "holding": ["Elsa Ödman", "Åke Zetterlund"],
        "left_holding": ["Åke Zetterlund"],  # what is stolen is not there to be returned
        "left": ["Kim Kvarn", "Åke Zetterlund"],
        "all": [MASK, "Elsa Ödman", "Kim Kvarn", "Åke Zetterlund"],
    }
    assert _names(migrated, anna, kind="staff") == ["Elsa Ödman"]
    education = _id(migrated, Unit, "Utbildningsförvaltningen")
    assert _names(migrated, anna, state="all", unit_id=education) == by_state["all"][1:]
    assert _names(migrated, anna, state="all", unit_id=_id(migrated, Unit, "Kvarnskolan")) == ["Kim Kvarn"]
    assert _names(migrated, anna, state="all", text="ÖDM els") == ["Elsa Ödman"]
    assert _names(migrated, anna, state="all", text=" p-elsa }dman ") == ["Elsa Ödman"]
    assert _names(migrated, anna, text="%") == []


def test_an_unknown_filter_and_anothers_unit_are_refused(migrated: Engine) -> None:
    bjorn = viewer_of(migrated, "bjorn")
    for chosen in ({"kind": "cat"}, {"state": "lost"}, {"cursor": "after:|4711"}, {"cursor": "up"}):
        with pytest.raises(InvalidError):
            _names(migrated, bjorn, **chosen)
    kim = _id(migrated, Person, "Kim Kvarn")
    with pytest.raises(InvalidError):
        _names(migrated, bjorn, cursor=f"after:|{kim}")
    for unit in ("Kvarnskolan", "Ekbacka kommun"):
        with pytest.raises(NotFoundError):
            _names(migrated, bjorn, unit_id=_id(migrated, Unit, unit))
        with Session(migrated) as session, pytest.raises(NotFoundError):
            unit_list(session, bjorn, _id(migrated, Unit, unit), SV)
    with Session(migrated) as session, pytest.raises(NotFoundError):
        person_page(session, bjorn, kim, SV)


def test_pages_lose_and_double_nobody_and_hold_no_name(migrated: Engine) -> None:
    bjorn = viewer_of(migrated, "bjorn")
    _pupils(migrated, ["Lika Namn"] * 4 + ["Ada Å", "Ada Ä", "Ada Ö", "Zara Z"])
    _pupils(migrated, ["Okänd Ett", "Okänd Två"], protected=True)
    whole = _names(migrated, bjorn)
    seen: list[str] = []
    cursor: str | None = None
    back: list[str] = []
    with Session(migrated) as session:
        for _ in range(10):
            page = list_people(session, bjorn, PeopleFilter(cursor=cursor, size=3), SV)
            seen += [row.name for row in page.rows]
            if page.next_cursor is None:
                break
            cursor = page.next_cursor
            assert cursor.partition("|")[0] == "after:"
            assert cursor.partition("|")[2].isdecimal()
        back = [row.name for row in page.rows]
        while page.previous_cursor:
            page = list_people(session, bjorn, PeopleFilter(cursor=page.previous_cursor, size=3), SV)
            back = [row.name for row in page.rows] + back
            if len(back) >= len(whole):
                break
    assert seen == whole == back
    assert len(whole) == 13


def test_a_person_has_what_was_handed_out_and_what_was_returned(migrated: Engine) -> None:
    elsa = _id(migrated, Person, "Elsa Ödman")
    own = put_asset(migrated, "EK-1", status=AssetStatus.HANDED_OUT, holder="Elsa Ödman")
    other = put_asset(migrated, "KV-1", unit="Kvarnskolan", status=AssetStatus.LOST, holder="Elsa Ödman")
    with writing(migrated) as session:
        for asset_id, unit in ((own, "Ekbackaskolan"), (other, "Kvarnskolan")):
            unit_id = session.exec(select(Unit.id).where(Unit.name == unit)).one()
            step = {"kind": MovementKind.HANDED_OUT, "at": NOW, "holder_id": elsa, "receipt": f"K-{asset_id}"}
            session.add(Movement(asset_id=asset_id, unit_id=unit_id, **step))
    with Session(migrated) as session:
        page = person_page(session, viewer_of(migrated, "anna"), elsa, SV)
        assert [(one.tag, one.is_here, one.since) for one in page.held] == [
            ("EK-1", True, NOW),
            ("KV-1", False, NOW),
        ]
        assert [event.tag for event in page.events] == ["KV-1", "EK-1"]
        assert (page.to_return, page.may_hand_out, page.may_change) == (1, True, True)
        narrow = person_page(session, viewer_of(migrated, "bjorn"), elsa, SV)
        assert [one.tag for one in narrow.held] == ["EK-1", None]
        assert [event.tag for event in narrow.events] == ["EK-1"]
        assert (narrow.may_hand_out, narrow.may_change) == (True, False)


def test_a_class_list_has_who_left_it_with_something_and_not_who_left_without(migrated: Engine) -> None:
    put_asset(migrated, "EK-1", status=AssetStatus.HANDED_OUT, holder="Elsa Ödman")
    put_asset(migrated, "EK-2", status=AssetStatus.HANDED_OUT, holder="Elsa Ödman")
    put_asset(migrated, "KV-1", unit="Kvarnskolan", status=AssetStatus.HANDED_OUT, holder="Elsa Ödman")
    _leave(migrated, "Elsa Ödman")
    _leave(migrated, "Åke Zetterlund")
    with Session(migrated) as session:
        page = unit_list(session, viewer_of(migrated, "bjorn"), _id(migrated, Unit, "7A"), SV)
    assert [(line.name, line.is_active) for line in page.lines] == [("Elsa Ödman", False)]
    assert [one.tag for one in page.lines[0].held] == ["EK-1", "EK-2", None]
    assert (page.holding, page.is_cut) == (1, False)


@pytest.mark.parametrize("login", ["anna", "bjorn"])
def test_forty_more_cost_no_question_more(migrated: Engine, login: str) -> None:
    viewer, class_id = viewer_of(migrated, login), _id(migrated, Unit, "7A")
    elsa = _id(migrated, Person, "Elsa Ödman")

    def look() -> tuple[int, int, int]:
        with Session(migrated) as session, statements(migrated) as found:
            listed = list_people(session, viewer, PeopleFilter(unit_id=class_id, state="holding"), SV)
            members = unit_list(session, viewer, class_id, SV)
            page = person_page(session, viewer, elsa, SV)
        return len(found), len(listed.rows) + len(members.lines), len(page.held)

    put_asset(migrated, "EK-1", status=AssetStatus.HANDED_OUT, holder="Elsa Ödman")
    few, rows, held = look()
    _pupils(migrated, [f"Elev {n}" for n in range(20)])
    for n in range(20):
        put_asset(migrated, f"N-{n}", status=AssetStatus.HANDED_OUT, holder=f"Elev {n}")
        put_asset(migrated, f"E-{n}", status=AssetStatus.HANDED_OUT, holder="Elsa Ödman")
    assert look() == (few, rows + 40, held + 20)
    assert few <= 12


def test_suggestions_stay_few_and_unmasked(migrated: Engine) -> None:
    _pupils(migrated, [f"Elev {n}" for n in range(20)])
    with Session(migrated) as session:
        found = search(session, viewer_of(migrated, "bjorn"), "elev", SV)
    assert len(found) == MOST
    assert MASK not in [one.name for one in found]
