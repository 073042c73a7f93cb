"""R6-R9: what is compared, stored and rendered is never run, and only the right password opens."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from flask import render_template_string
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import Session, select

from tests.web.hostile.conftest import Way, ways
from tracker import passwords
from tracker.config import load
from tracker.db import writing
from tracker.tables import Asset, Device, Finding, LoginSession, Network, Site, Unit, User
from web import create_app
from web.access import logged_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from sqlalchemy import Engine

ROOT = Path(__file__).resolve().parents[3]
PASSWORD = (
    "240610708"  # its MD5 is 0e46...: equal to every other such hash where strings are compared as numbers
)
HASHED = passwords.hash_password(PASSWORD)
NEAR = ("QNKCDZO", "240610708 ", "240610708\x00", "0", "", "24061070", "true", "0e0")


@pytest.mark.parametrize("password", NEAR)
def test_what_is_nearly_the_password_is_not(password: str) -> None:
    assert not passwords.verify(password, HASHED)


@settings(max_examples=25)
@given(st.text(max_size=40).filter(lambda text: text != PASSWORD))
def test_only_the_password_itself_opens(password: str) -> None:
    assert not passwords.verify(password, HASHED)


@pytest.mark.parametrize(
    "hashed", [None, "", "0", PASSWORD, "$argon2id$v=19$m=8,t=1,p=1$", "0e462097431906509019562988736854"]
)
def test_what_is_no_hash_opens_to_nothing(hashed: str | None) -> None:
    assert not any(passwords.verify(password, hashed) for password in (*NEAR, PASSWORD, hashed or ""))


def test_the_right_password_opens_and_a_loose_comparison_would_be_caught() -> None:
    assert passwords.verify(PASSWORD, HASHED)

    def loose(password: str, hashed: str) -> bool:
        return password.strip() == PASSWORD or hashed == password

    assert any(loose(password, HASHED) for password in NEAR)


def test_what_the_configuration_says_stays_text(tmp_path: Path) -> None:
    said = "__import__('os').system('touch ran')"
    path = tmp_path / "config.toml"
    path.write_text(
        f'[[networks]]\nname = "{said}"\ncidr = "10.0.0.0/24"\nsite = "{{{{7*7}}}}"\n', encoding="utf-8"
    )
    network = load(path).networks[0]
    assert (network.name, network.site) == (said, "{{7*7}}")
    assert not (tmp_path / "ran").exists()


BANNED = (
    "import pickle",
    "import marshal",
    "eval(input())",
    "exec(input())",
    "import subprocess\nsubprocess.run(input(), shell=True, check=True)",
    "import yaml\nyaml.load(input())",
    "import xml.etree.ElementTree as tree\ntree.parse('x')",
    "import socket",
)


@pytest.mark.parametrize("line", BANNED)
def test_what_runs_stored_text_is_refused_by_the_linter(line: str, tmp_path: Path) -> None:
    found = subprocess.run(
        [Path(sys.executable).parent / "ruff", "check", "--no-cache", "--config", ROOT / "pyproject.toml",
         "--stdin-filename", "tracker/planted.py", "-"],
        input=f'"""Planted."""\n\n{line}\n', capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    assert any(rule in found.stdout for rule in ("TID251", "S301", "S307", "S102", "S602", "S506", "S314")), (
        found.stdout
    )


def test_a_session_row_is_read_as_data_or_not_at_all(browser: Callable, engine: Engine) -> None:
    anna = browser("anna")
    with writing(engine) as session:
        row = session.exec(select(LoginSession)).one()
        row.data = json.dumps({"_user_id": "1", "py/object": "os.system", "password_mark": "wrong"})
    assert anna.get("/account/alive").status_code == 303


def test_each_start_signs_with_a_key_of_its_own(config: Any, engine: Engine, clock: Any) -> None:
    keys = {create_app(config, engine, clock).config["SECRET_KEY"] for _ in range(3)}
    assert len(keys) == 3
    assert min(map(len, keys)) >= 32


TEMPLATE = "{{7*191}}${7*191}<%= 7*191 %>#{7*191}"
RENDERED = "1337"


def _evaluated(anna: Any, found: list[Way]) -> tuple[int, list[str]]:
    """How many pages showed the text, and which showed what it would be if it were run."""
    shown, wrong = 0, []
    for way in found:
        with anna.get(way.path) as answer:
            said = answer.get_data(as_text=True)
        shown += "7*191" in said
        if RENDERED in said:
            wrong.append(way.path)
    return shown, wrong


def _named_by_a_template(engine: Engine) -> None:
    with writing(engine) as session:
        for table, fields in (
            (Asset, ("name", "note")),
            (Device, ("name", "vendor", "model")),
            (Network, ("name",)),
            (Site, ("name",)),
            (Unit, ("name",)),
            (User, ("name",)),
        ):
            for row in session.exec(select(table)):
                for field in fields:
                    setattr(row, field, f"{TEMPLATE}{row.id}"[:80])
        for finding in session.exec(select(Finding)):
            finding.facts = {**finding.facts, "site": TEMPLATE}


def test_a_name_that_is_a_template_is_shown_and_not_run(
    app: Flask, browser: Callable, engine: Engine, two_schools: dict
) -> None:
    anna = browser("anna")
    _named_by_a_template(engine)
    shown, wrong = _evaluated(anna, list(ways(app, two_schools["own"], "GET")))
    assert wrong == []
    assert shown > 8


def test_a_page_made_of_a_name_would_be_caught(
    app: Flask, browser: Callable, engine: Engine, two_schools: dict
) -> None:
    @logged_in
    def planted() -> str:
        with Session(engine) as session:
            return render_template_string(session.get_one(Asset, two_schools["own"]["asset_id"]).name or "")

    app.add_url_rule("/planted", "planted", planted)
    _named_by_a_template(engine)
    assert _evaluated(browser("anna"), [Way("planted", "GET", "/planted")])[1]


def test_a_query_that_is_a_template_is_shown_and_not_run(browser: Callable) -> None:
    page = browser("anna").post("/search", {"q": TEMPLATE}).text
    assert "7*191" in page
    assert RENDERED not in page
