"""R17-R20: where a login leads, what it is worth afterwards, and what guessing gives (CVE-2022-23064, -2997, -44381)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask, redirect, request, session, url_for
from sqlmodel import Session, select

from tests.web.test_asking import HOME
from tracker import passwords
from tracker.db import writing
from tracker.tables import User
from tracker.users import check_password

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.testing import FlaskClient
    from sqlalchemy import Engine

AWAY = (
    "//evil.example", "/\\evil.example", "\\\\evil.example", "https:evil.example", "https://evil.example",
    "/\t/evil.example", "\t//evil.example", "//evil.example/%2f..", "///evil.example", "/%09/evil.example",
)  # fmt: skip


def _leaves(location: str) -> bool:
    """Whether a browser at our login page that is sent there ends up at somebody else's."""
    read = location.replace("https:evil", "https://evil")  # as browsers read it
    read = read.replace("\\", "/").replace("\t", "").replace("\n", "")
    return urlsplit(urljoin(HOME, read)).netloc != urlsplit(HOME).netloc


@pytest.mark.parametrize("target", AWAY)
def test_a_login_leads_nowhere_else(target: str, browser: Callable) -> None:
    answer = browser("anna").client.get("/login", query_string={"next": target})
    assert answer.status_code == 303
    assert not _leaves(answer.headers["Location"])


def test_a_login_that_led_where_it_was_told_would_be_caught() -> None:
    app = Flask("planted")
    app.add_url_rule("/login", "login", lambda: redirect(request.args["next"]))
    sent = [app.test_client().get("/login", query_string={"next": target}) for target in AWAY]
    assert any(_leaves(answer.headers["Location"]) for answer in sent)


HOSTS = ("evil.example", "localhost.evil.example", "localhost:80@evil.example", "evil.example:8080")


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("path", ["/login", "/", "/nothing", "/a/10481", "/health"])
def test_a_host_that_is_not_ours_gets_no_page_and_no_link(
    host: str, path: str, stranger: FlaskClient
) -> None:
    answer = stranger.get(path, headers={"Host": host})
    assert answer.status_code == 400
    assert "evil" not in answer.text + str(answer.headers)


def test_an_app_that_believed_its_host_would_be_caught() -> None:
    app = Flask("planted")
    app.add_url_rule("/link", "link", lambda: url_for("link", _external=True))
    assert "evil.example" in app.test_client().get("/link", headers={"Host": "evil.example"}).text


def test_a_session_kept_in_its_cookie_outlives_its_end_and_ours_does_not(
    browser: Callable, app: Flask
) -> None:
    planted = Flask("planted")
    planted.secret_key = "x" * 32
    planted.add_url_rule("/in", "in", lambda: session.update(user="anna") or "")
    planted.add_url_rule("/out", "out", lambda: session.clear() or "")
    planted.add_url_rule("/who", "who", lambda: session.get("user", "nobody"))
    client, thief = planted.test_client(), planted.test_client()
    client.get("/in")
    thief.set_cookie("session", client.get_cookie("session").value)
    client.get("/out")
    assert thief.get("/who").text == "anna"

    anna, copied = browser("anna"), app.test_client()
    copied.set_cookie("enhetskoll", anna.token)
    assert copied.get("/account/alive").status_code == 200
    anna.post("/logout")
    assert copied.get("/account/alive").status_code == 303


class _Counting:
    """argon2's hasher that counts how often it worked."""

    def __init__(self) -> None:
        self._real = passwords.PasswordHasher()
        self.worked = 0

    def hash(self, password: str) -> str:
        return self._real.hash(password)

    def verify(self, hashed: str, password: str) -> bool:
        self.worked += 1
        return self._real.verify(hashed, password)


def test_a_name_that_is_not_there_costs_as_much_work_as_a_wrong_password(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    counting = _Counting()
    monkeypatch.setattr(passwords, "_hasher", lambda: counting)

    def early(database: Session, login: str) -> None:
        user = database.exec(select(User).where(User.login == login)).first()
        if user is not None:
            passwords.verify("fel", user.password_hash)

    with writing(engine) as database:
        for login, hashed in (("anna", counting.hash("rätt")), ("bjorn", None)):
            database.exec(select(User).where(User.login == login)).one().password_hash = hashed
    with Session(engine) as database:
        counting.worked = 0
        for login in ("anna", "bjorn", "nobody"):
            check_password(database, login, "fel")
        ours, counting.worked = counting.worked, 0
        for login in ("anna", "bjorn", "nobody"):
            early(database, login)
    assert ours == 3
    assert counting.worked < 3
