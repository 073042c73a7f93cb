from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tracker.config import load
from web import create_app
from web.pages.receipts import label_url

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Engine


def test_the_labels_address_stands_on_the_configured_name_and_never_on_the_requests(
    tmp_path: Path, engine: Engine, clock: Callable
) -> None:
    path = tmp_path / "named.toml"
    path.write_text('[web]\nbase_url = "https://enhetskoll.ekbacka.se/"\n', encoding="utf-8")
    app = create_app(load(path), engine, clock)
    with app.test_request_context("/", base_url="http://localhost:9999"):
        assert label_url("10 481/x") == "https://enhetskoll.ekbacka.se/a/10%20481%2Fx"


@pytest.mark.parametrize("number", ["K-NOTHERE", "..%2f..%2fetc", "K-0000010481%00"])
def test_a_number_that_is_none_is_not_found(browser: Callable, number: str) -> None:
    assert browser("anna").get(f"/receipts/{number}").status_code == 404


def test_a_receipt_links_to_the_others_of_the_same_handover_and_to_nothing_else(
    browser: Callable, two_schools: dict[str, dict[str, object]]
) -> None:
    number = two_schools["own"]["number"]
    page = browser("anna").get(f"/receipts/{number}?also=K-ABCDEFGHJK&also=//evil.example&also=<b>").text
    assert 'href="/receipts/K-ABCDEFGHJK"' in page
    assert "evil" not in page.split("</header>")[-1]


def test_a_receipt_is_not_shown_to_another_school(
    browser: Callable, two_schools: dict[str, dict[str, object]]
) -> None:
    assert browser("bjorn").get(f"/receipts/{two_schools['other']['number']}").status_code == 404
