"""The settings' page: what may be set is set once and journalled; config.toml is told without its secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlmodel import Session, select

from tests.conftest import NOW, viewer_of
from tracker import settings
from tracker.config import load
from tracker.config_shown import sections
from tracker.db import reading, writing
from tracker.errors import NotFoundError, StaleError
from tracker.facts import Patience
from tracker.movements.settings import ChangeSettings, change_settings
from tracker.register import read_world
from tracker.settings import RegisterSettings
from tracker.tables import Grant, JournalEntry, Role, Setting, Unit, User
from tracker.words import Language, RoleName
from web import create_app

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from flask.testing import FlaskClient
    from sqlalchemy import Engine

PAGE = "/administration/settings"
SECRETS = (
    "kommun-hemlig",
    "auth-hemlig-nyckel",
    "priv-hemlig-nyckel",
    "db-hemlig",
    "a-token-of-twenty-or-more",
)
CONFIG = f"""
[snmp]
communities = ["{SECRETS[0]}"]
[[snmp.users]]
user = "enhetskoll"
auth_protocol = "SHA-256"
auth_key = "{SECRETS[1]}"
priv_protocol = "AES-128"
priv_key = "{SECRETS[2]}"
[database]
url = "postgresql://enhetskoll:{SECRETS[3]}@db.kommunen.example/enhetskoll?sslpassword={SECRETS[3]}"
[schedule]
nightly = "04:20"
[web]
metrics_token = "{SECRETS[4]}"
hosts = ["enhetskoll.kommunen.example"]
"""


def _administrator(engine: Engine, login: str, unit: str) -> None:
    with writing(engine) as session:
        user = User(login=login, name=f"{login.title()} Berg", created_at=NOW)
        session.add(user)
        session.flush()
        role_id = session.exec(select(Role.id).where(Role.name == RoleName.ADMINISTRATOR.value)).one()
        unit_id = session.exec(select(Unit.id).where(Unit.name == unit)).one()
        session.add(Grant(user_id=user.id, role_id=role_id, unit_id=unit_id))


@pytest.fixture
def erik(engine: Engine) -> str:
    """Administrator over all."""
    _administrator(engine, "erik", "Ekbacka kommun")
    return "erik"


def _form(**values: str) -> dict[str, str]:
    base = {"request_id": "r1", "municipality": "Ekbacka kommun", "was": "Ekbacka kommun"}
    days = {"fixed_days": "7", "carried_days": "30"}
    return {**base, **days, "default_language": "", "version_default_language": "0", **values}


def test_the_name_and_the_language_are_changed_and_journalled_once(
    browser: Callable, engine: Engine, erik: str, stranger: FlaskClient
) -> None:
    who = browser(erik)
    form = _form(municipality="Ekbacka", default_language="en")
    for _ in range(2):
        assert who.post(PAGE, form).status_code == 303
    page = who.get(PAGE).text
    assert 'value="Ekbacka"' in page
    assert '<option value="en" selected>' in page
    with Session(engine) as session:
        (entry,) = session.exec(
            select(JournalEntry).where(JournalEntry.what == "setting:values:change")
        ).all()
    assert entry.facts == {
        "municipality": {"before": "Ekbacka kommun", "after": "Ekbacka"},
        "default_language": {"before": None, "after": "en"},
    }
    swedish = {"Accept-Language": "sv"}
    assert "Log in" in stranger.get("/login", headers=swedish).text
    again = _form(municipality="Ekbacka", was="Ekbacka", request_id="r2", version_default_language="1")
    assert who.post(PAGE, again).status_code == 303
    assert "Logga in" in stranger.get("/login", headers=swedish).text


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"municipality": " "}, "municipality"),
        ({"default_language": "de"}, "default_language"),
        ({"fixed_days": "0"}, "fixed_days"),
        ({"carried_days": "731"}, "carried_days"),
        ({"carried_days": "en vecka"}, "carried_days"),
    ],
)
def test_what_cannot_be_taken_stands_beside_its_field(
    browser: Callable, engine: Engine, erik: str, values: dict[str, str], field: str
) -> None:
    answer = browser(erik).post(PAGE, _form(**values))
    assert (answer.status_code, f'href="#{field}"' in answer.text) == (422, True)
    with Session(engine) as session:
        assert session.exec(select(Setting)).all() == []


def _change(engine: Engine, login: str, request_id: str = "r1", **values: Any) -> None:
    base: dict[str, Any] = {"municipality": "Ekbacka kommun", "was": "Ekbacka kommun", "versions": {}}
    base["settings"] = RegisterSettings(default_language=Language.EN)
    command = ChangeSettings(**{**base, **values}, request_id=request_id)
    with writing(engine) as session:
        change_settings(session, command, by=viewer_of(engine, login), now=NOW)


def test_of_two_at_once_one_is_told_who_was_first(engine: Engine, erik: str) -> None:
    _change(engine, erik, municipality="Ekbacka")
    late = {"settings": RegisterSettings(default_language=Language.SV)}
    for values in ({"was": "Ekbacka", "municipality": "Ekbacka", **late}, {"municipality": "Annat"}):
        with pytest.raises(StaleError) as caught:
            _change(engine, erik, "r2", **values)
        assert caught.value.data["who"] == "Erik Berg"


def test_the_days_of_silence_reach_the_rules(browser: Callable, engine: Engine, erik: str) -> None:
    assert browser(erik).post(PAGE, _form(fixed_days="14", carried_days="60")).status_code == 303
    with reading(engine) as session:
        assert read_world(session, (), NOW).patience == Patience(14, 60)
        assert {row.key for row in session.exec(select(Setting))} == {"fixed_days", "carried_days"}


def test_an_administrator_of_one_school_does_not_set_what_is_everyones(engine: Engine) -> None:
    _administrator(engine, "gun", "Ekbackaskolan")
    with pytest.raises(NotFoundError):
        _change(engine, "gun")


def test_a_setting_of_another_version_is_passed_over(engine: Engine) -> None:
    with writing(engine) as session:
        session.add(Setting(key="default_language", value="tlh", changed_at=NOW))
        session.add(Setting(key="of_the_future", value=7, changed_at=NOW))
    with reading(engine) as session:
        assert settings.read(session) == RegisterSettings()


def test_the_configuration_is_told_and_no_secret_of_it(
    browser: Callable, engine: Engine, erik: str, tmp_path: Path, clock: Callable
) -> None:
    path = tmp_path / "told.toml"
    path.write_text(CONFIG)
    who = browser(erik)
    who.client.application = create_app(load(path), engine, clock)
    page = who.get(PAGE).text
    for said in (
        str(path),
        "04:20",
        "enhetskoll.kommunen.example",
        "postgresql://enhetskoll:***@db.kommunen.example",
    ):
        assert said in page
    assert [secret for secret in SECRETS if secret in page] == []
    snmp = page.split("[snmp]")[1].split("</section>")[0]
    assert snmp.count("finns") == 2
    assert "finns" in page.split("metrics_token")[1][:40]


def test_a_key_that_nobody_has_called_harmless_is_only_said_to_be_there(tmp_path: Path) -> None:
    path = tmp_path / "told.toml"
    path.write_text(CONFIG)
    shown = {(s.name, one.key): one for s in sections(load(path)) for one in s.keys}
    assert shown["snmp", "communities"].value is None
    assert shown["snmp", "communities"].is_there
    assert not shown["web", "certificate"].is_there
    assert shown["schedule", "nightly"].value == "04:20"
