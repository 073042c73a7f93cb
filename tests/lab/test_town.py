"""The whole thing on real daemons: all found, all matched, none false; and what a browser registers is settled."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.lab.night import ROOT, Night
from tests.lab.scoring import said, score
from tests.lab.topology import Lab, is_possible

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("lab"), pytest.mark.timeout(240)]
PASSWORD = "lab-lösen-som-ingen-har"
PORT = 8790


@pytest.fixture
def night() -> Iterator[Night]:
    if reason := is_possible():
        pytest.skip(reason)
    with Lab() as lab:
        one = Night(lab)
        one.install(PASSWORD)
        one.scan()
        yield one


def _register_in_a_browser(chromium: Browser, config: Path, tag: str) -> str:
    """Register the queue's first unregistered device; the finding's sentence."""
    words = [sys.executable, "-m", "tracker", "serve", "--config", str(config)]
    server = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        line = (server.stdout.readline() if server.stdout else "") or ""
        found = re.search(r"http://\S+", line)
        assert found, line
        page = chromium.new_page(base_url=found[0])
        for _ in range(40):
            try:
                page.goto("/login")
                break
            except Exception:  # noqa: BLE001 -- the server is still starting
                page.wait_for_timeout(250)
        page.fill("#login", "anna")
        page.fill("#password", PASSWORD)
        page.click("main button.main")
        page.wait_for_selector("nav")
        page.goto("/findings?kind=unregistered_device")
        said = page.inner_text("#finding-said")
        page.keyboard.press("r")
        page.wait_for_url("**/register**")
        page.fill("input[name=tag]", tag)
        if page.query_selector("select[name=unit]"):
            page.select_option("select[name=unit]", index=1)
        page.click("main form button.main")
        page.wait_for_selector("[data-undo]")
        assert tag in page.inner_text("main")
        page.close()
        return said
    finally:
        server.terminate()
        server.wait(timeout=15)
        if server.stdout:
            server.stdout.close()


@pytest.mark.browser
def test_all_is_found_and_what_a_browser_registers_is_settled_by_the_next_scan(
    night: Night, chromium: Browser
) -> None:
    result = score(night)
    assert (result.found, result.matched) == (result.live, result.registered), result.lines()
    assert (result.got, result.false) == (result.wanted, 0), result.lines()
    # A card of Intel's says nothing of a printer, and the register knows the gateway by its serial alone: both are
    # known by what they say, by IPP's announcement and in the UPnP description.
    assert said(night, "prn2") == ("printer", "HP", "LaserJet M507")
    assert said(night, "gw1") == ("network", "AVM", "FRITZ!Box 7530")
    before = {one["id"]: one for one in night.findings()}
    _register_in_a_browser(chromium, night.config, "L-0099")
    night.scan()
    after = {one["id"]: one for one in night.findings()}
    assert len(before) - len(after) == 1
    assert set(after) < set(before)
    (gone,) = set(before) - set(after)
    assert before[gone]["kind"] == "unregistered_device"
