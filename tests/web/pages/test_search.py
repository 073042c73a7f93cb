from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

JSON = {"Accept": "application/json"}

pytestmark = pytest.mark.usefixtures("two_schools")


def test_the_only_hit_is_opened(browser: Callable, two_schools: dict) -> None:
    response = browser("anna").post("/search", {"q": "10481"})
    assert response.headers["Location"] == f"/assets/{two_schools['own']['asset_id']}"


def test_hits_come_while_typing_and_lead_somewhere(browser: Callable, two_schools: dict) -> None:
    hits = browser("anna").fetch("/search", {"q": "10481"}).json["hits"]
    assert [(hit["title"], hit["href"]) for hit in hits] == [
        ("10481", f"/assets/{two_schools['own']['asset_id']}")
    ]


def test_a_person_is_found_by_those_who_hand_out(browser: Callable) -> None:
    hits = browser("bjorn").fetch("/search", {"q": "elsa"}).json["hits"]
    assert [hit["title"] for hit in hits] == ["Elsa Ödman"]
    assert hits[0]["href"].startswith("/handovers?holder=")
    assert browser("cecilia").fetch("/search", {"q": "elsa"}).json["hits"] == []


def test_another_schools_things_are_not_found(browser: Callable) -> None:
    bjorn = browser("bjorn")
    for query in ("20417", "kim", "cam-20417"):
        assert bjorn.fetch("/search", {"q": query}).json["hits"] == []


def test_who_has_no_rights_finds_nothing(browser: Callable) -> None:
    for query in ("10481", "elsa", "cam"):
        assert browser("david").fetch("/search", {"q": query}).json["hits"] == []


def test_nothing_found_is_said_with_what_was_asked(browser: Callable) -> None:
    page = browser("anna").post("/search", {"q": "<b>%_'"})
    assert page.status_code == 200
    assert "&lt;b&gt;" in page.text
    assert "<b>%" not in page.text


def test_an_address_finds_things_but_never_people(browser: Callable, two_schools: dict) -> None:
    bjorn = browser("bjorn")
    assert bjorn.get("/search?q=elsa", headers=JSON).json["hits"] == []
    assert bjorn.get("/search?q=10481").headers["Location"] == f"/assets/{two_schools['own']['asset_id']}"


def test_what_was_asked_stands_in_no_address_and_no_title(browser: Callable) -> None:
    page = browser("bjorn").post("/search", {"q": "elsa okänd"})
    assert page.request.path == "/search"
    assert not page.request.query_string
    assert "elsa" not in page.text[: page.text.index("</title>")]
    assert 'action="/search" method="post"' in page.text
