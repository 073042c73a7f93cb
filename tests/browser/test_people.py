"""The list of people in a real browser: found while typing, and no name in an address or in the history."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.xdist_group("browser")]
PATH = "/administration/people"


def test_a_pupil_is_found_while_typing_and_the_row_opens(page_of: Callable[..., Page]) -> None:
    page = page_of("bjorn")
    asked: list[str] = []
    page.on("request", lambda sent: asked.append(sent.url))
    page.goto(f"{PATH}?unit=11")
    rows = page.locator("#people-rows .row-link")
    whole = rows.all_inner_texts()
    wanted = whole[3]
    page.fill("#q", wanted.upper())
    expect(rows.first).to_have_text(wanted)
    assert set(rows.all_inner_texts()) == {wanted}
    assert page.inner_text("#people-said")
    with page.expect_response(f"**{PATH}"):
        page.press("#q", "Enter")
    expect(page.locator("#q")).to_be_focused()
    page.fill("#q", "")
    expect(rows).to_have_count(len(whole))
    assert rows.all_inner_texts() == whole
    page.fill("#q", wanted)
    expect(rows.first).to_have_text(wanted)
    page.locator("#people-rows tbody td").nth(3).click()
    page.wait_for_url(f"**{PATH}/*")
    assert page.locator("h1").inner_text().startswith(wanted)
    assert not [url for url in asked if wanted.split()[0].casefold() in url.casefold()]


def test_the_list_is_a_link_again_when_no_name_is_typed(page_of: Callable[..., Page]) -> None:
    page = page_of("bjorn", width=360)
    page.goto(PATH)
    page.click(".fold > summary")
    page.select_option("#state", "holding")
    page.click("#people-filter button")
    page.wait_for_url(f"**{PATH}?state=holding")
    page.emulate_media(media="print")
    page.goto(f"{PATH}/units/11")
    expect(page.locator(".print-only").first).to_be_visible()
    expect(page.locator("nav.rail")).to_be_hidden()
    row = page.eval_on_selector("table.rows tbody tr", "row => getComputedStyle(row).display")
    assert row == "table-row"  # on narrow paper, too, where a screen shows cards
