"""R23: a secret of the configuration is shown nowhere (CVE-2021-3130, NetBox #18007); a pupil's name stands in no address."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
from sqlmodel import Session, select
from typer.testing import CliRunner

from tests.web.hostile.conftest import Way, rows_of, ways
from tracker import cli
from tracker.config import load
from tracker.errors import ConfigError
from tracker.tables import Person
from web import create_app
from web.access import logged_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from flask import Flask
    from sqlalchemy import Engine

SECRETS = ("sentinel-community", "sentinel-auth-key", "sentinel-priv-key", "sentinel-metrics-token")
CONFIG = """
[[networks]]
name = "admin-lan"
cidr = "10.77.1.0/24"
[snmp]
communities = ["sentinel-community"]
[[snmp.users]]
user = "enhetskoll"
auth_protocol = "SHA-256"
auth_key = "sentinel-auth-key"
priv_protocol = "AES-128"
priv_key = "sentinel-priv-key"
[web]
metrics_token = "sentinel-metrics-token"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "secret.toml"
    path.write_text(CONFIG, encoding="utf-8")
    return path


@pytest.fixture
def guarded(file: Path, engine: Engine, clock: Callable) -> Flask:
    app = create_app(load(file), engine, clock)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app


def _shown(anna: Any, found: list[Way], secrets: tuple[str, ...]) -> list[str]:
    wrong = []
    for way in found:
        with anna.client.open(way.path, method=way.method, data={"csrf_token": anna.csrf}) as answer:
            said = answer.get_data(as_text=True) + str(answer.headers)
        wrong += [f"{way.path} shows {secret}" for secret in secrets if secret in said]
    return wrong


def _crash() -> str:
    raise RuntimeError(f"could not use {SECRETS[0]}")


def test_no_page_error_log_or_row_holds_a_secret(
    guarded: Flask, engine: Engine, browser: Callable, two_schools: dict, caplog: pytest.LogCaptureFixture
) -> None:
    anna = browser("anna")
    anna.client.application = guarded
    found = [*ways(guarded, two_schools["own"], "GET"), *ways(guarded, two_schools["own"], "POST")]
    caplog.set_level(logging.DEBUG)
    assert _shown(anna, found, SECRETS) == []
    assert [secret for secret in SECRETS if secret in caplog.text] == []
    assert [secret for secret in SECRETS if secret in repr(rows_of(engine, without=frozenset()))] == []


def test_a_crash_that_names_a_secret_does_not_show_it(guarded: Flask, browser: Callable) -> None:
    guarded.add_url_rule("/crash", "crash", logged_in(_crash))
    anna = browser("anna")
    anna.client.application = guarded
    assert anna.get("/crash").status_code == 500
    assert _shown(anna, [Way("crash", "GET", "/crash")], SECRETS) == []


def test_a_page_that_shows_its_configuration_would_be_caught(guarded: Flask, browser: Callable) -> None:
    config = guarded.extensions["enhetskoll"].config
    guarded.add_url_rule("/planted", "planted", logged_in(lambda: str(config.web.metrics_token)))
    anna = browser("anna")
    anna.client.application = guarded
    assert _shown(anna, [Way("planted", "GET", "/planted")], SECRETS)


def test_a_configuration_is_printed_without_its_secrets(file: Path) -> None:
    said = repr(load(file))
    assert [secret for secret in SECRETS if secret in said] == []


@pytest.mark.parametrize("key", ["auth_protocol", "priv_protocol", "communities"])
def test_a_complaint_does_not_repeat_a_secret(file: Path, key: str) -> None:
    wrong = CONFIG.replace(f"{key} = ", f"{key}x = ").replace('"SHA-256"', '"sentinel-auth-key"')
    file.write_text(wrong, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(file)
    said = " ".join(str(complaint) for complaint in caught.value.complaints)
    assert [secret for secret in SECRETS if secret in said] == []


@pytest.mark.parametrize(
    "wrong",
    ['[database]\nurl = "mysql://u:sentinel-auth-key@h/d"', '[web]\nmetrics_token = "sentinel-short"'],
)
def test_a_complaint_about_a_value_does_not_repeat_what_may_be_a_secret(file: Path, wrong: str) -> None:
    file.write_text(wrong, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(file)
    assert "sentinel" not in str(caught.value.complaints)


def test_the_plan_of_a_scan_names_no_secret(file: Path, engine: Engine) -> None:
    del engine
    said = CliRunner().invoke(cli.build(), ["scan", "--plan", "--config", str(file)])
    assert [secret for secret in SECRETS if secret in said.output + repr(said.exception)] == []


def _addresses(page: str) -> list[str]:
    return [part.split('"')[0] for part in page.split('href="')[1:] + page.split('action="')[1:]]


def _named_in_addresses(who: Any, found: list[Way], names: set[str]) -> list[str]:
    wrong = []
    for way in found:
        with who.get(way.path) as answer:
            links = [*_addresses(answer.get_data(as_text=True)), answer.headers.get("Location", "")]
        wrong += [f"{way.path}: {link}" for link in links for name in names if name in link]
    return wrong


def test_no_address_on_any_page_holds_a_name(
    app: Flask, browser: Callable, engine: Engine, pages: Callable
) -> None:
    app.add_url_rule("/planted", "planted", logged_in(lambda: '<a href="/people?name=Elsa Ödman">'))
    found = pages("GET")
    planted = [way for way in found if way.endpoint == "planted"]
    ours = [way for way in found if way.endpoint != "planted"]
    with Session(engine) as session:
        names = {part for name in session.exec(select(Person.name)) for part in name.split() if len(part) > 3}
    assert "Ödman" in names
    for login in ("anna", "bjorn"):
        assert _named_in_addresses(browser(login), ours, names) == []
    assert _named_in_addresses(browser("anna"), planted, names)
