"""The pages that narrow networks: what stands, the form that keeps what was typed, and the way back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from sqlmodel import Session, select

from tests.conftest import NOW
from tracker.db import writing
from tracker.scanning import sync_networks
from tracker.tables import Network, NetworkNarrowing, User

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

    from tracker.config import Config


@pytest.fixture
def lan(engine: Engine, config: Config) -> str:
    with writing(engine) as session:
        sync_networks(session, config.networks, NOW)
    with Session(engine) as session:
        number = session.exec(select(Network.id).where(Network.name == "admin-lan")).one()
    return f"/administration/networks/{number}"


def _form(**values: str) -> dict[str, str]:
    return {"request_id": "r1", "version": "0", "profile": "full", "reason": "Nya switchar", **values}


def test_a_narrowed_network_says_so_everywhere_and_the_undo_takes_it_back(
    browser: Callable, lan: str
) -> None:
    anna = browser("anna")
    assert "full, högst 1\u00a0000 paket/s" in anna.get("/administration/networks").text
    form = _form(profile="gentle", rate="50", never="10.77.1.66", paused_until="2026-12-01")
    assert anna.post(lan, form).status_code == 303
    page = anna.get(lan).text
    for said in (
        "varsam",
        "(config.toml: full)",
        "högst 50 paket/s",
        "10.77.1.66",
        "Nya switchar",
        "Anna Ek",
    ):
        assert said in page
    assert "ons 2 dec 03.15" in page
    assert re.search(r"pausat</span> till och med <time [^>]*>tis 1 dec</time>", page)
    assert "2026-12-01" in anna.get("/administration/networks").text
    scans = anna.get("/scans").text
    assert "2026-12-01" in scans
    assert "Skanna nu" not in scans
    assert anna.post(f"{lan}/undo", {"request_id": "r2", "version": "1"}).status_code == 303
    assert "full, högst 1\u00a0000 paket/s" in anna.get("/administration/networks").text
    assert "Skanna nu" in anna.get("/scans").text


def test_a_form_that_is_refused_keeps_what_was_typed_and_links_to_each_fault(
    browser: Callable, engine: Engine, lan: str
) -> None:
    anna = browser("anna")
    form = _form(rate="5000", never="10.78.0.1", paused_until="i morgon", reason="")
    answer = anna.post(lan, form)
    assert answer.status_code == 422
    assert 'href="#paused_until"' in answer.text
    answer = anna.post(lan, {**form, "paused_until": ""})
    for said in ('href="#rate"', 'href="#never"', 'href="#reason"', 'value="5000"', "10.78.0.1</textarea>"):
        assert said in answer.text
    assert "10.78.0.1 ligger inte i nätet (10.77.1.0/24)." in answer.text
    with Session(engine) as session:
        assert session.exec(select(NetworkNarrowing)).all() == []


def test_what_config_toml_makes_gentle_is_not_called_narrowed(
    browser: Callable, engine: Engine, lan: str
) -> None:
    with writing(engine) as session:
        session.exec(select(Network).where(Network.name == "admin-lan")).one().profile = "gentle"
    anna = browser("anna")
    page = anna.get("/administration/networks").text
    assert "varsam, högst 100 paket/s" in page
    assert "begränsat" not in page
    answer = anna.post(lan, _form(profile="gentle", rate="101"))
    assert "100 paket/s här. Skriv en lägre takt" in answer.text


def test_only_gentler_profiles_are_offered(browser: Callable, engine: Engine, lan: str) -> None:
    anna = browser("anna")
    assert '<option value="full" selected>' in anna.get(lan).text
    with writing(engine) as session:
        network = session.exec(select(Network).where(Network.name == "admin-lan")).one()
        network.profile = "harvest-only"
    page = anna.get(lan).text
    assert '<option value="full"' not in page
    assert '<option value="harvest-only" selected>' in page


def test_a_network_that_left_the_configuration_is_not_found(
    browser: Callable, engine: Engine, lan: str
) -> None:
    with writing(engine) as session:
        sync_networks(session, (), NOW)
    assert browser("anna").get(lan).status_code == 404


def test_in_english_it_says_the_same(browser: Callable, engine: Engine, lan: str) -> None:
    with writing(engine) as session:
        session.exec(select(User).where(User.login == "anna")).one().language = "en"
    page = browser("anna").get(lan).text
    assert "Network admin-lan" in page
    assert "full" in page
    assert "at most 1,000 packets/s" in page
