"""Making and ending tokens by hand."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlmodel import Session, select

from tests.conftest import NOW
from tests.web.hostile.conftest import rows_of
from tracker.db import writing
from tracker.tables import ApiToken, Role, Unit
from tracker.words import Permission

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

TOKEN = re.compile(r"<code>(ek_[\w-]{43})</code>")


def _form(engine: Engine, **more: Any) -> dict[str, Any]:
    with Session(engine) as session:
        unit_id = session.exec(select(Unit.id).where(Unit.name == "Ekbackaskolan")).one()
    said = {
        "request_id": "t-1",
        "name": "Ärendesystemet",
        "permissions": ["asset.view", "return.make"],
        "unit_id": str(unit_id),
        "expires": str(NOW.date() + timedelta(days=90)),
    }
    return {**said, **more}


def test_a_token_is_shown_once_and_opens_what_was_ticked(browser: Callable, engine: Engine, app: Any) -> None:
    bjorn = browser("bjorn")
    page = bjorn.post("/account/tokens", _form(engine))
    (token,) = TOKEN.findall(page.text)
    assert TOKEN.findall(bjorn.get("/account/tokens").text) == []
    assert "Ärendesystemet" in bjorn.get("/account/tokens").text
    assert token not in repr(rows_of(engine, without=frozenset()))
    call = app.test_client().get
    headers = {"Authorization": f"Bearer {token}"}
    assert call("/api/v1/assets", headers=headers).status_code == 200
    again = bjorn.post("/account/tokens", _form(engine))
    assert TOKEN.findall(again.text) == []
    assert "visades då" in again.text
    with Session(engine) as session:
        (row,) = session.exec(select(ApiToken)).all()
    bjorn.post(f"/account/tokens/{row.id}/revoke", {"request_id": "t-2"})
    assert call("/api/v1/assets", headers=headers).status_code == 401
    assert "avslutad" in bjorn.get("/account/tokens").text


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"name": " "}, "Skriv vad nyckeln är till för."),
        ({"permissions": []}, "Kryssa för minst en sak"),
        ({"permissions": ["user.edit", "finding.decide"]}, "Kryssa för minst en sak"),
        ({"expires": ""}, "Ange till och med vilken dag"),
        ({"expires": str(date(2026, 11, 22))}, "som längst 2027-11-24"),
        ({"expires": "2031-01-01"}, "som längst 2027-11-24"),
        ({"unit_id": "1"}, "Du har inte de rättigheterna där"),
        ({"unit_id": "4711"}, "Du har inte de rättigheterna där"),
    ],
)
def test_a_token_that_cannot_be_made_says_why_beside_the_field(
    more: dict, said: str, browser: Callable, engine: Engine
) -> None:
    page = browser("bjorn").post("/account/tokens", _form(engine, **more))
    assert page.status_code == 422
    assert said in page.text
    assert rows_of(engine)["api_token"] == []


def test_anothers_token_is_ended_only_by_who_may(browser: Callable, engine: Engine) -> None:
    browser("bjorn").post("/account/tokens", _form(engine))
    with Session(engine) as session:
        number = session.exec(select(ApiToken.id)).one()
    anna = browser("anna")
    assert anna.post(f"/account/tokens/{number}/revoke", {"request_id": "x"}).status_code == 404
    with writing(engine) as session:
        for role in session.exec(select(Role)):
            role.permissions = sorted({*role.permissions, Permission.TOKEN_EDIT.value})
    anna = browser("anna")
    assert "Björn Åkesson" in anna.get("/administration/tokens").text
    ended = anna.post(f"/account/tokens/{number}/revoke", {"request_id": "x", "from": "list"})
    assert ended.headers["Location"].endswith("/administration/tokens")
    with Session(engine) as session:
        assert session.get_one(ApiToken, number).revoked_at == NOW


@pytest.mark.usefixtures("frida")
def test_who_may_end_tokens_of_one_school_ends_no_others(browser: Callable, engine: Engine) -> None:
    with Session(engine) as session:
        root = session.exec(select(Unit.id).where(Unit.parent_id == None)).one()  # noqa: E711 -- SQL's IS NULL
    with writing(engine) as session:
        for role in session.exec(select(Role)):
            role.permissions = sorted({*role.permissions, Permission.TOKEN_EDIT.value})
    browser("anna").post("/account/tokens", _form(engine, unit_id=str(root), permissions=["asset.view"]))
    with Session(engine) as session:
        number = session.exec(select(ApiToken.id)).one()
    frida = browser("frida")
    assert frida.post(f"/account/tokens/{number}/revoke", {"request_id": "x"}).status_code == 404
    assert "Anna Ek" not in frida.get("/administration/tokens").text
