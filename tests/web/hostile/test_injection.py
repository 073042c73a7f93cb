"""R3, R4: nothing in an address reaches SQL or a column that no filter names (CVE-2025-24799, NetBox #22427)."""

from __future__ import annotations

import inspect
import re
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa
from flask import request
from sqlmodel import select

from tests.conftest import NOW
from tests.web.hostile.conftest import Way, fingerprint, ways
from tracker.db import reading, writing
from tracker.tables import Device, Role
from tracker.words import Permission
from web.access import logged_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from sqlalchemy import Engine

NAMED = re.compile(r"(?:args|values)(?:\.get(?:list)?\(|\[)\s*\"(\w+)\"")


def _arguments(app: Flask, endpoint: str) -> list[str]:
    """What the module of a view reads from an address, by its source."""
    module = sys.modules[app.view_functions[endpoint].__module__]
    named = set(NAMED.findall(inspect.getsource(module)))
    return sorted(named | set(getattr(module, "FILTERS", ())))


PAYLOADS = (
    "'",
    "' OR '1'='1",
    "1; DROP TABLE asset; --",
    "tag); DROP TABLE asset; --",
    "1 UNION SELECT password_hash FROM user",
    "(SELECT CASE WHEN 1=1 THEN 'tag' ELSE 1/0 END)",
    "after:' OR 1=1|1",
    "after:x|99999999999999999999999",
    "\\",
    "%",
    "%00",
    "\x00",
    "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
    "٣",  # a digit to str.isdigit and int, not to a database
    "²",  # a digit to str.isdigit, not to int
    "9" * 400,
    "-1",
    "1e9",
    "$..*",
    "{{7*7}}",
    "a" * 5_000,
)
OPERATORS = (
    "holder__password",
    "password_hash",
    "tag__startswith",
    "tag[like]",
    "unit_id",
    "filter",
    "order_by",
    "where",
)
EXPECTED = {200, 302, 303, 400, 404, 409, 422}


def _faults(app: Flask, anna: Any, found: list[Way]) -> list[str]:
    wrong = []
    for way in found:
        for name in _arguments(app, way.endpoint):
            for payload in PAYLOADS:
                with anna.get(f"{way.path}?{urlencode({name: payload})}") as answer:
                    if answer.status_code not in EXPECTED:
                        wrong.append(f"{answer.status_code} {way.path}?{name}={payload[:40]!r}")
    return wrong


def test_we_know_the_arguments_our_pages_read(app: Flask) -> None:
    assert {"q", "sort", "cursor", "status"} <= set(_arguments(app, "assets.list"))


def test_nothing_in_an_address_breaks_a_page_or_changes_a_row(
    app: Flask, browser: Callable, pages: Callable, engine: Engine
) -> None:
    with writing(engine) as session:  # no page may hide behind a right that she lacks
        for role in session.exec(select(Role)):
            role.permissions = [permission.value for permission in Permission]
    found, before = pages("GET"), fingerprint(engine)
    assert _faults(app, browser("anna"), found) == []
    assert fingerprint(engine) == before


def test_a_page_that_built_its_sql_would_be_caught(app: Flask, browser: Callable, engine: Engine) -> None:
    @logged_in
    def planted() -> str:
        with reading(engine) as session:
            order = request.args.get("sort", "tag")
            return str(len(session.execute(sa.text(f"SELECT tag FROM asset ORDER BY {order}")).all()))  # noqa: S608 -- the fault

    app.add_url_rule("/planted", "planted", planted)
    assert _faults(app, browser("anna"), [Way("planted", "GET", "/planted")])


@pytest.mark.parametrize("path", ["/assets", "/assets.csv", "/devices", "/findings"])
def test_a_filter_that_is_none_of_ours_narrows_nothing_and_shows_nothing(
    path: str, browser: Callable, two_schools: dict, engine: Engine
) -> None:
    del two_schools
    anna = browser("anna")
    plain = anna.get(path)
    if plain.status_code == 404:
        pytest.fail(f"{path} is no page of ours")
    for name in OPERATORS:
        answer = anna.get(f"{path}?{urlencode({name: 'x'})}")
        # Either refused, or read as if it were not there: never a filter on a column that no page shows.
        assert answer.status_code == 400 or len(answer.data) >= len(plain.data) - 200, name


@pytest.mark.parametrize("value", ["password_hash", "tag; DROP TABLE asset", "-id", "tag,holder_id"])
def test_only_the_columns_of_the_list_sort_it(value: str, browser: Callable) -> None:
    answer = browser("anna").get(f"/assets?{urlencode({'sort': value})}")
    assert answer.status_code == 422


def test_a_device_named_to_drop_a_table_is_a_name(browser: Callable, engine: Engine) -> None:
    name = "O'Brien'); DROP TABLE device;--"
    with writing(engine) as session:
        session.add(
            Device(
                name=name,
                device_class="camera",
                first_seen=NOW,
                last_seen=NOW,
                search_key=name.casefold(),
                sort_key=name.casefold(),
            )
        )
    page = browser("anna").get(f"/devices?{urlencode({'q': name})}")
    assert page.status_code == 200
    assert "O&#39;Brien" in page.text


@pytest.mark.parametrize("number", [2**63, 10**30])
def test_a_number_that_no_database_holds_is_a_page_that_is_not_there(
    number: int, app: Flask, browser: Callable, two_schools: dict
) -> None:
    values = {name: number if isinstance(value, int) else value for name, value in two_schools["own"].items()}
    anna = browser("anna")
    numbered = [way for way in ways(app, values, "GET") if str(number) in way.path]
    assert numbered
    assert {way.path: anna.get(way.path).status_code for way in numbered} == {w.path: 404 for w in numbered}
