from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlmodel import Session, col, select

from tests.conftest import NOW, statements, viewer_of
from tracker.db import writing
from tracker.queries import return_box
from tracker.tables import Asset, Movement, Person, Unit
from tracker.words import AssetStatus, Condition, Language, MovementKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

pytestmark = pytest.mark.usefixtures("two_schools")


def _movements(engine: Engine, kind: MovementKind) -> list[Movement]:
    with Session(engine) as session:
        return list(
            session.exec(select(Movement).where(Movement.kind == kind).order_by(col(Movement.id))).all()
        )


def _status(engine: Engine, tag: str) -> AssetStatus:
    with Session(engine) as session:
        return session.exec(select(Asset.status).where(Asset.tag == tag)).one()


def _scan(browser: Any, code: str, request_id: str = "scan-1") -> dict[str, Any]:
    answer = browser.fetch("/returns", {"code": code, "request_id": request_id})
    assert answer.status_code == 200
    return answer.json


def test_school_staff_land_in_the_return_box(browser: Callable) -> None:
    response = browser("bjorn").get("/")
    assert response.headers["Location"] == "/returns"


def test_one_scan_takes_a_device_back_and_shows_whose_it_was(browser: Callable, engine: Engine) -> None:
    answer = _scan(browser("bjorn"), "10481")
    assert answer["kind"] == "fine"
    assert "Elsa Ödman" in answer["card"]
    assert "7A" in answer["card"]
    assert "10481" in answer["row"]
    assert _status(engine, "10481") is AssetStatus.RETURNED


def test_the_four_outcomes_are_told_apart_by_word_and_icon(browser: Callable) -> None:
    bjorn = browser("bjorn")
    seen = []
    for number, code in enumerate(("10481", "10481", "20417", "NOPE12")):
        answer = _scan(bjorn, code, f"scan-{number}")
        seen.append(answer["kind"])
        icons = {"fine": "done", "already": "already", "other_unit": "other", "unknown": "unknown"}
        assert f"icons.svg#{icons[answer['kind']]}" in answer["row"]
        assert answer["said"]
    assert seen == ["fine", "already", "other_unit", "unknown"]


def test_another_schools_device_tells_nothing_of_its_holder(browser: Callable, engine: Engine) -> None:
    answer = _scan(browser("bjorn"), "20417")
    assert "Kim Kvarn" not in str(answer)
    assert _status(engine, "20417") is AssetStatus.HANDED_OUT


def test_a_protected_pupil_is_masked_on_the_card_and_in_the_list(
    browser: Callable, engine: Engine, ids: Callable
) -> None:
    with writing(engine) as session:
        asset = session.exec(select(Asset).where(Asset.tag == "10481")).one()
        asset.holder_id = ids(Person, name="Skyddad Elev")
    bjorn = browser("bjorn")
    assert "Skyddad Elev" not in bjorn.get("/returns").text
    answer = _scan(bjorn, "10481")
    assert "Skyddad Elev" not in str(answer)
    assert "7A" not in re.sub(r'value="[^"]*"', "", answer["card"])  # a token may hold any letters


def test_the_same_send_twice_is_one_return(browser: Callable, engine: Engine) -> None:
    bjorn = browser("bjorn")
    first, second = _scan(bjorn, "10481"), _scan(bjorn, "10481")
    assert first["kind"] == second["kind"] == "fine"
    assert len(_movements(engine, MovementKind.RETURNED)) == 1


def test_who_was_slower_is_told_who_was_first(browser: Callable) -> None:
    _scan(browser("anna"), "10481", "of-anna")
    answer = _scan(browser("bjorn"), "10481", "of-bjorn")
    assert answer["kind"] == "already"
    assert "Anna Ek" in answer["said"]


def test_condition_and_charger_are_noted_on_the_last_return(browser: Callable, engine: Engine) -> None:
    bjorn = browser("bjorn")
    _scan(bjorn, "10481")
    movement = _movements(engine, MovementKind.RETURNED)[-1].id
    worn = bjorn.fetch(
        "/returns/amend", {"movement": movement, "condition": "damaged", "request_id": "amend-1"}
    )
    assert worn.json["was"] == movement
    assert "Skadad" in worn.json["row"]
    movement = _movements(engine, MovementKind.RETURNED)[-1].id
    bare = bjorn.fetch(
        "/returns/amend", {"movement": movement, "charger": "missing", "request_id": "amend-2"}
    )
    assert "Laddare saknas" in bare.json["row"]
    last = _movements(engine, MovementKind.RETURNED)[-1]
    assert (last.condition, last.has_charger) == (Condition.DAMAGED, False)
    assert bjorn.get("/returns").text.count('<li class="row-line') == 1


def test_a_repeated_amendment_does_nothing_twice(browser: Callable, engine: Engine) -> None:
    bjorn = browser("bjorn")
    _scan(bjorn, "10481")
    movement = _movements(engine, MovementKind.RETURNED)[-1].id
    form = {"movement": movement, "condition": "worn", "request_id": "amend-1"}
    answers = [bjorn.fetch("/returns/amend", form) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert len(_movements(engine, MovementKind.RETURNED)) == 2


def test_a_condition_that_is_none_of_ours_changes_nothing(browser: Callable, engine: Engine) -> None:
    bjorn = browser("bjorn")
    _scan(bjorn, "10481")
    movement = _movements(engine, MovementKind.RETURNED)[-1].id
    form = {"movement": movement, "condition": "burnt", "request_id": "amend-1"}
    assert bjorn.fetch("/returns/amend", form).status_code == 422
    assert _status(engine, "10481") is AssetStatus.RETURNED


def test_undo_hands_the_device_out_again(browser: Callable, engine: Engine) -> None:
    bjorn = browser("bjorn")
    _scan(bjorn, "10481")
    movement = _movements(engine, MovementKind.RETURNED)[-1].id
    answer = bjorn.fetch("/returns/undo", {"movement": movement, "request_id": "undo-1"})
    assert answer.json["kind"] == "undone"
    assert _status(engine, "10481") is AssetStatus.HANDED_OUT
    assert bjorn.fetch("/returns/undo", {"movement": movement, "request_id": "undo-2"}).status_code == 409


def test_without_scripts_the_form_answers_with_the_page(browser: Callable, engine: Engine) -> None:
    bjorn = browser("bjorn")
    page = bjorn.post("/returns", {"code": "10481", "request_id": "scan-1"})
    assert page.status_code == 200
    assert 'class="outcome fine"' in page.text
    movement = _movements(engine, MovementKind.RETURNED)[-1].id
    response = bjorn.post("/returns/undo", {"movement": movement, "request_id": "undo-1"})
    assert response.headers["Location"] == "/returns"


def test_an_empty_field_is_said_and_a_form_without_request_id_is_refused(
    browser: Callable, engine: Engine
) -> None:
    bjorn = browser("bjorn")
    assert bjorn.post("/returns", {"code": "  ", "request_id": "scan-1"}).status_code == 422
    assert bjorn.fetch("/returns", {"code": "10481"}).status_code == 422
    assert _movements(engine, MovementKind.RETURNED) == []


def test_what_is_left_is_counted_class_by_class(browser: Callable) -> None:
    bjorn = browser("bjorn")
    before = bjorn.get("/returns").text
    assert 'aria-label="7A, 1 kvar"' in before
    assert "Kim Kvarn" not in before
    assert 'aria-label="7A' not in _scan(bjorn, "10481")["left"]


def _class(engine: Engine) -> int:
    with Session(engine) as session:
        return session.exec(select(Unit.id).where(Unit.name == "7A")).one() or 0


def test_who_is_left_in_a_class_is_asked_for_when_the_class_is_opened(
    browser: Callable, engine: Engine
) -> None:
    bjorn = browser("bjorn")
    where = f"/returns/left/{_class(engine)}"
    box = bjorn.get("/returns").text
    assert f'data-fill="{where}"' in box
    assert "Elsa Ödman" not in box, "no name stands on the page before it is asked for"
    assert "Elsa Ödman" in bjorn.get(where).text
    asked = bjorn.client.get(where, headers={"Accept": "application/json"})
    assert "Elsa Ödman" in asked.json["html"]
    _scan(bjorn, "10481")
    assert "Elsa Ödman" not in bjorn.get(where).text
    assert "Inget är kvar" in bjorn.get(where).text


def test_what_a_protected_person_has_left_stands_under_no_class(
    browser: Callable, engine: Engine, ids: Callable
) -> None:
    with writing(engine) as session:
        asset = session.exec(select(Asset).where(Asset.tag == "10481")).one()
        asset.holder_id = ids(Person, name="Skyddad Elev")
    bjorn = browser("bjorn")
    box = bjorn.get("/returns").text
    assert 'aria-label="7A' not in box
    assert 'aria-label="Skyddade personer, 1 kvar"' in box
    assert "10481" not in bjorn.get(f"/returns/left/{_class(engine)}").text
    alone = bjorn.get("/returns/left/protected").text
    assert "10481" in alone
    assert "Skyddad Elev" not in alone
    assert "7A" not in alone[alone.index("<main") : alone.index("</main")]


def test_a_pile_of_returns_costs_as_many_questions_as_one(browser: Callable, engine: Engine) -> None:
    def asked() -> int:
        viewer = viewer_of(engine, "bjorn")
        with Session(engine) as session, statements(engine) as found:
            return_box.lines_since(session, NOW - timedelta(days=1), viewer, Language.SV)
        return len(found)

    bjorn = browser("bjorn")
    _scan(bjorn, "10481")
    one = asked()
    for number in range(9):
        _scan(bjorn, f"unknown-{number}", f"scan-of-{number}")
    assert asked() == one


def test_a_code_with_markup_is_shown_as_it_was_typed(browser: Callable) -> None:
    answer = _scan(browser("bjorn"), "<img src=x onerror=alert(1)>")
    assert "<img" not in answer["row"] + answer["card"]
    assert "&lt;img" in answer["card"]
