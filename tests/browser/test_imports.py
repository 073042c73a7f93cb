"""A register out of Snipe-IT, brought in by a technician on the page and taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

EXPORT = (
    "ID,Företag,Företagsnamn,Tillgångstagg,Serienummer,Kategori,Status,Utcheckad till,Plats,Inköpsdatum,Zippa\r"
    "1,Ekbackaskolan,Vagn 1,SNIPE-1,SN-IMP-1,Laptops,Ready to Deploy,,Ekbacka skolan,1/23/23,12345\r"
    "2,Ekbackaskolan,Vagn 2,SNIPE-2,SN-IMP-2,Laptops,Archived,,Ekbackaskolan,12/31/22,12345\r"
)


def test_a_swedish_export_comes_in_and_goes_out_again(page_of: Callable[..., Page], tmp_path: Path) -> None:
    file = tmp_path / "export-tillgangar.csv"
    file.write_bytes(EXPORT.encode("cp1252"))
    page = page_of("anna")
    page.goto("/assets")
    page.click("a[href='/imports']")
    page.set_input_files("#file", file)
    page.click("main button.main")
    page.wait_for_selector("text=Snipe-IT, tillgångslista")
    assert page.locator("[name^=answer-]").count() == 1
    page.select_option("#answer-0", "map:Ekbackaskolan")
    with page.expect_navigation():
        page.click("text=Svara och jämför igen")
    page.click("text=Läs in 2 rader")
    page.wait_for_selector("text=Ta tillbaka importen")
    page.goto("/assets?q=SNIPE-")
    assert page.locator("tr[data-row]").count() == 2
    page.goto("/imports")
    page.click("text=export-tillgangar.csv")
    page.click("text=Ta tillbaka importen")
    page.wait_for_selector("text=2 borttagna")
    page.goto("/assets?q=SNIPE-")
    assert page.locator("tr[data-row]").count() == 0
