"""The queue: one sentence, why, what can be done; a decision goes on to the next and can be undone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sqlmodel import Session, col, select

from tests.web.conftest import NOW
from tracker.db import writing
from tracker.queries.findings import LISTED
from tracker.swedish import search_key, sort_key
from tracker.tables import Asset, Decision, Finding, Network, Scan, Sighting
from tracker.words import DecisionKind, FindingKind, FindingState, Profile, Purpose, ScanCause, ScanState

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine


def _states(engine: Engine) -> dict[int, FindingState]:
    with Session(engine) as session:
        return {f.id or 0: f.state for f in session.exec(select(Finding).order_by(col(Finding.id)))}


def _decide(browser: Any, finding: object, **more: str) -> Any:
    data = {"finding": f"{finding}:1", "decision": "not_ours", "asked": "Vaktmästaren", "request_id": "r1"}
    return browser.post("/findings/decide", {**data, **more})


def test_a_finding_is_one_sentence_with_its_policy_and_its_deeds(
    browser: Callable, two_schools: dict[str, Any]
) -> None:
    page = browser("anna").get(f"/findings/{two_schools['own']['finding_id']}").text
    assert "Oregistrerad kamera på Ekbackaskolan" in page
    assert "Varför ser jag detta?" in page
    assert "REG-01" in page
    for deed in ("Registrera", "Inte vår", "Ignorera", "Tilldela"):
        assert deed in page


def test_a_finding_of_a_whole_place_shows_no_device_of_another(
    browser: Callable, engine: Engine, two_schools: dict[str, Any]
) -> None:
    own, other = two_schools["own"], two_schools["other"]
    with writing(engine) as session:
        session.add(
            Sighting(
                device_id=other["device_id"],
                network_id=other["network_id"],
                ip="10.0.0.99",
                mac="00:40:8c:00:00:99",
                source="arp",
                first_seen=NOW,
                last_seen=NOW,
            )
        )
        finding = session.get_one(Finding, own["finding_id"])
        finding.kind, finding.device_id = FindingKind.SITE_SILENT, None
        finding.facts = {"site": "Ekbackaskolan", "silent": 9, "usual": 9}
    anna = browser("anna")
    assert "10.0.0.99" in anna.get(f"/findings/{other['finding_id']}").text
    assert "10.0.0.99" not in anna.get(f"/findings/{own['finding_id']}").text


def test_an_empty_queue_says_what_fills_it(browser: Callable) -> None:
    page = browser("anna").get("/findings").text
    assert "Inga avvikelser" in page


def test_an_empty_queue_says_when_the_networks_were_last_looked_at(browser: Callable, engine: Engine) -> None:
    with writing(engine) as session:
        network = Network(
            name="lan", cidrs="10.0.0.0/24", purpose=Purpose.OFFICE, profile=Profile.FULL, is_configured=True
        )
        session.add(network)
        session.flush()
        moments = {"asked_at": NOW, "started_at": NOW, "ended_at": NOW}
        session.add(
            Scan(network_id=network.id, cause=ScanCause.NIGHTLY, state=ScanState.DONE, runner="r", **moments)
        )
    assert "Inga avvikelser. Senaste skanningen slutade" in browser("anna").get("/findings").text


def test_the_filter_stands_in_the_address(browser: Callable, two_schools: dict[str, Any]) -> None:
    page = browser("anna").get("/findings?site=Kvarnskolan").text
    assert "Oregistrerad kamera på Kvarnskolan" in page
    assert "Oregistrerad kamera på Ekbackaskolan" not in page
    none = browser("anna").get("/findings?kind=end_of_life").text
    assert "Inga avvikelser" in none
    assert '<a class="btn plain" href="/findings"><span>Visa alla öppna</span></a>' in none


def test_a_decision_goes_on_to_the_next_with_undo(
    browser: Callable, engine: Engine, two_schools: dict[str, Any]
) -> None:
    anna, own, other = browser("anna"), two_schools["own"]["finding_id"], two_schools["other"]["finding_id"]
    answer = _decide(anna, own, next=str(other), kind="unregistered_iot")
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(f"/findings/{other}?")
    assert "kind=unregistered_iot" in answer.headers["Location"]
    assert _states(engine)[own] is FindingState.DECIDED
    page = anna.get(answer.headers["Location"]).text
    assert "Ångra" in page
    undone = anna.post("/findings/undo", {"batch": "r1"})
    assert undone.headers["Location"] == f"/findings/{own}"
    assert set(_states(engine).values()) == {FindingState.OPEN}


def test_those_that_are_alike_are_listed_when_they_are_asked_for(
    browser: Callable, engine: Engine, two_schools: dict[str, Any]
) -> None:
    own = two_schools["own"]["finding_id"]
    with writing(engine) as session:
        one = session.get_one(Finding, own)
        one.group_key = "alike"
        like = {name: value for name, value in one.model_dump().items() if name not in {"id", "key"}}
        session.add_all(Finding(**like, key=f"{one.key}-{number}") for number in range(LISTED + 2))
    other = two_schools["other"]["finding_id"]
    alone = browser("anna").get(f"/findings/{other}/alike").text
    assert alone.count("alone=yes") == 1
    assert "<h1>Ingen annan avvikelse är likadan</h1>" in alone
    anna = browser("anna")
    where = f"/findings/{own}/alike"
    assert f'data-fill="{where}"' in anna.get(f"/findings/{own}").text
    page = anna.get(where).text
    assert page.count("alone=yes") == LISTED
    assert "och 3 till" in page
    assert f"<h1>{LISTED + 3} likadana avvikelser</h1>" in page
    asked = anna.client.get(where, headers={"Accept": "application/json"})
    assert asked.json["html"].count("<li") == LISTED + 1


def test_one_field_names_a_whole_group(
    browser: Callable, engine: Engine, two_schools: dict[str, Any]
) -> None:
    own, other = two_schools["own"]["finding_id"], two_schools["other"]["finding_id"]
    answer = _decide(browser("anna"), f"{own}:1 {other}")
    assert answer.status_code == 303
    assert set(_states(engine).values()) == {FindingState.DECIDED}
    assert "done=2" in answer.headers["Location"]


def test_a_decision_that_lacks_something_keeps_what_was_written(
    browser: Callable, engine: Engine, two_schools: dict[str, Any]
) -> None:
    own = two_schools["own"]["finding_id"]
    answer = _decide(
        browser("anna"), own, decision="ignored", until="2026-11-01", reason="Byts i vår", shown=str(own)
    )
    assert answer.status_code == 422
    assert "Byts i vår" in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert _states(engine)[own] is FindingState.OPEN


def test_ignoring_needs_its_day_and_keeps_it(
    browser: Callable, engine: Engine, two_schools: dict[str, Any]
) -> None:
    own = two_schools["own"]["finding_id"]
    answer = _decide(browser("anna"), own, decision="ignored", until="2026-12-24", reason="Byts i vår")
    assert answer.status_code == 303
    with Session(engine) as session:
        decision = session.exec(select(Decision)).one()
    assert (decision.kind, str(decision.until)) == (DecisionKind.IGNORED, "2026-12-24")


def test_the_slower_of_two_is_told_who_was_first(browser: Callable, two_schools: dict[str, Any]) -> None:
    own = two_schools["own"]["finding_id"]
    assert _decide(browser("anna"), own).status_code == 303
    slower = _decide(browser("anna"), own, request_id="r2")
    assert slower.status_code == 409
    assert "Anna Ek" in slower.text


def _fields(page: str) -> dict[str, str]:
    inputs = re.findall(r"<input[^>]*\bname=\"([a-z_]+)\"[^>]*?\bvalue=\"([^\"]*)\"", page)
    return dict(inputs)


def test_registering_opens_filled_in_and_closes_the_finding(
    browser: Callable, engine: Engine, two_schools: dict[str, Any]
) -> None:
    anna, own = browser("anna"), two_schools["own"]["finding_id"]
    form = anna.get(f"/findings/{own}/register").text
    assert _fields(form)["name"] == "cam-10481"
    with Session(engine) as session:
        unit = session.exec(select(Asset.unit_id).where(Asset.tag == "10481")).one()
    data = {"tag": "EK-K0099", "device_class": "camera", "unit_id": str(unit), "request_id": "r1"}
    answer = anna.post(f"/findings/{own}/register", {**data, "status": "in_use"})
    assert answer.status_code == 303
    assert "registered=EK-K0099" in answer.headers["Location"]
    assert _states(engine)[own] is FindingState.CLOSED
    assert anna.get(f"/findings/{own}/register").status_code == 404


def test_a_tag_that_is_taken_is_said_beside_its_field(browser: Callable, two_schools: dict[str, Any]) -> None:
    own = two_schools["own"]["finding_id"]
    data = {"tag": "10481", "unit_id": "1", "request_id": "r1", "name": "Kameran vid dörren"}
    answer = browser("anna").post(f"/findings/{own}/register", data)
    assert answer.status_code == 422
    assert "Kameran vid dörren" in answer.text
    assert 'aria-invalid="true"' in answer.text


def test_what_a_device_may_be_is_offered(
    browser: Callable, engine: Engine, two_schools: dict[str, Any]
) -> None:
    own = two_schools["own"]["finding_id"]
    with writing(engine) as session:
        finding = session.get(Finding, own)
        assert finding is not None
        finding.facts = {**finding.facts, "maybe": ["20417"]}
    page = browser("anna").get(f"/findings/{own}").text
    assert "Kan vara" in page
    assert 'href="/a/20417"' in page


def test_what_a_device_says_is_text_and_nothing_else(
    browser: Callable, engine: Engine, two_schools: dict[str, Any]
) -> None:
    own = two_schools["own"]["finding_id"]
    evil = "<img src=x onerror=alert(1)>"
    with writing(engine) as session:
        finding = session.get(Finding, own)
        assert finding is not None
        finding.facts = {**finding.facts, "model": evil, "vendor": evil}
        asset = session.exec(select(Asset).where(Asset.tag == "10481")).one()
        asset.name, asset.search_key, asset.sort_key = evil, search_key(evil), sort_key(evil)
    for path in (f"/findings/{own}", f"/findings/{own}/register", "/assets", "/devices"):
        assert "<img src=x" not in browser("anna").get(path).text
