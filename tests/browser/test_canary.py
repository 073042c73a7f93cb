"""Nothing that a device, a file or a directory says runs on any page, and no export holds a live formula."""

from __future__ import annotations

import csv
import io
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import jinja2
import pytest
from playwright.sync_api import Error
from sqlmodel import select

from tests.lab.hostile_night import PASSWORD, PEOPLE, PORT, HostileNight, the_night
from tests.lab.hostile_town import ROOT
from tests.lab.payloads import CANARY_HOST, COUNTED, FORMULAS, SCRIPTS, TEMPLATES
from tests.lab.topology import is_possible
from tracker.clock import utc_now
from tracker.config import load
from tracker.db import open_engine, reading
from tracker.tables import Asset, Movement, metadata
from web import create_app
from web.security import CONTENT_POLICY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Page, Route
    from werkzeug.routing import Rule

pytestmark = [
    pytest.mark.browser,
    pytest.mark.lab,
    pytest.mark.xdist_group("lab"),
    pytest.mark.timeout(300),
]
URL = f"http://127.0.0.1:{PORT}"
MANY, FEW = 4, 1
"""Rows of a kind whose pages are opened: by the administrator, and by each of the others."""
LIVE = re.compile(r"""[\s",;]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]""")
ALIVE_LINK = "e => e.map(a => a.href || a.action || a.src || '').filter(h => /^\\s*(javascript|data|vbscript):/i.test(h))"


@dataclass
class Watch:
    """What a page did that it should not."""

    caught: list[str] = field(default_factory=list)

    def over(self, page: Page) -> None:
        """Watch a page: dialogs, requests elsewhere, and what the console complains of, broken policies among it."""

        def dialog(one: Any) -> None:
            self.caught.append(f"dialog {one.message}")
            one.dismiss()

        page.on("dialog", dialog)
        page.on("pageerror", lambda error: self.caught.append(f"error {error}"))
        page.on(
            "request",
            lambda sent: sent.url.startswith((URL, "data:")) or self.caught.append(f"request {sent.url}"),
        )
        page.on(
            "console",
            lambda said: (
                said.type == "error"
                and not said.text.startswith("Failed to load")
                and self.caught.append(said.text)
            ),
        )

    def judge(self, page: Page, path: str) -> None:
        """Look at the page as it stands."""
        if page.evaluate("window.canary"):
            self.caught.append(f"{path}: the canary sang")
        if COUNTED in page.content():
            self.caught.append(f"{path}: a template was run")
        if links := page.eval_on_selector_all("a, form, img, iframe, link, script", ALIVE_LINK):
            self.caught.append(f"{path}: {links}")


def live_cells(text: str) -> list[str]:
    """Cells of a CSV that a spreadsheet may take for a formula."""
    rows = csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";")
    return [cell for row in rows for cell in row if LIVE.match(cell)]


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> HostileNight:
    if reason := is_possible():
        pytest.skip(reason)
    return the_night(tmp_path_factory.getbasetemp())


@pytest.fixture(scope="module")
def served(night: HostileNight) -> Iterator[HostileNight]:
    log = night.folder / "serve.log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "tracker", "serve", "--config", str(night.config)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=file,
            env={**os.environ, "ENHETSKOLL_LANGUAGE": "en"},
        )
    assert process.stdout
    assert process.stdout.readline()
    yield night
    process.terminate()
    process.wait(timeout=15)
    process.stdout.close()


def _log_in(chromium: Browser, login: str, language: str, watch: Watch) -> tuple[BrowserContext, Page]:
    context = chromium.new_context(base_url=URL, locale=language)
    page = context.new_page()
    watch.over(page)
    for _ in range(60):
        try:
            page.goto("/login")
            break
        except Exception:  # noqa: BLE001 -- the server is still starting
            page.wait_for_timeout(250)
    page.fill("#login", login)
    page.fill("#password", PASSWORD)
    page.click("main button.main")
    page.wait_for_selector("nav")
    return context, page


def _values(night: HostileNight, name: str) -> list[Any]:
    """What a route's argument may be: rows that exist. A route with another argument says here what it takes."""
    engine = open_engine(load(night.config).database_url)
    with reading(engine) as session:
        if name == "tag":
            found: list[Any] = list(session.exec(select(Asset.tag)))
        elif name == "number":
            found = [n for n in session.exec(select(Movement.receipt)) if n]
        elif (
            table := metadata.tables.get({"model_id": "device_model"}.get(name, name.removesuffix("_id")))
        ) is not None:
            found = [row[0] for row in session.execute(select(table.c.id))]
        else:
            found = []
    engine.dispose()
    return found


def _paths(night: HostileNight, most: int) -> list[str]:
    """An address for every GET route and, where it names a row, for `most` rows, the last first."""
    app = create_app(load(night.config), open_engine(load(night.config).database_url), utc_now)
    paths = []
    with app.test_request_context():
        routes: list[Rule] = [r for r in app.url_map.iter_rules() if "GET" in (r.methods or ())]
        for route in routes:
            if "filename" in route.arguments:
                continue
            given: list[dict[str, Any]] = [{}]
            for name in sorted(route.arguments):
                # Every device has its own words on its page; other rows share templates.
                count = 60 if name == "device_id" and most == MANY else most
                given = [g | {name: v} for g in given for v in _values(night, name)[::-1][:count]]
            paths += [app.url_for(route.endpoint, **g) for g in given]
    return paths


def _walk(page: Page, paths: list[str], watch: Watch) -> tuple[int, str]:
    """Open every address; how many were pages or files that this person may see, and all their text."""
    seen, texts = 0, []
    for path in paths:
        try:
            answer: Any = page.goto(path)
        except Error:  # a file: the browser would keep it, not show it
            answer = page.request.get(path)
        kind = answer.headers.get("content-type", "")
        seen += answer.status == 200
        if "csv" in kind and (cells := live_cells(answer.text())):
            watch.caught.append(f"{path}: live cells {cells[:3]}")
        if kind.startswith("text/html"):
            watch.judge(page, path)
            texts.append(page.inner_text("body"))
    return seen, "\n".join(texts)


@pytest.mark.parametrize(
    ("login", "language"),
    [("anna", "sv"), *((login, language) for login in PEOPLE for language in ("sv", "en"))],
)
def test_nothing_runs_on_any_page(served: HostileNight, chromium: Browser, login: str, language: str) -> None:
    watch = Watch()
    context, page = _log_in(chromium, login, language, watch)
    seen, text = _walk(page, _paths(served, MANY if login == "anna" else FEW), watch)
    for payload in (SCRIPTS[0], TEMPLATES[0]):
        page.goto("/")
        box = page.query_selector("input[type=search]")
        if box:
            box.fill(payload)
            page.wait_for_timeout(300)
            watch.judge(page, f"search {payload}")
    context.close()
    assert seen >= (80 if login == "anna" else 10)
    if login == "anna":
        shown = [
            payload
            for payload in (*SCRIPTS, *TEMPLATES)
            if " ".join(payload.split()) in " ".join(text.split())
        ]
        assert len(shown) >= len(SCRIPTS), "the strings stood on the pages, as text"
        assert TEMPLATES[0] in shown
    assert watch.caught == []


def test_the_log_of_the_pages_is_one_event_a_line(served: HostileNight) -> None:
    from tests.lab.test_hostile import alive, strange

    said = (served.folder / "serve.log").read_text(encoding="utf-8")
    assert alive(said) == []
    assert strange(line for line in said.splitlines() if "SQLite" not in line) == []


@pytest.mark.parametrize("policy", ["", CONTENT_POLICY])
@pytest.mark.parametrize("payload", [SCRIPTS[0], SCRIPTS[1], SCRIPTS[3], SCRIPTS[11]])
def test_the_canary_sings_where_a_template_trusts_a_device(
    chromium: Browser, payload: str, policy: str
) -> None:
    """The control: the same watch, a throw-away page that marks the string safe, without and with our policy."""
    body = jinja2.Template("<h1>{{ name | safe }}</h1><a href='{{ link | safe }}'>x</a>").render(
        name=payload, link=SCRIPTS[6]
    )
    headers = {"Content-Security-Policy": policy} if policy else {}

    def answer(route: Route) -> None:
        if route.request.url == f"{URL}/":
            route.fulfill(body=body, content_type="text/html", headers=headers)
        else:
            route.fulfill(status=404, body="")

    watch = Watch()
    context = chromium.new_context(base_url=URL)
    page = context.new_page()
    page.route("**/*", answer)
    watch.over(page)
    page.goto("/")
    page.wait_for_timeout(100)
    watch.judge(page, "/")
    context.close()
    (link, *others) = reversed(watch.caught)
    assert "javascript:" in link
    assert others, "the string itself was caught, not only the link"


def test_a_live_formula_is_caught() -> None:
    """The control of the exports' judge."""
    out = io.StringIO()
    csv.writer(out, delimiter=";").writerow(["EK-1", *FORMULAS])
    assert live_cells(out.getvalue()) == list(FORMULAS)
    assert live_cells("EK-1;'=1;Å;2026-01-01;") == []
    assert CANARY_HOST in FORMULAS[0]
