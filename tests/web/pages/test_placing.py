"""Seen somewhere else: the answer in the queue, its undo line, and the same answer by a program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlmodel import Session, select

from tests.conftest import NOW
from tests.web.api.conftest import program
from tracker.db import writing
from tracker.tables import Asset, Device, Finding, Sighting, Site
from tracker.words import FindingKind, FindingState, Permission, Severity

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

__all__ = ["program"]


@pytest.fixture
def moved(engine: Engine, two_schools: dict[str, Any]) -> int:
    """A finding: the own school's unit is seen at the other school."""
    with writing(engine) as session:
        asset = session.get_one(Asset, two_schools["own"]["asset_id"])
        there = session.exec(select(Site.id).where(Site.name == "Kvarnskolan")).one()
        finding = Finding(
            key=f"moved:asset:{asset.id}",
            kind=FindingKind.MOVED,
            rule="TRF-03",
            severity=Severity.LOW,
            state=FindingState.OPEN,
            asset_id=asset.id,
            network_id=two_schools["other"]["network_id"],
            unit_id=asset.unit_id,
            facts={
                "class": "chromebook",
                "tag": asset.tag,
                "home": "Ekbackaskolan",
                "site": "Kvarnskolan",
                "site_id": there,
                "since": NOW.isoformat(),
            },
            since=NOW,
            changed_at=NOW,
        )
        session.add(finding)
        session.flush()
        return finding.id or 0


def _stands(engine: Engine, finding_id: int) -> tuple[str | None, FindingState]:
    """The registered place of the finding's asset, and how the finding stands."""
    with Session(engine) as session:
        finding = session.get_one(Finding, finding_id)
        asset = session.get_one(Asset, finding.asset_id)
        site = session.get(Site, asset.site_id) if asset.site_id is not None else None
        return site.name if site is not None else None, finding.state


def _correct(who: Any, finding_id: int, **more: str) -> Any:
    data = {"finding": f"{finding_id}:1", "request_id": "r1", **more}
    return who.post("/findings/correct-place", data)


def test_the_place_is_corrected_in_one_click_and_the_queue_goes_on(
    browser: Callable, engine: Engine, moved: int, two_schools: dict[str, Any]
) -> None:
    anna, following = browser("anna"), two_schools["own"]["finding_id"]
    page = anna.get(f"/findings/{moved}").text
    assert "Rätta platsen" in page
    assert "på Kvarnskolan, utan rum" in page
    assert "Verksamheten som ansvarar är fortfarande Ekbackaskolan" in page
    answer = _correct(anna, moved, next=str(following), kind="moved")
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(f"/findings/{following}?")
    assert _stands(engine, moved) == ("Kvarnskolan", FindingState.CLOSED)
    assert "Platsen är rättad." in anna.get(answer.headers["Location"]).text
    undone = anna.post("/findings/undo", {"batch": "r1"})
    assert undone.headers["Location"] == f"/findings/{moved}"
    assert _stands(engine, moved) == (None, FindingState.OPEN)


def test_where_the_asset_was_seen_is_its_evidence(
    browser: Callable, engine: Engine, moved: int, two_schools: dict[str, Any]
) -> None:
    other = two_schools["other"]
    with writing(engine) as session:
        session.get_one(Device, other["device_id"]).asset_id = two_schools["own"]["asset_id"]
        network_id, device_id = other["network_id"], other["device_id"]
        session.add(
            Sighting(
                device_id=device_id,
                network_id=network_id,
                ip="10.0.1.77",
                source="arp",
                first_seen=NOW,
                last_seen=NOW,
            )
        )
    assert "10.0.1.77" in browser("anna").get(f"/findings/{moved}").text


def test_another_kind_of_finding_offers_no_place(browser: Callable, two_schools: dict[str, Any]) -> None:
    own = two_schools["own"]["finding_id"]
    anna = browser("anna")
    assert 'action="/findings/correct-place"' not in anna.get(f"/findings/{own}").text
    assert _correct(anna, own).status_code == 409


@pytest.mark.usefixtures("frida")
def test_another_units_finding_is_not_there(browser: Callable, engine: Engine, moved: int) -> None:
    with writing(engine) as session:
        asset = session.exec(select(Asset).where(Asset.tag == "20417")).one()
        finding = session.get_one(Finding, moved)
        finding.unit_id, finding.asset_id = asset.unit_id, asset.id
    assert _correct(browser("frida"), moved).status_code == 404
    assert _stands(engine, moved) == (None, FindingState.OPEN)


def test_a_program_corrects_the_place_and_takes_it_back(
    program: Callable, engine: Engine, moved: int
) -> None:
    own = program("anna")
    made = own.post(f"/findings/{moved}/correct-place", {"version": 1}, key="correct-0001")
    assert made.status_code == 200
    again = own.post(f"/findings/{moved}/correct-place", {"version": 1}, key="correct-0001")
    assert again.json == made.json
    assert _stands(engine, moved) == ("Kvarnskolan", FindingState.CLOSED)
    undone = own.post("/decisions/undo", {"batch": made.json["batch"]})
    assert undone.json == {"findings": [moved]}
    assert _stands(engine, moved) == (None, FindingState.OPEN)


def test_a_program_that_may_not_change_assets_corrects_nothing(
    program: Callable, engine: Engine, moved: int
) -> None:
    decides = program("anna", {Permission.FINDING_VIEW, Permission.FINDING_DECIDE})
    assert decides.post(f"/findings/{moved}/correct-place", {"version": 1}).status_code == 404
    assert _stands(engine, moved) == (None, FindingState.OPEN)


def test_a_board_that_moved_leads_to_the_asset_that_the_register_has_it_on(
    browser: Callable, engine: Engine, moved: int, two_schools: dict[str, Any]
) -> None:
    number = two_schools["own"]["asset_id"]
    with writing(engine) as session:
        finding = session.get_one(Finding, moved)
        finding.kind, finding.rule = FindingKind.CONFLICTING, "REG-03"
        said = {"claim": "board", "value": "a8:23:fe:11:22:33", "first_value": "S1", "second_value": "S2"}
        finding.facts = {**finding.facts, **said}
    page = browser("anna").get(f"/findings/{moved}").text
    assert "har MAC-adressen till 10481 (a8:23:fe:11:22:33) men ett annat serienummer: S2, inte S1." in page
    assert f'href="/assets/{number}/edit"' in page
    assert "rätta serienumret på den" in page
