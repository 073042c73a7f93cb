"""The pages about models: the list with what ends when, the form, merging and bringing back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from sqlmodel import Session, select

from discovery.sighting import DeviceClass
from tests.conftest import NOW
from tracker.db import writing
from tracker.swedish import sort_key
from tracker.tables import Asset, DeviceModel, Finding, Unit
from tracker.words import AssetStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

LIST = "/administration/models"


@pytest.fixture
def models(engine: Engine) -> tuple[int, int]:
    """Two spellings of one camera, the first with a unit in use."""
    with writing(engine) as session:
        found = []
        for vendor, name in (("Axis", "P3245-LV"), ("AXIS", "P3245 LV")):
            key = sort_key(f"{vendor} {name}")
            model = DeviceModel(vendor=vendor, name=name, sort_key=key, device_class=DeviceClass.CAMERA)
            session.add(model)
            session.flush()
            found.append(model.id or 0)
        unit_id = session.exec(select(Unit.id).where(Unit.name == "Kvarnskolan")).one()
        session.add(
            Asset(
                tag="20417",
                status=AssetStatus.IN_USE,
                unit_id=unit_id,
                model_id=found[0],
                sort_key="20417",
                search_key="20417 axis p3245-lv",
                created_at=NOW,
                changed_at=NOW,
            )
        )
    return found[0], found[1]


def _form(**values: str) -> dict[str, str]:
    base = {"request_id": "r1", "version": "1", "vendor": "Axis", "name": "P3245-LV"}
    return {**base, "device_class": "camera", "support": "unasked", **values}


def test_a_passed_date_is_in_the_list_the_bars_and_the_queue_at_once(
    browser: Callable, engine: Engine, models: tuple[int, int]
) -> None:
    anna = browser("anna")
    assert "Inget stöddatum är känt" in anna.get(LIST).text
    form = _form(support="dated", support_ends="2026-11-01", support_basis="axis.com")
    assert anna.post(f"{LIST}/{models[0]}", form).status_code == 303
    page = anna.get(LIST).text
    assert "Har upphört</td>" in page
    assert page.count("<rect") == 10
    assert re.search(r"sön 1 nov</time>.*har upphört", page)
    assert "axis.com" in page
    with Session(engine) as session:
        assert [f.key for f in session.exec(select(Finding))] == ["end_of_life:asset:1"]
    assert anna.get(f"{LIST}?support=passed").text.count("data-row") == 1
    assert anna.get(f"{LIST}?support=passed&q=dell").text.count("data-row") == 0
    assert anna.get(f"{LIST}?support=soon").status_code == 422


def test_a_refused_form_keeps_what_was_typed(browser: Callable, models: tuple[int, int]) -> None:
    answer = browser("anna").post(
        f"{LIST}/{models[0]}", _form(name="Nytt namn", support="dated", support_ends="2027-01-31")
    )
    assert answer.status_code == 422
    for said in ('href="#support_basis"', 'value="Nytt namn"', 'value="2027-01-31"'):
        assert said in answer.text


def test_a_merge_leads_to_the_one_that_stays_and_offers_the_way_back(
    browser: Callable, engine: Engine, models: tuple[int, int]
) -> None:
    anna = browser("anna")
    first, second = models
    page = anna.get(f"{LIST}/{first}").text
    assert "AXIS P3245 LV</option>" in page
    assert "Ta bort modellen" not in page
    answer = anna.post(f"{LIST}/{first}/merge", {"request_id": "m1", "version": "1", "into": ""})
    assert (answer.status_code, 'href="#into"' in answer.text) == (422, True)
    answer = anna.post(f"{LIST}/{first}/merge", {"request_id": "m1", "version": "1", "into": str(second)})
    assert answer.status_code == 303
    page = anna.get(answer.location).text
    assert "en tillgång, 1 i bruk" in page
    gone = re.search(r'name="gone" value="(\d+)"', page)[1]
    answer = anna.post(f"{LIST}/back", {"request_id": "b1", "gone": gone})
    assert answer.status_code == 303
    assert "P3245-LV" in anna.get(answer.location).text
    with Session(engine) as session:
        assert len(session.exec(select(DeviceModel)).all()) == 2


def test_a_model_that_nothing_is_of_is_removed_and_brought_back(
    browser: Callable, models: tuple[int, int]
) -> None:
    anna = browser("anna")
    assert "Ta bort modellen" in anna.get(f"{LIST}/{models[1]}").text
    answer = anna.post(f"{LIST}/{models[1]}/remove", {"request_id": "x1", "version": "1"})
    page = anna.get(answer.location).text
    assert "Modellen är borttagen." in page
    assert "P3245 LV" not in page
    assert anna.post(f"{LIST}/{models[0]}/remove", {"request_id": "x2", "version": "1"}).status_code == 409
