from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

JSON = {"Accept": "application/json"}

pytestmark = pytest.mark.usefixtures("two_schools")


def test_the_only_hit_is_opened(browser: Callable, two_schools: dict) -> None:
    response = browser("anna").get("/search?q=10481")
    assert response.headers["Location"] == f"/assets/{two_schools['own']['asset_id']}"


def test_hits_come_while_typing_and_lead_somewhere(browser: Callable, two_schools: dict) -> None:
    hits = browser("anna").get("/search?q=10481", headers=JSON).json["hits"]
    assert [(hit["title"], hit["href"]) for hit in hits] == [
        ("10481", f"/assets/{two_schools['own']['asset_id']}")
    ]


def test_a_person_is_found_by_those_who_hand_out(browser: Callable) -> None:
    hits = browser("bjorn").get("/search?q=elsa", headers=JSON).json["hits"]
    assert [hit["title"] for hit in hits] == ["Elsa Ödman"]
    assert hits[0]["href"].startswith("/handovers?holder=")
    assert browser("cecilia").get("/search?q=elsa", headers=JSON).json["hits"] == []


def test_another_schools_things_are_not_found(browser: Callable) -> None:
    bjorn = browser("bjorn")
    for query in ("20417", "kim", "cam-20417"):
        assert bjorn.get("/search", query_string={"q": query}, headers=JSON).json["hits"] == []


def test_who_has_no_rights_finds_nothing(browser: Callable) -> None:
    for query in ("10481", "elsa", "cam"):
        assert browser("david").get("/search", query_string={"q": query}, headers=JSON).json["hits"] == []


def test_nothing_found_is_said_with_what_was_asked(browser: Callable) -> None:
    page = browser("anna").get("/search", query_string={"q": "<b>%_'"})
    assert page.status_code == 200
    assert "&lt;b&gt;" in page.text
    assert "<b>%" not in page.text
