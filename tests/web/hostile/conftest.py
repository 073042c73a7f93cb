"""Walking every route with something nasty, and seeing whether the register changed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from tracker.tables import metadata

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Flask
    from sqlalchemy import Engine

UNKEPT = frozenset({"login_session", "throttle"})
"""Tables that reading a page may write to: when a session was last seen, failed tries."""


def rows_of(engine: Engine, *, without: frozenset[str] = UNKEPT) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table that holds what people did."""
    with engine.connect() as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(sa.select(table))), key=repr)
            for table in metadata.sorted_tables
            if table.name not in without
        }


def fingerprint(engine: Engine) -> str:
    """One hash of all that the register holds."""
    return hashlib.sha256(repr(rows_of(engine)).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Way:
    """A route as it can be opened: its path with ids that exist."""

    endpoint: str
    method: str
    path: str


def ways(app: Flask, values: dict[str, object], method: str) -> Iterator[Way]:
    """Every route that answers to the method, but files."""
    for route in app.url_map.iter_rules():
        if method not in (route.methods or ()) or route.endpoint.endswith("static"):
            continue
        missing = route.arguments - values.keys()
        assert not missing, f"{route.endpoint} names {missing}: give two_schools one"
        with app.test_request_context():
            path = app.url_for(route.endpoint, **{name: values[name] for name in route.arguments})
        yield Way(route.endpoint, method, path)


@pytest.fixture
def pages(app: Flask, two_schools: dict[str, dict[str, object]]) -> Callable[[str], list[Way]]:
    """Every route with Björn's school's ids, by method."""

    def found(method: str) -> list[Way]:
        return list(ways(app, two_schools["own"], method))

    return found
