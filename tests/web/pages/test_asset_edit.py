"""The form of an asset's own fields: filled in, saved, refused with all that was written, and met by someone faster."""

from __future__ import annotations

import html
import re
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from sqlmodel import Session, select

from tracker.db import writing
from tracker.tables import Asset, AssetIdentifier, DeviceModel, Room, Site
from tracker.words import IdentifierKind
from web.forms.assets import FIELDS, merged, price_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine


@pytest.fixture
def own(engine: Engine, two_schools: dict[str, Any]) -> int:
    """The own school's asset, with a value in every field."""
    ids = two_schools["own"]
    with writing(engine) as session:
        asset = session.get_one(Asset, ids["asset_id"])
        asset.model_id, asset.site_id, asset.room_id = ids["model_id"], ids["site_id"], ids["room_id"]
        asset.name, asset.note, asset.price_ore = "Kassan", "Rad ett\nrad två", 499_550
        asset.purchased_on, asset.warranty_ends = date(2025, 3, 1), date(2028, 3, 1)
        for kind, value in (
            (IdentifierKind.SERIAL, "PF3XYZ01"),
            (IdentifierKind.MAC, "a8:23:fe:11:22:33"),
            (IdentifierKind.DOCK_MAC, "a8:23:fe:11:22:44"),
        ):
            session.add(AssetIdentifier(asset_id=asset.id or 0, kind=kind, value=value))
        return asset.id or 0


def _form(page: str) -> dict[str, str]:
    """The form as a browser would send it."""
    body = re.search(r'<form action="/assets/\d+/edit".*?</form>', page, re.DOTALL)
    assert body is not None, page[:500]
    form = body[0]
    found = {}
    for tag in re.findall(r"<input[^>]*>", form):
        parts = dict(re.findall(r'([a-z-]+)="([^"]*)"', tag))
        if parts.get("type") != "checkbox" or " checked" in tag:
            found[parts["name"]] = parts.get("value", "")
    for name, inside in re.findall(r'<select[^>]* name="([a-z_]+)".*?>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', inside)
        found[name] = chosen[1] if chosen else ""
    note = re.search(r"<textarea[^>]*>(.*?)</textarea>", form, re.DOTALL)
    found["note"] = note[1] if note else ""
    return {name: html.unescape(value) for name, value in found.items()}


def _asset(engine: Engine, asset_id: int) -> Asset:
    with Session(engine) as session:
        return session.get_one(Asset, asset_id)


def test_the_form_is_filled_in_and_saving_it_as_it_stands_changes_nothing(
    browser: Callable, engine: Engine, own: int
) -> None:
    anna = browser("anna")
    form = _form(anna.get(f"/assets/{own}/edit").text)
    assert form["name"] == "Kassan"
    assert form["price"] == "4995,50"
    assert form["serials"] == "PF3XYZ01"
    assert form["dock_macs"] == "a8:23:fe:11:22:44"
    assert form["vendor"] == "Axis"
    assert form["purchased_on"] == "2025-03-01"
    answer = anna.post(f"/assets/{own}/edit", form)
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/assets/{own}?saved=no"
    assert _asset(engine, own).version == 1
    assert "Ingenting var ändrat" in anna.get(answer.headers["Location"]).text


def test_what_is_written_is_saved_and_shown_in_the_history(
    browser: Callable, engine: Engine, own: int
) -> None:
    anna = browser("anna")
    page = anna.get(f"/assets/{own}").text
    assert f'href="/assets/{own}/edit"' in page
    form = _form(anna.get(f"/assets/{own}/edit").text)
    with Session(engine) as session:
        hall = session.exec(select(Site.id).where(Site.name == "Stadshuset")).one()
    form |= {"price": "5 000 kr", "place": f"s{hall}", "note": "Ny\r\nrad", "serials": "pf 3xyz 02"}
    form.pop("expected_online")
    answer = anna.post(f"/assets/{own}/edit", form)
    assert answer.status_code == 303, answer.text
    asset = _asset(engine, own)
    assert (asset.price_ore, asset.site_id, asset.room_id) == (500_000, hall, None)
    assert (asset.note, asset.expected_online) == ("Ny\nrad", False)
    shown = anna.get(answer.headers["Location"]).text
    assert "Sparat." in shown
    for field in ("anteckning", "plats", "pris", "serienummer", "ska synas i nätet"):
        assert field in shown
    assert "5\xa0000" in shown


def test_a_room_is_chosen_with_its_site(browser: Callable, engine: Engine, own: int) -> None:
    anna = browser("anna")
    with Session(engine) as session:
        kvarn = session.exec(select(Site.id).where(Site.name == "Kvarnskolan")).one()
        room = session.exec(select(Room.id).where(Room.site_id == kvarn)).one()
    page = anna.get(f"/assets/{own}/edit").text
    assert "Kvarnskolan / B12" in page
    anna.post(f"/assets/{own}/edit", {**_form(page), "place": f"r{room}"})
    asset = _asset(engine, own)
    assert (asset.site_id, asset.room_id) == (kvarn, room)


def test_a_number_or_serial_that_is_taken_is_named_with_a_link_and_nothing_written_is_lost(
    browser: Callable, engine: Engine, own: int, two_schools: dict[str, Any]
) -> None:
    with writing(engine) as session:
        other = two_schools["other"]["asset_id"]
        session.add(AssetIdentifier(asset_id=other, kind=IdentifierKind.SERIAL, value="PF3OTHER"))
    anna = browser("anna")
    form = _form(anna.get(f"/assets/{own}/edit").text)
    wrong = {
        "tag": "20417",
        "serials": "PF3OTHER",
        "name": 'Skrivare "två"',
        "note": "Kvar",
        "purchased_on": "",
    }
    answer = anna.post(f"/assets/{own}/edit", form | wrong)
    assert answer.status_code == 422
    page = answer.text
    assert page.count('<a href="/a/20417">Se 20417</a>') == 2
    assert 'aria-invalid="true"' in page
    assert 'href="#serials"' in page
    again = _form(page)
    assert {name: again[name] for name in wrong} == wrong
    assert again["request_id"] == form["request_id"]
    assert again["version"] == "1"


def test_a_new_number_asks_for_its_label_once(browser: Callable, engine: Engine, own: int) -> None:
    anna = browser("anna")
    form = _form(anna.get(f"/assets/{own}/edit").text) | {"tag": "10481-B"}
    answer = anna.post(f"/assets/{own}/edit", form)
    assert answer.status_code == 422
    assert 'name="relabelled"' in answer.text
    assert anna.post(f"/assets/{own}/edit", _form(answer.text) | {"relabelled": "yes"}).status_code == 303
    assert _asset(engine, own).tag == "10481-B"


def test_a_model_that_is_not_known_is_added_on_asking_only(
    browser: Callable, engine: Engine, own: int
) -> None:
    anna = browser("anna")
    form = _form(anna.get(f"/assets/{own}/edit").text) | {"vendor": "HP", "model": "M507"}
    answer = anna.post(f"/assets/{own}/edit", form)
    assert answer.status_code == 422
    assert "Ingen modell heter HP M507" in answer.text
    more = _form(answer.text) | {"new_model": "yes", "device_class": "printer"}
    assert anna.post(f"/assets/{own}/edit", more).status_code == 303
    with Session(engine) as session:
        model = session.get_one(DeviceModel, _asset(engine, own).model_id)
    assert (model.vendor, model.name, model.device_class.value) == ("HP", "M507", "printer")


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("price", "dyr", "Skriv priset i kronor"),
        ("purchased_on", "i fjol", "i fjol är ingen dag"),
        ("place", "x9", "Platsen finns inte"),
        ("place", "s999999", "Platsen finns inte"),
        ("macs", "nonsense", "nonsense är ingen MAC-adress"),
        ("note", "Elsa 19121212-1212", "personnummer"),
    ],
)
def test_what_cannot_be_read_is_said_and_kept(
    browser: Callable, engine: Engine, own: int, field: str, value: str, said: str
) -> None:
    anna = browser("anna")
    form = _form(anna.get(f"/assets/{own}/edit").text) | {field: value, "name": "Nytt namn"}
    answer = anna.post(f"/assets/{own}/edit", form)
    assert answer.status_code == 422
    assert said in answer.text
    assert f'href="#{field}"' in answer.text
    assert _form(answer.text)["name"] == "Nytt namn"
    assert _asset(engine, own).name == "Kassan"


def test_the_slower_of_two_loses_nothing_and_sees_both(browser: Callable, engine: Engine, own: int) -> None:
    anna, other = browser("anna"), browser("anna")
    mine = _form(anna.get(f"/assets/{own}/edit").text)
    theirs = _form(other.get(f"/assets/{own}/edit").text)
    theirs |= {"name": "Kassan vid entrén", "price": "6000", "expected_online": "yes"}
    assert other.post(f"/assets/{own}/edit", theirs).status_code == 303
    answer = anna.post(f"/assets/{own}/edit", mine | {"name": "Kassan vid köket", "note": "Mitt"})
    assert answer.status_code == 409
    page = answer.text
    assert "Anna Ek ändrade tillgången" in page
    assert "I registret står nu: Kassan vid entrén" in page
    again = _form(page)
    assert again["name"] == "Kassan vid köket"  # both wrote: mine stands, theirs is told
    assert again["note"] == "Mitt"  # only I wrote
    assert again["price"] == "6000"  # only they wrote: saving mine takes nothing of theirs away
    assert "6000" not in re.search(r'role="alert".*?</div>', page, re.DOTALL)[0]
    assert _asset(engine, own).name == "Kassan vid entrén"
    assert anna.post(f"/assets/{own}/edit", again).status_code == 303
    asset = _asset(engine, own)
    assert (asset.name, asset.note, asset.price_ore) == ("Kassan vid köket", "Mitt", 600_000)


def test_both_having_written_the_same_is_no_conflict() -> None:
    opened = dict.fromkeys(FIELDS, "a")
    written, now = opened | {"name": "b", "tag": "c"}, opened | {"name": "b", "note": "d"}
    values, both = merged(written, opened, now)
    assert both == frozenset()
    assert (values["name"], values["tag"], values["note"], values["model"]) == ("b", "c", "d", "a")


@pytest.mark.usefixtures("frida")
def test_another_units_asset_has_no_form(browser: Callable, two_schools: dict[str, Any]) -> None:
    other = two_schools["other"]["asset_id"]
    frida = browser("frida")
    assert frida.get(f"/assets/{other}/edit").status_code == 404
    assert frida.post(f"/assets/{other}/edit", {"request_id": "r1", "price": "x"}).status_code == 404


def test_who_only_looks_is_not_offered_to_change(browser: Callable, own: int) -> None:
    page = browser("cecilia").get(f"/assets/{own}").text
    assert "/edit" not in page
    assert "4\xa0995,5" in page


@pytest.mark.parametrize(("ore", "said"), [(None, ""), (0, "0"), (499_500, "4995"), (499_505, "4995,05")])
def test_a_price_is_written_as_it_is_read(ore: int | None, said: str) -> None:
    assert price_text(ore) == said


def test_all_that_is_wrong_is_said_at_once(
    browser: Callable, engine: Engine, own: int, two_schools: Any
) -> None:
    anna = browser("anna")
    form = _form(anna.get(f"/assets/{own}/edit").text)
    wrong = {"tag": "20417", "price": "gratis", "purchased_on": "i fjol", "place": "x1"}
    answer = anna.post(f"/assets/{own}/edit", form | wrong)
    assert answer.status_code == 422
    for name in wrong:
        assert f'<li><a href="#{name}">' in answer.text
    assert _form(answer.text)["price"] == "gratis"
    assert _asset(engine, own).version == 1
