from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy.exc import OperationalError

from tracker.errors import (
    InvalidError,
    NotFoundError,
    RefusedError,
    RegisterUnavailableError,
    StaleError,
    TrackerError,
)
from tracker.texts import has_text
from tracker.words import Language
from web.problems import STATUS

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

JSON = {"Accept": "application/json"}


def _leaves(kind: type[TrackerError]) -> set[type[TrackerError]]:
    below = kind.__subclasses__()
    return {kind} if not below else set().union(*(_leaves(sub) for sub in below))


def test_every_leaf_of_the_error_tree_has_a_row() -> None:
    ours = {kind for kind in _leaves(TrackerError) if kind.__module__.startswith("tracker.")}
    missing = {kind.__name__ for kind in ours if not any(parent in STATUS for parent in kind.mro())}
    assert missing == set()


def test_every_status_has_a_heading_in_both_languages() -> None:
    for status in {*STATUS.values(), 400, 401, 403, 404, 405, 413, 429}:
        for language in Language:
            assert has_text(f"web.problem.{status}.title", language), (status, language)


def _raising(app: Flask, error: Exception) -> None:
    def view() -> str:
        raise error

    view.access_rule = app.view_functions["account.login"].access_rule
    app.add_url_rule("/raise", "raise", view)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFoundError(), 404),
        (RefusedError(), 409),
        (StaleError(who="Anna Ek", when=""), 409),
        (RegisterUnavailableError(), 503),
        (InvalidError({"tag": NotFoundError()}), 422),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_error_becomes_its_status_as_page_and_as_json(
    app: Flask, error: TrackerError, status: int
) -> None:
    _raising(app, error)
    client = app.test_client()
    page = client.get("/raise")
    assert page.status_code == status
    assert "<h1>" in page.text
    answer = client.get("/raise", headers=JSON)
    assert answer.status_code == status
    assert answer.json["code"] == error.code
    assert answer.json["message"] == error.say(Language.SV)


def test_who_was_slower_is_told_who_was_first_and_when(app: Flask) -> None:
    _raising(app, StaleError(who="Anna Ek", when="2026-11-23T08:59:00+00:00"))
    message = app.test_client().get("/raise", headers=JSON).json["message"]
    assert "Anna Ek" in message
    assert "mån 23 nov 09.59" in message


def test_an_invalid_form_names_its_fields_to_a_script(app: Flask) -> None:
    _raising(app, InvalidError({"tag": NotFoundError()}))
    answer = app.test_client().get("/raise", headers=JSON)
    assert answer.json["fields"] == {"tag": NotFoundError().say(Language.SV)}


def test_a_register_that_does_not_answer_says_when_to_come_back(app: Flask) -> None:
    _raising(app, RegisterUnavailableError())
    assert app.test_client().get("/raise").headers["Retry-After"] == "5"


def test_without_its_register_a_login_gets_a_page_and_not_a_crash(
    app: Flask, browser: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = browser("anna")

    def broken(*_: object) -> None:
        raise OperationalError("select", {}, Exception("disk I/O error"))

    monkeypatch.setattr("sqlmodel.Session.execute", broken)
    response = anna.get("/account/alive")
    assert response.status_code == 503
    assert "disk" not in response.text


def test_an_expired_login_is_401_to_a_script_and_the_login_page_to_a_person(app: Flask) -> None:
    client = app.test_client()
    answer = client.get("/account/alive", headers=JSON)
    assert answer.status_code == 401
    assert answer.json["csrf"]
    response = client.get("/account/alive?x=1")
    assert response.status_code == 303
    assert response.headers["Location"] == "/login?next=/account/alive?x%3D1"


def test_a_form_sent_after_the_login_ended_leads_back_to_its_page(app: Flask) -> None:
    client = app.test_client()
    response = client.post("/account/alive-not", headers={"Referer": "http://localhost/returns"})
    assert response.status_code == 404
    response = client.post("/returns", headers={"Referer": "http://localhost/returns"})
    assert response.headers["Location"] == "/login?next=/returns"
    response = client.post("/returns", headers={"Referer": "http://evil.example/returns"})
    assert response.headers["Location"] == "/login"
