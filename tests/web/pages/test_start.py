from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tracker.db import writing
from tracker.tables import User

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine


@pytest.mark.usefixtures("two_schools")
def test_a_technician_sees_what_is_open_and_the_way_to_it(browser: Callable) -> None:
    page = browser("anna").get("/").text
    assert "2 öppna avvikelser" in page
    assert 'href="/findings"' in page
    assert "Oregistrerad kamera" in page


@pytest.mark.usefixtures("two_schools")
def test_a_chief_sees_how_things_stand(browser: Callable) -> None:
    page = browser("cecilia").get("/").text
    assert "<h1>Läget</h1>" in page
    assert "2 öppna avvikelser" in page


def test_an_empty_register_says_so_and_offers_the_step(browser: Callable) -> None:
    page = browser("anna").get("/").text
    assert "Inga avvikelser." in page
    assert "Ingen skanning har gått än." in page


def test_who_has_no_rights_is_told_whom_to_ask(browser: Callable) -> None:
    page = browser("david").get("/").text
    assert "kan ge dig behörighet" in page
    assert 'href="/findings"' not in page


@pytest.mark.usefixtures("two_schools")
def test_every_page_has_both_languages(browser: Callable, engine: Engine) -> None:
    from sqlmodel import select

    with writing(engine) as session:
        for user in session.exec(select(User)).all():
            user.language = "en"
    assert "2 open findings" in browser("anna").get("/").text
    assert "Left to return" in browser("bjorn").get("/returns").text
    assert "Recipient" in browser("bjorn").get("/handovers").text
