"""R15, R16: a form sets what it names, and only from our own page (CVE-2026-38533, CVE-2021-39209, CVE-2023-5511)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request
from sqlmodel import Session, select

from tests.web.hostile.conftest import Way, fingerprint, rows_of
from tracker.db import writing
from tracker.tables import Asset, User, metadata
from tracker.words import AssetStatus
from web.access import logged_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from sqlalchemy import Engine

BEARER = "api"
"""Routes under this blueprint's name take no cookie, so they need no form's token; their tests are their own."""

MARK = "2031-05-17"
NUMBER = "424242"
"""What every column that a form does not name is sent as: text, a date, a number."""


def _forms(pages: Callable[[str], list[Way]]) -> list[Way]:
    return [way for way in pages("POST") if not way.endpoint.startswith(BEARER)]


def test_looking_changes_nothing(browser: Callable, pages: Callable, engine: Engine) -> None:
    found = pages("GET")
    people = [browser(login) for login in ("anna", "bjorn", "cecilia", "david")]
    before = fingerprint(engine)
    opened = 0
    for who in people:
        for way in found:
            with who.get(way.path) as answer:
                opened += answer.status_code == 200
    assert opened > 20
    assert fingerprint(engine) == before


def test_a_page_that_writes_when_looked_at_would_be_caught(
    app: Flask, browser: Callable, engine: Engine
) -> None:
    @logged_in
    def planted() -> str:
        with writing(engine) as session:
            session.get_one(User, 1).name = "Anna Annan"
        return ""

    app.add_url_rule("/planted", "planted", planted)
    before = fingerprint(engine)
    browser("anna").get("/planted")
    assert fingerprint(engine) != before


REFUSED = {400, 403}
"""Not our page's form, or not this person's page."""


def _unguarded(engine: Engine, anna: Any, found: list[Way]) -> list[str]:
    """Forms that were taken, or changed a row, although they came without our page's token."""
    wrong = []
    for way in found:
        before = fingerprint(engine)
        for headers in ({}, {"Origin": "https://evil.example", "Referer": "https://evil.example/"}):
            for data in ({}, {"csrf_token": "made-up"}):
                answer = anna.client.post(way.path, data=data, headers=headers)
                if answer.status_code not in REFUSED:
                    wrong.append(f"{answer.status_code} {way.path}")
        if fingerprint(engine) != before:
            wrong.append(f"changed by {way.path}")
    return wrong


def test_no_form_is_taken_without_our_pages_token(browser: Callable, pages: Callable, engine: Engine) -> None:
    found = _forms(pages)
    assert len(found) > 10
    assert _unguarded(engine, browser("anna"), found) == []


def test_a_form_without_the_guard_would_be_caught(app: Flask, browser: Callable, engine: Engine) -> None:
    @logged_in
    def planted() -> str:
        return "taken"

    app.add_url_rule("/planted", "planted", planted, methods=["POST"])
    app.extensions["csrf"].exempt(f"{planted.__module__}.planted")
    assert _unguarded(engine, browser("anna"), [Way("planted", "POST", "/planted")])


def test_a_form_cannot_be_sent_as_a_link(browser: Callable, pages: Callable, engine: Engine) -> None:
    anna, before = browser("anna"), fingerprint(engine)
    reading = {way.path for way in pages("GET")}
    for way in _forms(pages):
        if way.path in reading:
            continue
        for headers in ({}, {"X-HTTP-Method-Override": "POST"}):
            answer = anna.get(f"{way.path}?_method=POST&csrf_token={anna.csrf}", headers=headers)
            assert answer.status_code in {404, 405}, way.path
    assert fingerprint(engine) == before


def _stuffed(engine: Engine, who: Any, path: str, data: dict[str, str]) -> tuple[int, list[str]]:
    """Send a form that holds, and with it a value for every column there is; what of it reached a row."""
    columns = {column.name for table in metadata.sorted_tables for column in table.columns}
    extra = columns | {"role", "is_admin", "_user_id", "school_id", "grants", "before", "after"}
    more = {name: NUMBER if name.endswith("id") or name == "version" else MARK for name in extra}
    answer = who.post(path, {**more, **data})
    rows = {table: kept for table, kept in rows_of(engine).items() if table != "handled_request"}
    said = [f"{table}: {row!r}" for table, kept in rows.items() for row in kept]
    return answer.status_code, [
        one for one in said if MARK in one or "date(2031, 5, 17)" in one or NUMBER in one
    ]


def test_what_no_form_names_reaches_no_row(browser: Callable, engine: Engine, two_schools: dict) -> None:
    anna, own = browser("anna"), two_schools["own"]
    with Session(engine) as session:
        unit_id = session.get_one(Asset, own["asset_id"]).unit_id
    register = {
        "request_id": "r-1", "tag": "30001", "vendor": "Axis", "model": "P3245", "serial": "ACCC8E000001",
        "macs": "", "name": "", "device_class": "camera", "status": "in_use", "unit_id": str(unit_id), "site_id": "",
    }  # fmt: skip
    forms = [
        (f"/findings/{own['finding_id']}/register", register, 303),
        ("/returns", {"request_id": "r-2", "code": str(own["tag"])}, 200),
        ("/language", {"language": "en", "next": "/"}, 303),
        (f"/networks/{own['network_id']}/scan", {"request_id": "r-3"}, 303),
    ]
    for path, data, status in forms:
        assert _stuffed(engine, anna, path, data) == (status, []), path
    with Session(engine) as session:
        made = session.exec(select(Asset).where(Asset.tag == "30001")).one()
        assert (made.holder_id, made.room_id, made.purchased_on) == (None, None, None)
        assert session.get_one(Asset, own["asset_id"]).status is AssetStatus.RETURNED


def test_a_deed_that_takes_whatever_it_is_sent_would_be_caught(
    app: Flask, browser: Callable, engine: Engine, two_schools: dict
) -> None:
    @logged_in
    def planted() -> str:
        with writing(engine) as session:
            asset = session.get_one(Asset, two_schools["own"]["asset_id"])
            for name, value in request.form.items():
                if isinstance(getattr(asset, name, None), str):
                    setattr(asset, name, value)
        return ""

    app.add_url_rule("/planted", "planted", planted, methods=["POST"])
    _, reached = _stuffed(engine, browser("anna"), "/planted", {"tag": "x", "status": "in_use"})
    assert reached
