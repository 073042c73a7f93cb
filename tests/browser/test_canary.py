"""Nothing that a device, a file or a directory says runs on any page, and no export holds a live formula."""

from __future__ import annotations

import csv
import io
import os
import re
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import jinja2
import pytest
from playwright.sync_api import Page

from tests.browser.reach import Address, NoRowsError, addresses, chosen, raw, shown
from tests.lab.hostile_hands import ACTIVE, PASSWORD
from tests.lab.hostile_night import PORT, HostileNight, the_night
from tests.lab.hostile_town import ROOT
from tests.lab.payloads import CANARY_HOST, COUNTED, FORMULAS, SCRIPTS, TEMPLATES
from tests.lab.topology import is_possible
from tracker.clock import utc_now
from tracker.config import load
from tracker.db import open_engine, reading
from web import create_app
from web.security import CONTENT_POLICY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from playwright.sync_api import Browser, Response, Route

pytestmark = [
    pytest.mark.browser,
    pytest.mark.lab,
    pytest.mark.xdist_group("lab"),
    pytest.mark.timeout(300),
]
URL = f"http://127.0.0.1:{PORT}"
LIVE = re.compile(r"""[\s",;]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]""")
LOOK = r"""counted => [
  Boolean(window.canary),
  document.documentElement.outerHTML.includes(counted),
  [...document.querySelectorAll("a, form, img, iframe, link, script")].map(e => e.href || e.action || e.src || "")
    .filter(to => /^\s*(javascript|data|vbscript):/i.test(to)),
]"""
"""Whether the canary sang, whether a template was run, and links that would run."""
WHOLE = {
    *(
        "assets.list",
        "assets.show",
        "devices.list",
        "devices.show",
        "findings.show",
        "findings.register_form",
    ),
    *(
        "imports.show",
        "models.show",
        "people_files.show",
        "people.list",
        "people.show",
        "people.edit",
        "people.unit",
        "sites.show",
    ),
    *("tokens.show", "units.show", "users.add_form"),
}
"""Routes whose pages show every string that could run."""
JSON = {"application/json", "application/problem+json"}
FEW = 5
"""Rows of each route of the API that are asked for: what differs is in the strings, and JSON holds them all alike."""
WITH_SCRIPTS = 4
"""Rows of a route that are opened with our scripts, which treat all rows alike; the rest without, in half the time."""
SWITCHED_OFF = {"metrics.show"}
"""Routes that nobody may open under this configuration."""


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
        sang, counted, links = page.evaluate(LOOK, COUNTED)
        if sang:
            self.caught.append(f"{path}: the canary sang")
        if counted:
            self.caught.append(f"{path}: a template was run")
        if links:
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
    assert process.poll() is None, "it was this server that answered"
    process.terminate()
    process.wait(timeout=15)
    process.stdout.close()


@pytest.fixture(scope="module")
def everything(night: HostileNight) -> list[Address]:
    """Every GET route with every row; a route that nobody would open is an error."""
    engine = open_engine(load(night.config).database_url)
    with reading(engine) as session:
        found = addresses(create_app(load(night.config), engine, utc_now), session)
    engine.dispose()
    return found


Shows = dict[str, dict[Address, Counter[str]]]
"""By endpoint, the pages that may be seen, and how often each string stands on them."""


@dataclass
class Reader:
    """Someone logged in, with a window that is watched and the same session without one."""

    page: Page
    watch: Watch
    answers: Counter[tuple[str, int]] = field(default_factory=Counter)

    def read(self, asked: Iterable[Address], language: str) -> Shows:
        """Fetch and judge the source of each; which strings stand on those that are pages, by endpoint."""
        found: Shows = {}
        told: set[str] = set()
        for address in asked:
            answer = self.page.request.get(address.path, headers={"Accept-Language": language})
            self.answers[address.endpoint, answer.status] += 1
            kind, text = answer.headers.get("content-type", ""), ""
            if answer.url not in told and kind.startswith(("text/html", "text/csv")):
                text = answer.text()
                told.add(answer.url)
            if kind.startswith("text/html") and text:
                self._judge_source(address.path, text)
                if answer.status == HTTPStatus.OK:
                    found.setdefault(address.endpoint, {})[address] = shown(text, ACTIVE)
            elif cells := live_cells(text):
                self.watch.caught.append(f"{address.path}: live cells {cells[:3]}")
        return found

    def _judge_source(self, path: str, text: str) -> None:
        if markup := raw(text, SCRIPTS):
            self.watch.caught.append(f"{path}: as markup {markup}")
        if COUNTED in text:
            self.watch.caught.append(f"{path}: a template was run")

    def walk(self, pages: Iterable[Address]) -> None:
        """Open each in the window."""
        for address in pages:
            answer = self.page.goto(address.path)
            assert answer
            assert answer.status == HTTPStatus.OK
            self.watch.judge(self.page, address.path)

    def walk_bare(self, pages: Iterable[Address]) -> None:
        """Open each in the window without our scripts and styles: what would run is the page's own source."""
        session = self.page.context.new_cdp_session(self.page)
        session.send("Network.enable")
        session.send("Network.setBlockedURLs", {"urls": ["*/static/*"]})
        self.walk(pages)
        session.send("Network.setBlockedURLs", {"urls": []})
        session.detach()

    def search(self, words: Iterable[str]) -> None:
        """Type into the search box of the start page, look at what is suggested, then at what is found."""
        for word in words:
            self.page.goto("/")
            with self.page.expect_response(_is_search):
                self.page.fill("input[type=search]", word)
            self.page.wait_for_selector("[role=listbox]:visible [role=option]")
            self.watch.judge(self.page, f"suggestions for {word}")
            with self.page.expect_navigation():
                self.page.press("input[type=search]", "Enter")
            self.watch.judge(self.page, f"search for {word}")


def _is_search(answer: Response) -> bool:
    """Words are sent in the body, never in an address."""
    return answer.request.method == "POST" and "search" in answer.url


def _log_in(chromium: Browser, login: str, language: str) -> Reader:
    context = chromium.new_context(base_url=URL, locale=language)
    page, watch = context.new_page(), Watch()
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
    return Reader(page, watch)


@pytest.fixture(scope="module")
def anna(
    served: HostileNight, chromium: Browser, everything: list[Address]
) -> tuple[Reader, dict[str, list[Address]]]:
    """The administrator, who has read everything, and for each route the pages that show all of its strings."""
    reader = _log_in(chromium, "anna", "sv")
    found = reader.read((one for one in everything if not one.path.startswith("/api/")), "sv")
    shows = {endpoint: set[str]().union(*pages.values()) for endpoint, pages in found.items()}
    for endpoint in WHOLE:
        assert shows[endpoint] == set(ACTIVE), (endpoint, set(ACTIVE) - shows[endpoint])
    return reader, {endpoint: chosen(pages) for endpoint, pages in found.items()}


def test_the_administrator_reaches_every_route(
    anna: tuple[Reader, dict[str, list[Address]]], everything: list[Address]
) -> None:
    reader, _ = anna
    reached = {endpoint for endpoint, status in reader.answers if status == HTTPStatus.OK}
    routes = {one.endpoint for one in everything if not one.path.startswith("/api/")}
    assert routes - reached == SWITCHED_OFF


def test_nothing_runs_on_any_page_of_the_administrators(
    anna: tuple[Reader, dict[str, list[Address]]],
) -> None:
    """Each string that could run, on each page that shows it."""
    reader, pages = anna
    reader.walk(address for few in pages.values() for address in few[:WITH_SCRIPTS])
    reader.walk_bare(address for few in pages.values() for address in few[WITH_SCRIPTS:])
    reader.search(("canary", "ssti", SCRIPTS[0], TEMPLATES[0]))
    reader.read((address for few in pages.values() for address in few), "en")
    assert reader.watch.caught == []


@pytest.mark.parametrize(("login", "language"), [("teknik", "en"), ("chef", "sv"), ("skola", "en")])
def test_nothing_runs_on_any_page_of_the_others(
    anna: tuple[Reader, dict[str, list[Address]]], chromium: Browser, login: str, language: str
) -> None:
    """The source of each page that shows the administrator a string, and a page of each route in the window."""
    reader = _log_in(chromium, login, language)
    found = reader.read((address for few in anna[1].values() for address in few), language)
    assert len(found) >= 10
    few = [chosen(pages)[0] for pages in found.values()]
    reader.walk(few)
    reader.search((SCRIPTS[0], TEMPLATES[0]))
    assert reader.read(few, "sv" if language == "en" else "en").keys() == found.keys()
    assert reader.watch.caught == []


def test_the_api_says_it_all_as_json_and_nothing_else(
    served: HostileNight, anna: tuple[Reader, dict[str, list[Address]]], everything: list[Address]
) -> None:
    """A browser that is led there shows text: the type says so, and it may not guess another."""
    request = anna[0].page.request
    said = ""
    routes: dict[str, list[Address]] = {}
    for address in everything:
        if address.path.startswith("/api/"):
            routes.setdefault(address.endpoint, []).append(address)
    for rows in routes.values():
        answers = [
            request.get(address.path, headers={"Authorization": f"Bearer {served.token}"})
            for address in rows[-FEW:]
        ]
        assert HTTPStatus.OK in {answer.status for answer in answers}, rows[-1]
        assert {answer.headers["content-type"] for answer in answers} <= JSON
        assert {answer.headers["x-content-type-options"] for answer in answers} == {"nosniff"}
        said += "".join(answer.text() for answer in answers)
    assert SCRIPTS[0] in said


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


def test_a_route_that_nobody_would_open_is_an_error(night: HostileNight) -> None:
    """The controls: an argument that names no table, and one whose table is empty."""
    engine = open_engine(load(night.config).database_url)
    for argument in ("nonsense_id", "night_id"):
        app = create_app(load(night.config), engine, utc_now)
        app.add_url_rule(f"/planted/<int:{argument}>", "planted", print)
        with reading(engine) as session, pytest.raises(NoRowsError, match=argument):
            addresses(app, session)
    engine.dispose()


def test_a_string_that_a_template_trusts_is_seen_in_the_source() -> None:
    """The control of the source's judge, which also tells the rows that show a string of their own."""
    safe, trusting = (
        jinja2.Environment(autoescape=True).from_string(f"<p>{{{{ name{how} }}}}</p>")
        for how in ("", " | safe")
    )
    for payload in SCRIPTS:
        assert raw(safe.render(name=payload), SCRIPTS) == []
        assert raw(trusting.render(name=payload), SCRIPTS) or not set(payload) & set("<\"'")
    rows = [Address("x", f"/{n}") for n in range(3)]
    choices = Counter(dict.fromkeys(SCRIPTS, 1))
    assert chosen({row: choices + Counter(SCRIPTS[n : n + 1]) for n, row in enumerate(rows)}) == rows
    assert chosen(dict.fromkeys(rows, choices)) == rows[:1]
