from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from flask_wtf.csrf import generate_csrf
from sqlmodel import Session, select

from tracker.db import writing
from tracker.passwords import hash_password
from tracker.tables import LoginSession, User

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from flask.testing import FlaskClient
    from sqlalchemy import Engine
    from werkzeug.test import TestResponse

PASSWORD = "en lång och hemlig mening"


@pytest.fixture
def passwords(engine: Engine) -> None:
    """Everyone's password is the same sentence; hashing is slow on purpose, so it is done once."""
    hashed = hash_password(PASSWORD)
    with writing(engine) as session:
        for user in session.exec(select(User)).all():
            user.password_hash = hashed


def _log_in(client: FlaskClient, login: str, password: str = PASSWORD, **more: Any) -> TestResponse:
    headers = more.pop("headers", None)
    with client:
        client.get("/login")
        token = generate_csrf()
    data = {"login": login, "password": password, "csrf_token": token, **more}
    return client.post("/login", data=data, headers=headers)


@pytest.mark.usefixtures("passwords")
def test_who_logs_in_goes_on_where_they_were_going(stranger: FlaskClient) -> None:
    response = _log_in(stranger, "Anna", next="/account/alive?x=1")
    assert response.status_code == 303
    assert response.headers["Location"] == "/account/alive?x=1"
    assert stranger.get("/account/alive").status_code == 200


@pytest.mark.usefixtures("passwords")
@pytest.mark.parametrize(
    "target", ["//evil.example", r"/\evil.example", "https:evil.example", "/\t/evil.example"]
)
def test_nobody_is_sent_off_the_site(stranger: FlaskClient, target: str) -> None:
    assert _log_in(stranger, "anna", next=target).headers["Location"] == "/"
    assert stranger.get("/login", query_string={"next": target}).headers["Location"] == "/"


@pytest.mark.usefixtures("passwords")
def test_the_session_changes_its_id_at_login(stranger: FlaskClient, engine: Engine) -> None:
    stranger.get("/login")
    before = stranger.get_cookie("enhetskoll").value
    _log_in(stranger, "anna")
    after = stranger.get_cookie("enhetskoll").value
    assert before != after
    with Session(engine) as session:
        assert [row.user_id is not None for row in session.exec(select(LoginSession)).all()] == [True]


@pytest.mark.usefixtures("passwords")
def test_an_unknown_name_and_a_wrong_password_get_equal_answers(app: Flask) -> None:
    answers = []
    for login in ("anna", "nobody"):
        response = _log_in(app.test_client(), login, "fel lösenord helt")
        stable = response.text.replace(login, "NAME")
        stable = "\n".join(line for line in stable.splitlines() if "csrf" not in line)
        answers.append((response.status_code, stable))
    assert answers[0] == answers[1]
    assert answers[0][0] == 401


@pytest.mark.usefixtures("passwords")
def test_guessing_is_slowed_for_one_name_and_another_still_gets_in(app: Flask) -> None:
    statuses = []
    for guess in range(6):
        client = app.test_client()
        client.environ_base["REMOTE_ADDR"] = f"10.0.0.{guess}"
        statuses.append(_log_in(client, "anna", f"gissning nummer {guess}").status_code)
    assert statuses == [401] * 5 + [429]
    elsewhere = app.test_client()
    elsewhere.environ_base["REMOTE_ADDR"] = "10.0.1.1"
    assert _log_in(elsewhere, "bjorn").status_code == 303


@pytest.mark.usefixtures("passwords")
def test_a_disabled_user_cannot_log_in(stranger: FlaskClient, engine: Engine) -> None:
    with writing(engine) as session:
        session.exec(select(User).where(User.login == "anna")).one().is_active = False
    assert _log_in(stranger, "anna").status_code == 401


@pytest.mark.usefixtures("passwords")
def test_a_script_logs_in_over_the_page_and_gets_the_new_token(stranger: FlaskClient) -> None:
    json = {"Accept": "application/json"}
    wrong = _log_in(stranger, "anna", "fel lösenord helt", headers=json)
    assert wrong.status_code == 401
    assert wrong.json["message"]
    right = _log_in(stranger, "anna", headers=json)
    assert right.status_code == 200
    again = stranger.post("/logout", data={"csrf_token": right.json["csrf"]})
    assert again.status_code == 303


def test_a_password_too_long_to_hash_is_wrong_and_not_worked_on(stranger: FlaskClient) -> None:
    assert _log_in(stranger, "anna", "x" * 10_000).status_code == 401


def test_the_language_is_kept_with_the_user(browser: Callable, engine: Engine) -> None:
    anna = browser("anna")
    assert 'lang="sv"' in anna.get("/nothing").text
    assert (
        anna.post("/language", {"language": "en", "next": "/account/alive"}).headers["Location"]
        == "/account/alive"
    )
    assert 'lang="en"' in browser("anna").get("/nothing").text
    with Session(engine) as session:
        assert session.exec(select(User.language).where(User.login == "anna")).one() == "en"


def test_a_stranger_keeps_the_language_for_the_session(stranger: FlaskClient) -> None:
    with stranger:
        stranger.get("/login", headers={"Accept-Language": "sv"})
        token = generate_csrf()
    stranger.post("/language", data={"language": "en", "csrf_token": token})
    assert 'lang="en"' in stranger.get("/login", headers={"Accept-Language": "sv"}).text


def test_a_language_we_do_not_speak_is_refused(browser: Callable) -> None:
    assert browser("anna").post("/language", {"language": "xx"}).status_code == 400
