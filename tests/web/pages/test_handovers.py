from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from sqlmodel import Session, select

from tracker.db import writing
from tracker.tables import Asset, Movement, Person
from tracker.words import AssetStatus, MovementKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine


@pytest.fixture
def shelf(engine: Engine, two_schools: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Björn's own device stands on the shelf, the other school's too."""
    with writing(engine) as session:
        for asset in session.exec(select(Asset)).all():
            asset.status, asset.holder_id = AssetStatus.IN_STOCK, None
    return two_schools["own"]


def _handed_out(engine: Engine) -> list[Movement]:
    with Session(engine) as session:
        rows = session.exec(select(Movement).where(Movement.kind == MovementKind.HANDED_OUT)).all()
        return [row for row in rows if row.by_id is not None]


def _give(shelf: dict[str, Any], **more: Any) -> dict[str, Any]:
    form = {
        "do": "hand_out",
        "asset": shelf["asset_id"],
        "holder": shelf["holder_id"],
        "request_id": "give-1",
    }
    return form | more


def test_a_scan_adds_a_device_and_typing_finds_the_person(browser: Callable, shelf: dict) -> None:
    bjorn = browser("bjorn")
    added = bjorn.fetch("/handovers", {"do": "add", "code": "10481"}).json["inside"]
    assert f'name="asset" value="{shelf["asset_id"]}"' in added
    found = bjorn.fetch("/handovers", {"do": "find", "person": "öd"}).json["inside"]
    assert "Elsa Ödman" in found
    picked = bjorn.fetch("/handovers", {"pick": shelf["holder_id"]}).json["inside"]
    assert f'name="holder" value="{shelf["holder_id"]}"' in picked


def test_the_box_has_the_focus_unless_a_fault_is_to_be_read(browser: Callable, shelf: dict) -> None:
    bjorn = browser("bjorn")
    assert re.findall(r'id="(\w+)"[^>]* autofocus', bjorn.get("/handovers").text) == ["code"]
    assert "autofocus" not in bjorn.post("/handovers", _give(shelf, holder="")).text
    assert "autofocus" not in bjorn.fetch("/handovers", {"do": "add", "code": "10481"}).json["inside"]


def test_handing_out_leads_to_a_receipt_with_the_labels_code(
    browser: Callable, shelf: dict, engine: Engine
) -> None:
    bjorn = browser("bjorn")
    response = bjorn.post("/handovers", _give(shelf, charger="yes"))
    assert response.status_code == 303
    number = _handed_out(engine)[0].receipt
    assert response.headers["Location"] == f"/receipts/{number}"
    page = bjorn.get(f"/receipts/{number}").text
    assert "Elsa Ödman" in page
    assert "10481" in page
    picture = bjorn.get(f"/receipts/{number}/code.svg")
    assert picture.mimetype == "image/svg+xml"
    assert "<script" not in picture.text


def test_a_double_click_hands_out_once(browser: Callable, shelf: dict, engine: Engine) -> None:
    bjorn = browser("bjorn")
    places = {bjorn.post("/handovers", _give(shelf)).headers["Location"] for _ in range(2)}
    assert len(places) == 1
    assert len(_handed_out(engine)) == 1


def test_what_is_missing_is_said_beside_its_field_and_nothing_is_lost(browser: Callable, shelf: dict) -> None:
    bjorn = browser("bjorn")
    page = bjorn.post("/handovers", _give(shelf, holder=""))
    assert page.status_code == 422
    assert 'href="#person"' in page.text
    assert f'name="asset" value="{shelf["asset_id"]}"' in page.text
    assert 'href="#code"' in bjorn.post("/handovers", _give(shelf, asset="")).text


def test_a_device_that_is_out_cannot_be_added_or_handed_out(
    browser: Callable, shelf: dict, engine: Engine
) -> None:
    with writing(engine) as session:
        session.exec(select(Asset).where(Asset.tag == "10481")).one().status = AssetStatus.RETIRED
    bjorn = browser("bjorn")
    added = bjorn.fetch("/handovers", {"do": "add", "code": "10481"}).json["inside"]
    assert 'name="asset"' not in added
    assert "10481" in added
    page = bjorn.post("/handovers", _give(shelf))
    assert page.status_code == 409
    assert f'name="holder" value="{shelf["holder_id"]}"' in page.text
    assert _handed_out(engine) == []


def test_another_schools_device_and_pupil_are_not_there(
    browser: Callable, shelf: dict, two_schools: dict, engine: Engine
) -> None:
    bjorn, other = browser("bjorn"), two_schools["other"]
    assert 'name="asset"' not in bjorn.fetch("/handovers", {"do": "add", "code": "20417"}).json["inside"]
    assert "Kim" not in bjorn.fetch("/handovers", {"do": "find", "person": "kim"}).json["inside"]
    assert bjorn.post("/handovers", _give(shelf, asset=other["asset_id"])).status_code == 404
    assert bjorn.post("/handovers", _give(shelf, holder=other["holder_id"])).status_code == 404
    assert bjorn.get(f"/handovers?holder={other['holder_id']}").status_code == 404
    assert _handed_out(engine) == []


def test_a_chosen_device_can_be_taken_away_again(browser: Callable, shelf: dict) -> None:
    form = {"asset": shelf["asset_id"], "remove": shelf["asset_id"]}
    assert 'name="asset"' not in browser("bjorn").fetch("/handovers", form).json["inside"]


def test_a_protected_pupil_is_not_found_by_name(browser: Callable, shelf: dict, ids: Callable) -> None:
    bjorn = browser("bjorn")
    assert "Skyddad Elev" not in bjorn.fetch("/handovers", {"do": "find", "person": "skyddad"}).json["inside"]
    page = bjorn.get(f"/handovers?holder={ids(Person, name='Skyddad Elev')}").text
    assert "Skyddad Elev" not in page
    assert "7A" not in re.sub(r"<[^>]+>", "", page), "the page's own words; a token may hold any letters"


def test_fields_that_the_form_does_not_have_are_not_read(
    browser: Callable, shelf: dict, engine: Engine
) -> None:
    more = {"status": "disposed", "version": 99, "unit_id": 1, "by_id": 1, "receipt": "K-MINE"}
    browser("bjorn").post("/handovers", _give(shelf, **more))
    with Session(engine) as session:
        asset = session.exec(select(Asset).where(Asset.tag == "10481")).one()
        assert (asset.status, asset.version) == (AssetStatus.HANDED_OUT, 2)
    assert _handed_out(engine)[0].receipt != "K-MINE"
