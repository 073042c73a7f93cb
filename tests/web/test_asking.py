from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.asking import local_path

HOME = "https://enhetskoll.ekbacka.se/login"


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        r"/\evil.example",
        r"\\evil.example",
        "https:evil.example",
        "https://evil.example/",
        "/\t/evil.example",
        "\t//evil.example",
        "/\n/evil.example",
        " //evil.example",
        "javascript:alert(1)",
        "",
        None,
        "assets",
    ],
)
def test_a_way_out_of_the_site_is_not_followed(target: str | None) -> None:
    assert local_path(target) is None


@pytest.mark.parametrize(
    "target", ["/", "/assets?status=lost&page=2", "/a/10482", "/s%2f%2fevil", "/sök?q=åäö"]
)
def test_a_path_of_ours_is(target: str) -> None:
    assert local_path(target) == target


@given(st.text(st.sampled_from("/\\:?#@.ab\t\n\r %2fevil"), max_size=12))
def test_whatever_is_let_through_stays_on_the_site(target: str) -> None:
    path = local_path(target)
    if path is not None:
        as_a_browser_reads_it = path.replace("\\", "/").replace("\t", "").replace("\n", "").replace("\r", "")
        assert urlsplit(urljoin(HOME, as_a_browser_reads_it)).netloc == "enhetskoll.ekbacka.se"
