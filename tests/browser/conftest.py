"""A real Chromium over the demo, started as its user would start it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, ConsoleMessage, Page

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True, slots=True)
class Running:
    """The demo, up."""

    url: str
    password: str
    folder: Path


def _wait(process: subprocess.Popen[str], folder: Path) -> Running:
    said: list[str] = []
    timer = threading.Timer(90, process.kill)
    timer.start()
    for line in process.stdout or ():
        said.append(line)
        if line.startswith("Enhetskoll: "):
            break
    timer.cancel()
    whole = "".join(said)
    url = re.search(r"http://\S+", whole)
    password = re.search(r"Password: (\S+)", whole)
    assert url, whole
    assert password, whole
    return Running(url[0], password[1], folder)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[Running]:
    port = 8500 + int(re.sub(r"\D", "", worker_id) or 0) * 10
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "ENHETSKOLL_LANGUAGE": "en"}
    folder = tmp_path_factory.mktemp("demo")
    process = subprocess.Popen(
        [sys.executable, "-m", "tracker", "demo", "--port", str(port)],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield _wait(process, folder)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
        if process.stdout:
            process.stdout.close()


def _is_complaint(said: ConsoleMessage) -> bool:
    """Whether the browser found fault with the page; an answer that is an error is the test's own business."""
    return said.type == "error" and not said.text.startswith("Failed to load resource")


@pytest.fixture
def page_of(demo: Running, chromium: Browser) -> Iterator[Callable[..., Page]]:
    """A page in which the person is logged in; what the console complains about fails the test."""
    opened = []
    complaints: list[str] = []

    def open_one(login: str, language: str = "sv", width: int = 1280, scheme: str = "light") -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": 800}, color_scheme=scheme, locale=language, base_url=demo.url
        )
        opened.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if _is_complaint(said) else None)
        page.goto("/login")
        page.fill("#login", login)
        page.fill("#password", demo.password)
        page.click("main button.main")
        page.wait_for_selector("nav")
        if page.get_attribute("html", "lang") != language:
            page.click(f"button[name=language][value={language}]")
            page.wait_for_selector(f"html[lang={language}]")
        page.wait_for_load_state()  # only then have the page's own scripts run
        return page

    yield open_one
    for context in opened:
        context.close()
    assert complaints == []
