from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, select

from tracker.db import writing
from tracker.tables import LoginSession, User
from web.sessions import ABSOLUTE, IDLE, is_live, token_hash

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from flask.testing import FlaskClient
    from sqlalchemy import Engine

MOMENT = datetime(2026, 11, 23, 9, tzinfo=UTC)


def _rows(engine: Engine) -> list[LoginSession]:
    with Session(engine) as session:
        return list(session.exec(select(LoginSession)).all())


@given(st.timedeltas(timedelta(0), timedelta(days=2)), st.timedeltas(timedelta(0), timedelta(days=2)))
def test_a_session_lives_until_it_was_idle_or_lived_too_long(idle: timedelta, age: timedelta) -> None:
    alive = is_live(MOMENT - age, MOMENT - idle, MOMENT)
    assert alive == (idle < IDLE and age < ABSOLUTE)


def test_a_stranger_who_only_looks_costs_no_row(stranger: FlaskClient, engine: Engine) -> None:
    assert stranger.get("/health").status_code == 200
    assert stranger.get("/nothing-here").status_code == 404
    assert _rows(engine) == []


def test_the_register_keeps_the_hash_and_the_cookie_the_token(stranger: FlaskClient, engine: Engine) -> None:
    stranger.get("/login")
    cookie = stranger.get_cookie("enhetskoll")
    assert cookie is not None
    assert len(cookie.value) >= 43  # 256 bits in base64
    assert cookie.http_only
    assert cookie.same_site == "Lax"
    assert [row.token_hash for row in _rows(engine)] == [token_hash(cookie.value)]


def test_a_login_expires_after_an_idle_hour(browser: Callable, clock: Callable) -> None:
    anna = browser("anna")
    clock.step(minutes=59)
    assert anna.get("/account/alive").status_code == 200
    clock.step(minutes=59)
    assert anna.get("/account/alive").status_code == 200
    clock.step(minutes=60)
    assert anna.get("/account/alive", headers={"Accept": "application/json"}).status_code == 401


def test_a_login_expires_after_twelve_hours_of_work(browser: Callable, clock: Callable) -> None:
    anna = browser("anna")
    for _ in range(23):
        clock.step(minutes=30)
        assert anna.get("/account/alive").status_code == 200
    clock.step(minutes=30)
    assert anna.get("/account/alive").status_code == 303


def test_a_copied_cookie_is_worth_nothing_after_logout(browser: Callable, app: Flask, engine: Engine) -> None:
    anna = browser("anna")
    thief = app.test_client()
    thief.set_cookie("enhetskoll", anna.token)
    assert thief.get("/account/alive").status_code == 200
    anna.post("/logout")
    assert thief.get("/account/alive").status_code == 303
    assert token_hash(anna.token) not in {row.token_hash for row in _rows(engine)}


def test_a_disabled_user_is_out_at_once(browser: Callable, engine: Engine) -> None:
    anna = browser("anna")
    with writing(engine) as session:
        session.exec(select(User).where(User.login == "anna")).one().is_active = False
    assert anna.get("/account/alive").status_code == 303


def test_a_new_password_ends_every_session(browser: Callable, engine: Engine) -> None:
    first, second = browser("anna"), browser("anna")
    with writing(engine) as session:
        session.exec(select(User).where(User.login == "anna")).one().password_hash = "another"
    assert [b.get("/account/alive").status_code for b in (first, second)] == [303, 303]


def test_a_session_ended_during_a_request_is_not_revived(
    app: Flask, browser: Callable, engine: Engine
) -> None:
    anna = browser("anna")
    with app.test_request_context("/", headers={"Cookie": f"enhetskoll={anna.token}"}) as request:
        request.session["more"] = 1
        with writing(engine) as session:
            session.delete(session.get_one(LoginSession, token_hash(anna.token)))
        app.session_interface.save_session(app, request.session, app.response_class())
    assert _rows(engine) == []


def test_old_rows_are_swept_when_a_new_session_begins(
    browser: Callable, stranger: FlaskClient, engine: Engine, clock: Callable
) -> None:
    browser("anna")
    clock.step(hours=13)
    stranger.get("/login")
    assert [row.user_id for row in _rows(engine)] == [None]
