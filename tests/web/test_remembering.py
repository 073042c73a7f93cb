"""Parts of a page that are rendered once: made of what they are given and of nothing else."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from flask import g
from jinja2 import nodes

from discovery.sighting import DeviceClass
from tracker.queries.assets import AssetRow
from tracker.words import AssetStatus, Language
from web import app as web_app

if TYPE_CHECKING:
    from flask import Flask

TEMPLATES = Path(web_app.__file__).parent / "templates"
CALLED = re.compile(r'remembered\("([^"]+)"((?:[^()]|\([^()]*\))*)\)')
WORDS = frozenset({"t", "url_for", "texts_below", "dict"})
"""What a remembered part may use beside its arguments: all of it follows from language, day and where the app is mounted."""


def _calls() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for path in TEMPLATES.rglob("*.html"):
        for template, said in CALLED.findall(path.read_text(encoding="utf-8")):
            found[template] = set(re.findall(r"(\w+)=", said))
    return found


def _free(app: Flask, source: str) -> set[str]:
    tree = app.jinja_env.parse(source)
    read = {one.name for one in tree.find_all(nodes.Name) if one.ctx == "load"}
    made = {one.name for one in tree.find_all(nodes.Name) if one.ctx != "load"}
    return read - made - {name for one in tree.find_all(nodes.FromImport) for name in one.names}


def _row(**changes: object) -> AssetRow:
    whole = {
        "id": 7,
        "tag": "EK-0007",
        "status": AssetStatus.IN_STOCK,
        "model": "Axis P3245",
        "model_id": 1,
        "device_class": DeviceClass.CAMERA,
        "unit": "Backaskolan",
        "unit_id": 2,
        "site": "Backa",
        "holder": "<b>Åsa</b>",
        "support_ends": date(2031, 6, 6),
        "changed_at": datetime(2026, 11, 24, tzinfo=UTC),
    }
    return AssetRow(**{**whole, **changes})  # type: ignore[arg-type]


def test_a_remembered_part_is_made_of_its_arguments_alone(app: Flask) -> None:
    calls = _calls()
    assert {"assets/_row.html", "findings/_row.html", "returns/_class.html"} <= set(calls)
    for template, given in calls.items():
        free = _free(app, (TEMPLATES / template).read_text(encoding="utf-8"))
        assert free <= given | WORDS, template


def test_a_part_that_asks_who_is_looking_would_be_noticed(app: Flask) -> None:
    assert "viewer" in _free(app, "{% if viewer.may(1) %}{{ row.tag }}{% endif %}")
    assert "csrf_token" in _free(app, "{{ csrf_token() }}")


@pytest.fixture
def remembered(app: Flask):  # noqa: ANN201 -- a function of the app's own
    with app.test_request_context("/"):
        yield app.jinja_env.globals["remembered"]


def test_a_part_is_said_again_until_what_it_says_changes(app: Flask, remembered) -> None:  # noqa: ANN001 -- as above
    first = remembered("assets/_row.html", row=_row())
    assert remembered("assets/_row.html", row=_row()) is first
    assert "&lt;b&gt;Åsa&lt;/b&gt;" in first
    changed = remembered("assets/_row.html", row=_row(holder=None))
    assert "Åsa" not in changed
    assert remembered("assets/_row.html", row=_row(status=AssetStatus.LOST)) != first


def test_a_part_is_another_in_another_language_and_below_another_root(app: Flask) -> None:
    said = []
    for language, root in ((Language.SV, ""), (Language.EN, ""), (Language.SV, "/register")):
        with app.test_request_context("/", environ_overrides={"SCRIPT_NAME": root}):
            g.language = language
            said.append(app.jinja_env.globals["remembered"]("assets/_row.html", row=_row()))
    assert len(set(said)) == len(said)
    assert 'href="/register/assets/7"' in said[2]
