"""Every route, every person, own and another's unit, generated from the URL map and the table beside this file."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.roles import BUILT_IN, GrantFact, Viewer
from tracker.words import Permission, RoleName
from web.access import Rule, Verdict, Who, decide, rule_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from werkzeug.routing import Rule as Route

TwoSchools = dict[str, dict[str, object]]
TABLE = tomllib.loads(Path(__file__).with_name("access.toml").read_text(encoding="utf-8"))
PEOPLE = ("stranger", "anna", "bjorn", "cecilia", "david", "frida")
PERMISSIONS = st.frozensets(st.sampled_from(list(Permission)))


def _ways(app: Flask) -> list[tuple[str, str, Route]]:
    """Every endpoint with each of its methods, but the files that are the same for everyone."""
    return [
        (route.endpoint, method, route)
        for route in app.url_map.iter_rules()
        for method in sorted((route.methods or set()) - {"HEAD", "OPTIONS"})
        if not route.endpoint.endswith("static")
    ]


def _open(person: str, stranger: Any, browser: Callable, method: str, path: str) -> int:
    if person == "stranger":
        return stranger.open(path, method=method).status_code
    who = browser(person)
    data = {"csrf_token": who.csrf} if method == "POST" else None
    return who.client.open(path, method=method, data=data).status_code


def test_every_route_has_a_row_and_every_row_a_route(app: Flask) -> None:
    routes = {(endpoint, method) for endpoint, method, _ in _ways(app)}
    rows = {(endpoint, method) for endpoint, methods in TABLE.items() for method in methods}
    assert routes - rows == set()
    assert rows - routes == set()


def test_every_view_says_whom_it_is_for(app: Flask) -> None:
    assert [endpoint for endpoint, _, _ in _ways(app) if rule_of(app, endpoint) is None] == []


@pytest.mark.usefixtures("frida")
@pytest.mark.parametrize("person", PEOPLE)
def test_each_person_gets_what_the_table_says(
    person: str, app: Flask, stranger: Any, browser: Callable, two_schools: TwoSchools
) -> None:
    wrong = []
    for endpoint, method, route in _ways(app):
        row = TABLE.get(endpoint, {}).get(method)
        if row is None:
            wrong.append(f"{method} {endpoint} has no row")
            continue
        for unit in ("own", "other"):
            with app.test_request_context():
                values = {name: two_schools[unit][name] for name in route.arguments}
                path = app.url_for(endpoint, **values)
            expected = row[person] if not isinstance(row[person], dict) else row[person][unit]
            got = _open(person, stranger, browser, method, path)
            if got != expected:
                wrong.append(f"{method} {path} ({endpoint}, {unit} unit): {got}, the table says {expected}")
            if not route.arguments:
                break
    assert wrong == []


def test_a_view_that_says_nothing_is_refused(app: Flask, browser: Callable) -> None:
    app.add_url_rule("/forgotten", "forgotten", lambda: "open to all")
    assert browser("anna").get("/forgotten").status_code == 403


@given(PERMISSIONS, PERMISSIONS)
def test_one_of_the_permissions_is_enough_and_none_is_not(wanted: frozenset, held: frozenset) -> None:
    viewer = Viewer(1, "Someone", (GrantFact(held, "/1/4/"),))
    passes = decide(Rule(Who.PERMITTED, wanted), viewer) is Verdict.PASS
    assert passes == bool(wanted & held)


@given(PERMISSIONS)
def test_a_stranger_is_asked_to_log_in_whatever_the_row(wanted: frozenset) -> None:
    grants = (GrantFact(BUILT_IN[RoleName.ADMINISTRATOR], "/"),)
    assert decide(Rule(Who.PERMITTED, wanted), Viewer(None, "", grants)) is Verdict.LOG_IN
    assert decide(Rule(Who.LOGGED_IN), Viewer(None)) is Verdict.LOG_IN
    assert decide(Rule(Who.EVERYONE), Viewer(None)) is Verdict.PASS
