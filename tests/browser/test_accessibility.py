"""No page breaks WCAG 2.2 AA, in either language, on a phone or on a desk, in light or dark."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.xdist_group("browser")]

WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
PAGES = (
    "/",
    "/findings",
    "/findings?kind=conflicting",  # none: what fills the page
    "/findings/1",
    "/findings/1/alike",
    "/findings/1/register",
    "/assets",
    "/assets?unit=5",
    "/assets/1",
    "/assets/1/edit",
    "/devices",
    "/devices/1",
    "/scans",
    "/scans/1",
    "/handovers",
    "/returns",
    "/returns/left/11",
    "/search?q=chromebook",
    "/administration/networks",
    "/administration/networks/1",
    "/administration/models",
    "/administration/models/1",
    "/administration/units",
    "/administration/units/1",
    "/administration/sites/1",
    "/administration/people",
    "/administration/people?unit=5",
    "/administration/people/29",  # protected: masked
    "/administration/people/61",
    "/administration/people/190",  # of a unit with a long name
    "/administration/people/61/edit",
    "/administration/people/import",
    "/administration/people/new",
    "/administration/people/units/11",
    "/account/password",
    "/account/tokens",
    "/imports",
    "/system",
)
ADMINISTRATORS = (
    "/administration/roles",
    "/administration/roles/new",
    "/administration/settings",
    "/administration/tokens",
    "/administration/users",
    "/administration/users/new",
)


REACH = "Math.max(document.documentElement.scrollWidth, document.querySelector('main').scrollWidth)"
"""How wide the page is; on a phone it is the main part that scrolls, not the document."""


LOOKS = {"runOnly": {"type": "rule", "values": ["color-contrast", "target-size"]}}
"""What a colour scheme and a width can break beside all that does not depend on them, at a fifth of the time."""


def _violations(page: Page, options: object = WCAG) -> list[str]:
    found = Axe().run(page, options=options).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['target']} {one['nodes'][0]['failureSummary']}" for one in found]


# Every pair of language, width and scheme is met: a fault that needs all three at once has not been seen. What is right in one
# scheme and width is right in the other but for colours and sizes.
@pytest.mark.parametrize(
    ("language", "width", "scheme", "rules"),
    [
        ("sv", 360, "light", WCAG),
        ("sv", 1280, "dark", LOOKS),
        ("en", 360, "dark", LOOKS),
        ("en", 1280, "light", WCAG),
    ],
    ids=["sv-360-light", "sv-1280-dark", "en-360-dark", "en-1280-light"],
)
def test_no_page_breaks_the_guidelines_or_scrolls_sideways(
    page_of: Callable[..., Page], language: str, width: int, scheme: str, rules: object
) -> None:
    page = page_of("anna", language, width, scheme)
    page.on("console", lambda _: None)
    wrong: dict[str, object] = {}
    for path in PAGES:
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        if found := _violations(page, rules):
            wrong[path] = found
        if (reach := page.evaluate(REACH)) > width:
            wrong[f"{path} is too wide"] = reach
    assert wrong == {}


@pytest.mark.parametrize("width", [360, 1280])
def test_no_page_of_the_administrators_does(page_of: Callable[..., Page], width: int) -> None:
    page = page_of("admin", "sv", width, "light")
    for path in ADMINISTRATORS:
        assert page.goto(path).status == 200
        assert _violations(page) == []
        assert page.evaluate(REACH) <= width


def test_the_login_page_breaks_none_either(chromium: object, demo: object) -> None:
    page = chromium.new_page(base_url=demo.url)  # type: ignore[attr-defined]
    page.goto("/login")
    assert _violations(page) == []
    page.close()


@pytest.mark.parametrize("width", [360, 1280])
def test_neither_do_the_receipt_the_chiefs_page_and_the_page_that_is_not_there(
    page_of: Callable[..., Page], width: int
) -> None:
    tag = f"EK-C00{20 + width % 7}"
    page = page_of("bjorn", "sv", width)
    page.goto("/returns")
    page.keyboard.type(tag)
    with page.expect_response("**/returns"):
        page.keyboard.press("Enter")
    page.goto(f"/a/{tag}")
    receipt = page.get_attribute("a[href^='/receipts/']", "href")
    assert receipt is not None
    for language in ("sv", "en"):
        page.goto(receipt)
        if page.get_attribute("html", "lang") != language:
            page.click(f"button[name=language][value={language}]")
            page.wait_for_selector(f"html[lang={language}]")
        page.goto(receipt)
        assert _violations(page) == [], language
        page.goto("/nothing-here")
        assert _violations(page) == [], language
    chief = page_of("cecilia", "sv", width)
    chief.goto("/")
    assert _violations(chief) == []
