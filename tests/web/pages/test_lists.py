"""Assets, devices and scans: what the list shows is what the link says and the export gives."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Any

import pytest
from sqlmodel import Session, col, select

from tests.rows import put_asset_into
from tracker.db import writing
from tracker.facts import THIS_MACHINE
from tracker.imports.cells import safe_cell
from tracker.swedish import search_key
from tracker.tables import Device, Scan
from tracker.words import ScanState

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine


def _fill(engine: Engine, count: int, unit: str = "Ekbackaskolan", name: str | None = None) -> None:
    with writing(engine) as session:
        for n in range(count):
            tag = f"X-{n:04d}"
            put_asset_into(session, tag, unit, name=name, search_key=search_key(tag, name or ""))


def _tags(page: str) -> list[str]:
    return [part.split("<")[0] for part in page.split(">") if part.split("<")[0].startswith("X-")]


def test_a_long_list_is_paged_without_losing_or_doubling(browser: Callable, engine: Engine) -> None:
    _fill(engine, 130)
    anna, seen, path = browser("anna"), [], "/assets"
    for _ in range(5):
        page = anna.get(path).text
        seen += _tags(page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        if following is None:
            break
        path = following[1].replace("&amp;", "&")
    assert seen == [f"X-{n:04d}" for n in range(130)]


def test_search_takes_swedish_letters_in_any_case(browser: Callable, engine: Engine) -> None:
    _fill(engine, 1, name="Ålgård ÖSTRA")
    anna = browser("anna")
    assert _tags(anna.get("/assets?q=ålgård+östra").text) == ["X-0000"]
    assert _tags(anna.get("/assets?q=algard").text) == []


def test_an_unknown_filter_is_a_sentence(browser: Callable) -> None:
    answer = browser("anna").get("/assets?status=brinner")
    assert answer.status_code in {200, 422}
    assert "brinner" in answer.text or answer.status_code == 200


def _rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))


def test_the_export_is_what_the_list_shows_and_no_more(
    browser: Callable, engine: Engine, two_schools: dict[str, Any]
) -> None:
    _fill(engine, 130)
    everything = _rows(browser("anna").get("/assets.csv").text)
    assert len(everything) == 1 + 130 + 2
    assert {row[0] for row in _rows(browser("anna").get("/assets.csv?status=handed_out").text)[1:]} == {
        "10481",
        "20417",
    }
    own = {row[0] for row in _rows(browser("bjorn").get("/assets.csv").text)[1:]}
    assert "20417" not in own
    assert "10481" in own


@pytest.mark.parametrize(
    "cell", ["=1+1", "+46", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", ";=1", '"=1', "\uff1d1"]
)
def test_no_cell_of_an_export_is_a_formula(cell: str) -> None:
    assert safe_cell(cell) == f"'{cell}"
    assert safe_cell("EK-C0001") == "EK-C0001"


def test_an_asset_shows_its_history_and_its_findings(browser: Callable, two_schools: dict[str, Any]) -> None:
    page = browser("bjorn").get(f"/assets/{two_schools['own']['asset_id']}").text
    assert "utlämnad" in page.casefold()
    assert "Elsa Ödman" in page
    assert f"/receipts/{two_schools['own']['number']}" in page


def test_a_label_leads_to_its_asset(browser: Callable, two_schools: dict[str, Any]) -> None:
    anna = browser("anna")
    assert anna.get("/a/10481").headers["Location"].endswith(f"/assets/{two_schools['own']['asset_id']}")
    assert anna.get("/a/nothing").status_code == 404


def test_devices_are_listed_by_whether_they_are_registered(
    browser: Callable, engine: Engine, two_schools: dict[str, Any]
) -> None:
    anna = browser("anna")
    assert "cam-10481" in anna.get("/devices").text
    assert "cam-10481" in anna.get("/devices?network=NET-10481").text
    assert "cam-10481" not in anna.get("/devices?network=NET-20417").text
    assert (
        '<a class="btn plain" href="/devices"><span>Visa alla</span></a>'
        in anna.get("/devices?q=no-such").text
    )
    page = anna.get(f"/devices/{two_schools['own']['device_id']}").text
    assert "kamera" in page.casefold()
    assert "datorn som Enhetskoll skannar från" not in page
    with writing(engine) as session:
        session.get_one(Device, two_schools["own"]["device_id"]).flags = [THIS_MACHINE]
    page = anna.get(f"/devices/{two_schools['own']['device_id']}").text
    assert "Den här enheten är datorn som Enhetskoll skannar från." in page


def test_a_scan_is_asked_for_once_and_told_to_stop(
    browser: Callable, engine: Engine, two_schools: dict[str, Any]
) -> None:
    anna, network = browser("anna"), two_schools["own"]["network_id"]
    with writing(engine) as session:
        from tracker.tables import Network

        session.get_one(Network, network).is_configured = True
    first = anna.post(f"/networks/{network}/scan").headers["Location"]
    assert anna.post(f"/networks/{network}/scan").headers["Location"] == first
    assert "Stoppa" in anna.get(first).text
    anna.post(f"{first}/stop")
    with Session(engine) as session:
        last = session.exec(select(Scan).order_by(col(Scan.id).desc())).first()
    assert last is not None
    assert last.state is ScanState.STOPPED
    assert anna.get(f"{first}/now").status_code == 200


def test_the_list_of_a_unit_is_what_is_there_and_below(
    browser: Callable, engine: Engine, two_schools: dict[str, Any]
) -> None:
    _fill(engine, 60)
    own, other = two_schools["own"]["unit_id"], two_schools["other"]["unit_id"]
    anna = browser("anna")
    page = anna.get(f"/assets?unit={own}").text
    assert "Hos Ekbackaskolan och det som ligger under." in page
    assert (len(_tags(page)), "20417" in page) == (49, False)
    assert f'name="unit" value="{own}"' in page
    following = re.search(r'rel="next" href="([^"]+)"', page)
    assert following is not None
    assert len(_tags(anna.get(following[1].replace("&amp;", "&")).text)) == 11
    rows = anna.get(f"/assets.csv?unit={other}").get_data(as_text=True)
    assert "20417" in rows
    assert "X-0000" not in rows
    bjorn = browser("bjorn")
    assert bjorn.get(f"/assets?unit={own}").status_code == 200
    assert bjorn.get(f"/assets?unit={other}").status_code == 404
    assert anna.get("/assets?unit=4711").status_code == 404


@pytest.mark.parametrize("said", ["x", "-1", "1 or 1", "9" * 30])
def test_what_is_no_unit_is_a_sentence(said: str, browser: Callable) -> None:
    answer = browser("anna").get(f"/assets?unit={said}")
    assert answer.status_code == 422


def test_a_units_page_leads_to_its_assets(
    browser: Callable, engine: Engine, two_schools: dict[str, Any]
) -> None:
    _fill(engine, 2)
    own = two_schools["own"]["unit_id"]
    page = browser("anna").get(f"/administration/units/{own}").text
    assert re.search(rf'<a href="/assets\?unit={own}">.*3 tillgångar här och under</a>', page)
