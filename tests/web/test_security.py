from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from web import create_app
from web.security import HEADERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from flask.testing import FlaskClient
    from sqlalchemy import Engine


def _with_web(config: Any, **changes: Any) -> Any:
    return config.model_copy(update={"web": config.web.model_copy(update=changes)})


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/login", 200),
        ("/nothing", 404),
        ("/logout", 405),
        ("/static/theme.css", 200),
        ("/", 303),
        ("/health", 200),
    ],
)
def test_every_answer_carries_the_headers(stranger: FlaskClient, path: str, status: int) -> None:
    with stranger.get(path) as response:
        assert response.status_code == status
        assert {name: response.headers.get(name) for name in HEADERS} == HEADERS


def test_the_content_policy_lets_nothing_inline_run() -> None:
    policy = HEADERS["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy


def test_pages_are_not_kept_and_files_may_be(stranger: FlaskClient) -> None:
    assert stranger.get("/login").headers["Cache-Control"] == "no-store"
    with stranger.get("/static/theme.css") as ours:
        assert "no-store" not in ours.headers["Cache-Control"]
    with stranger.get("/bootstrap/static/css/bootstrap.min.css?v=5") as versioned:
        assert "immutable" in versioned.headers["Cache-Control"]


def test_a_crash_is_a_page_with_headers_and_without_its_reason(app: Flask, caplog: Any) -> None:
    @app.get("/crash")
    def crash() -> str:
        raise ValueError("the secret reason")

    crash.access_rule = app.view_functions["account.login"].access_rule
    response = app.test_client().get("/crash")
    assert response.status_code == 500
    assert "secret reason" not in response.text
    assert "secret reason" in caplog.text
    assert {name: response.headers.get(name) for name in HEADERS} == HEADERS


@pytest.mark.parametrize("host", ["evil.example", "enhetskoll.evil.example", "localhost.evil.example"])
def test_a_strange_host_is_refused(stranger: FlaskClient, host: str) -> None:
    response = stranger.get("/login", headers={"Host": host})
    assert response.status_code == 400
    assert host not in response.text
    assert {name: response.headers.get(name) for name in HEADERS} == HEADERS


def test_a_forwarded_host_is_not_believed(stranger: FlaskClient) -> None:
    response = stranger.get("/", headers={"X-Forwarded-Host": "evil.example", "X-Forwarded-For": "6.6.6.6"})
    assert "evil" not in response.headers["Location"]


def test_a_body_too_large_is_refused(stranger: FlaskClient) -> None:
    response = stranger.post("/login", data={"login": "a" * 1_100_000})
    assert response.status_code == 413


def test_a_form_without_the_token_changes_nothing(browser: Callable) -> None:
    anna = browser("anna")
    response = anna.client.post("/language", data={"language": "en"})
    assert response.status_code == 400
    assert "/nothing" not in response.text
    assert 'lang="sv"' in anna.get("/nothing").text


def test_a_script_without_the_token_is_given_a_new_one(browser: Callable) -> None:
    anna = browser("anna")
    answer = anna.client.post("/language", data={"language": "en"}, headers={"Accept": "application/json"})
    assert answer.status_code == 400
    assert answer.json["code"] == "csrf"
    again = anna.client.post("/language", data={"language": "en", "csrf_token": answer.json["csrf"]})
    assert again.status_code == 303


def test_with_tls_the_cookie_is_bound_to_the_host(config: Any, engine: Engine, clock: Any) -> None:
    app = create_app(_with_web(config, behind_proxy=True, hosts=["enhetskoll.ekbacka.se"]), engine, clock)
    client = app.test_client()
    response = client.get(
        "/login",
        base_url="http://enhetskoll.ekbacka.se",
        headers={"X-Forwarded-Proto": "https"},
    )
    cookie = response.headers["Set-Cookie"]
    assert cookie.startswith("__Host-enhetskoll=")
    assert "Secure" in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie
    assert response.headers["Strict-Transport-Security"].startswith("max-age=31536000")


def test_on_loopback_without_tls_nothing_promises_tls(stranger: FlaskClient) -> None:
    response = stranger.get("/login")
    assert "Strict-Transport-Security" not in response.headers
    assert response.headers["Set-Cookie"].startswith("enhetskoll=")
