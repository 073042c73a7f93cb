"""The queue as a technician works through it, and the hand-out and return as a school secretary does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def _total(page: Page) -> int:
    return int("".join(c for c in page.inner_text("h1 .count") if c.isdigit()))


def test_the_queue_is_walked_and_decided_by_keyboard_alone(page_of: Callable[..., Page]) -> None:
    page = page_of("anna")
    page.goto("/findings?kind=unregistered_iot")
    before = _total(page)
    first = page.inner_text("#finding-said")
    with page.expect_navigation():
        page.keyboard.press("j")
    assert page.inner_text("#finding-said") != first
    second = page.inner_text("#finding-said")
    page.keyboard.press("n")
    page.wait_for_selector("#not_ours[open]")
    page.keyboard.type("Vaktmästaren")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.wait_for_selector("[data-undo]")
    assert _total(page) < before
    assert page.inner_text("#finding-said") != second
    with page.expect_navigation():
        page.keyboard.press("u")
    page.goto("/findings?kind=unregistered_iot")
    assert _total(page) == before


def test_the_keys_are_shown_on_asking(page_of: Callable[..., Page]) -> None:
    page = page_of("anna")
    page.goto("/findings")
    page.keyboard.press("?")
    page.wait_for_selector("dialog[open]")
    assert "j" in page.inner_text("dialog[open]")


def test_one_decision_settles_a_group_of_the_same_kind(page_of: Callable[..., Page]) -> None:
    page = page_of("anna")
    page.goto("/findings?kind=end_of_life")
    before = _total(page)
    with page.expect_navigation():
        page.click("[data-item]:has-text('R13')")
    page.wait_for_selector(".group-note")
    page.keyboard.press("i")
    page.fill("#ignore input[name=until]", "2027-06-30")
    page.fill("#ignore input[name=reason]", "Byts ut i juni")
    with page.expect_navigation():
        page.click("#ignore button.main")
    page.wait_for_selector("[data-undo]")
    assert before - _total(page) > 1
    with page.expect_navigation():
        page.click("[data-undo] button")


def test_a_secretary_takes_a_chromebook_back_with_the_keyboard(page_of: Callable[..., Page]) -> None:
    page = page_of("bjorn")
    page.goto("/returns")
    page.keyboard.type("EK-C0010")
    with page.expect_response("**/returns"):
        page.keyboard.press("Enter")
    page.wait_for_selector("text=EK-C0010")
    page.goto("/assets?q=EK-C0010")
    page.wait_for_selector("text=EK-C0010")
    assert "återlämnad" in page.inner_text("main").lower()


@pytest.mark.parametrize("path", ["/returns", "/handovers"])
def test_a_scan_is_heard_before_any_script_has_come(page_of: Callable[..., Page], path: str) -> None:
    page = page_of("bjorn")
    page.route("**/static/*.js", lambda route: route.abort())
    page.goto(path)
    expect(page.locator("#code")).to_be_focused()
    page.keyboard.type("EK-C0010")
    expect(page.locator("#code")).to_have_value("EK-C0010")


def test_school_staff_do_not_meet_another_schools_devices(page_of: Callable[..., Page]) -> None:
    page = page_of("bjorn")
    page.goto("/assets?q=EK-C0140")
    assert "EK-C0140" not in page.inner_text("main table" if page.query_selector("main table") else "main")
    answer = page.goto("/a/EK-C0140")
    assert answer is not None
    assert answer.status == 404


def test_logging_out_ends_the_session_at_once(page_of: Callable[..., Page]) -> None:
    page = page_of("cecilia")
    cookies = page.context.cookies()
    page.evaluate("document.querySelector('form[action=\"/logout\"]').submit()")
    page.wait_for_url("**/login**")
    page.context.add_cookies(cookies)
    page.goto("/assets")
    assert "/login" in page.url
