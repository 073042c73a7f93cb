"""How pages hold together: filters fold on phones without a script, and no line ends inside a tag."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser, Page

    from tests.browser.conftest import Running

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.xdist_group("browser")]

FILTERED = ("/assets", "/devices", "/findings", "/administration/models", "/administration/people")


def _lines(page: Page, selector: str) -> list[int]:
    """In how many pieces each of these stands."""
    return list(
        page.eval_on_selector_all(
            selector, "all => all.map(one => one.getClientRects().length).filter(n => n)"
        )
    )


def test_filters_are_folded_on_a_phone_and_say_how_many_narrow_the_list(
    page_of: Callable[..., Page],
) -> None:
    page = page_of("anna", "sv", 360)
    for path in FILTERED:
        page.goto(path)
        fold, fields = page.locator(".fold > summary"), page.locator(".fold-body .field")
        assert (fold.inner_text(), fields.first.is_visible()) == ("Filter", False), path
        page.focus(".fold > summary")
        page.keyboard.press("Enter")
        expect(fields.first, path).to_be_visible()
        page.set_viewport_size({"width": 1280, "height": 800})
        expect(fold, path).to_be_hidden()
        expect(fields.first, path).to_be_visible()
        page.set_viewport_size({"width": 360, "height": 800})
    page.goto("/assets?status=handed_out&class=chromebook")
    assert page.locator(".fold > summary").inner_text() == "Filter: 2 val"


def test_filters_unfold_without_scripts(chromium: Browser, demo: Running) -> None:
    context = chromium.new_context(
        viewport={"width": 360, "height": 800}, java_script_enabled=False, base_url=demo.url
    )
    page = context.new_page()
    page.goto("/login")
    page.fill("#login", "anna")
    page.fill("#password", demo.password)
    page.click("main button.main")
    page.wait_for_selector("nav")
    page.goto("/assets")
    page.click(".fold > summary")
    page.select_option("#status", "handed_out")
    page.click(".list-filter button")
    page.wait_for_url("**status=handed_out**")
    context.close()


@pytest.mark.parametrize("width", [360, 1280])
def test_no_line_ends_inside_a_tag(page_of: Callable[..., Page], width: int) -> None:
    page = page_of("anna", "en", width)
    page.goto("/findings?kind=end_of_life")
    assert set(_lines(page, ".unbroken")) == {1}
    page.goto("/assets")
    assert set(_lines(page, "td time")) <= {1}
    assert set(_lines(page, "td.tag a")) == {1}


def test_a_button_that_takes_its_time_says_so(page_of: Callable[..., Page]) -> None:
    page = page_of("anna")
    page.goto("/administration/people/new")
    # Into a frame: a page on its way to another one cannot be looked at.
    page.evaluate("""() => {
        const form = document.querySelector("main form");
        form.noValidate = true;
        form.target = document.body.appendChild(document.createElement("iframe")).name = "aside";
    }""")
    page.route("**/administration/people/new", lambda _: None)  # never answered
    page.click("main form .btn.main")
    page.wait_for_selector("main form .btn.main[aria-busy=true]")
    # What a script sends is said on the row that it makes, not on the button.
    page.unroute_all()
    page.goto("/returns")
    page.fill("#code", "?")
    page.click("#return-form .btn")
    page.wait_for_selector("#rows li")
    assert page.locator("[aria-busy]").count() == 0
