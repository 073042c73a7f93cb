"""What there is to open: every GET route with every row that its arguments may name, and which of them show which strings."""

from __future__ import annotations

import html
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlmodel import Session, select

from tracker.tables import Asset, AssetIdentifier, Movement, metadata
from tracker.words import IdentifierKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from flask import Flask

TABLES = {
    "model_id": "device_model",
    "import_id": "import_run",
    "run_id": "import_run",
    "token_id": "api_token",
}
"""Arguments that are not called after their table."""
COLUMNS: dict[str, Any] = {
    "tag": select(Asset.tag),
    "number": select(Movement.receipt).where(Movement.receipt != ""),
    "serial": select(AssetIdentifier.value).where(AssetIdentifier.kind == IdentifierKind.SERIAL),
}
"""Arguments that are no row's id, and where their values stand."""


class NoRowsError(LookupError):
    """A route's argument that this module knows no table for, or whose table is empty: nobody would open the route."""


@dataclass(frozen=True, slots=True)
class Address:
    """Something to open."""

    endpoint: str
    path: str


def values(session: Session, name: str) -> list[Any]:
    """What a route's argument may be: every row that exists.

    Raises:
        NoRowsError: there is none, or no place to look.
    """
    if name in COLUMNS:
        found = list(dict.fromkeys(session.exec(COLUMNS[name])))
    else:
        table = metadata.tables.get(TABLES.get(name, name.removesuffix("_id")))
        found = [] if table is None else [row[0] for row in session.execute(select(table.c.id))]
    if not found:
        raise NoRowsError(name)
    return found


def addresses(app: Flask, session: Session) -> list[Address]:
    """Every GET route, static files apart, with every row of its argument.

    Raises:
        NoRowsError: a route would be left out.
    """
    made = []
    with app.test_request_context():
        for route in app.url_map.iter_rules():
            if "GET" not in (route.methods or ()) or "filename" in route.arguments:
                continue
            given: list[dict[str, Any]] = [{}]
            for name in sorted(route.arguments):
                given = [one | {name: value} for one in given for value in values(session, name)]
            made += [Address(route.endpoint, app.url_for(route.endpoint, **one)) for one in given]
    return made


def flat(text: str) -> str:
    """The text with every run of blanks as one."""
    return " ".join(text.split())


def shown(page: str, strings: Iterable[str]) -> Counter[str]:
    """How often each of the strings stands on a page, in its text, its fields or its attributes."""
    said = flat(html.unescape(page))
    return Counter({one: count for one in strings if (count := said.count(flat(one)))})


def raw(page: str, strings: Iterable[str]) -> list[str]:
    """Which of the strings stand in a page's source as they are, so that the browser takes them for markup."""
    said = flat(page)
    return [one for one in strings if set("<\"'") & set(one) and flat(one) in said]


def chosen(shows: Mapping[Address, Counter[str]]) -> list[Address]:
    """Few addresses of one route on which every string stands that stands on any, each in the places of its own row.

    A list of choices holds every string on every row's page; a string is a row's own where it stands oftener than on
    the page that holds it least.
    """
    every = {one for strings in shows.values() for one in strings}
    least = {one: min(strings[one] for strings in shows.values()) for one in every}
    own = {
        address: {one for one in strings if strings[one] > least[one]} for address, strings in shows.items()
    }
    left, found = set[str]().union(*own.values()), []
    while left:
        most = max(own, key=lambda address: len(own[address] & left))
        found.append(most)
        left -= own[most]
    return found or list(shows)[:1]
