"""Seen somewhere else: one key registers it there, together with what is marked at the same place, and one key takes it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlmodel import col, select

from tracker.applying import apply
from tracker.clock import utc_now
from tracker.db import open_engine, reading, writing
from tracker.reconcile import reconcile
from tracker.register import read_world
from tracker.tables import Asset, Device, Network, Site
from tracker.words import AssetStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Page
    from sqlalchemy import Engine

    from tests.browser.conftest import Running

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def _judge(engine: Engine) -> None:
    """What a night does in which nothing new is seen."""
    now = utc_now()
    with reading(engine) as session:
        world = read_world(session, (), now)
    apply(engine, reconcile(world), scan_id=None, now=now, live={f.id: f.facts for f in world.findings})


@pytest.fixture
def moved(demo: Running) -> Iterator[Engine]:
    """Two units that are seen at Kvarnskolan and one at Stadshuset, all three of Ekbackaskolan by the register."""
    engine = open_engine(f"sqlite:///{demo.folder / '.demo' / 'enhetskoll.db'}")
    before: dict[int, int | None] = {}
    with writing(engine) as session:
        sites = {site.name: site.id for site in session.exec(select(Site))}
        for name, count in (("Kvarnskolan", 2), ("Stadshuset", 1)):
            seen = select(Asset).join(Device).join(Network, col(Device.network_id) == col(Network.id))
            there = seen.where(Network.site_id == sites[name], Asset.status == AssetStatus.IN_USE)
            for asset in session.exec(there.order_by(col(Asset.id)).limit(count)):
                before[asset.id or 0] = asset.site_id
                asset.site_id = sites["Ekbackaskolan"]
    assert len(before) == 3
    _judge(engine)
    yield engine
    with writing(engine) as session:
        for number, site_id in before.items():
            session.get_one(Asset, number).site_id = site_id
    _judge(engine)
    engine.dispose()


def _total(page: Page) -> int:
    return int(page.inner_text("h1 .count").split()[0])


def test_what_is_marked_at_the_same_place_is_corrected_with_what_is_open(
    page_of: Callable[..., Page], moved: Engine
) -> None:
    page = page_of("anna")
    page.goto("/findings?kind=moved")
    assert _total(page) == 3
    with page.expect_navigation():
        page.click("[data-item]:has-text('Kvarnskolan') >> nth=0")
    for box in page.query_selector_all("[data-mark]"):
        box.check()
    with page.expect_navigation():
        page.keyboard.press("p")
    page.wait_for_selector("[data-undo]")
    assert "2" in page.inner_text("[data-undo]")
    assert _total(page) == 1
    # What is elsewhere is another question, and comes next.
    assert "Stadshuset" in page.inner_text("#finding-said")
    with page.expect_navigation():
        page.keyboard.press("u")
    page.goto("/findings?kind=moved")
    assert _total(page) == 3


def test_an_assets_form_is_saved_and_shown(page_of: Callable[..., Page], moved: Engine) -> None:
    page = page_of("anna")
    page.goto("/findings?kind=moved")
    page.click(".facts a[href^='/assets/']")
    page.click("a[href$='/edit']")
    page.select_option("#place", label="Solgården")
    page.fill("#price", "4 995")
    with page.expect_navigation():
        page.click("main form button.main")
    page.wait_for_selector(".notice[role=status]")
    assert "Solgården" in page.inner_text(".facts")
    assert "4\xa0995" in page.inner_text(".facts")
