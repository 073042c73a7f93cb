from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from werkzeug.datastructures import LanguageAccept

from web.language import choose
from web.layout import rail

if TYPE_CHECKING:
    from tracker.roles import Viewer


def _codes(viewer: Viewer) -> list[str]:
    return [item.code for item in rail(viewer)]


def test_the_rail_follows_the_role(anna: Viewer, bjorn: Viewer, cecilia: Viewer, david: Viewer) -> None:
    assert _codes(anna) == ["today", "findings", "assets", "network", "handover"]
    assert _codes(bjorn) == ["return", "hand_out", "school"]
    assert _codes(cecilia) == ["state", "findings", "assets", "network"]
    assert _codes(david) == ["today"]


@pytest.mark.parametrize(
    ("own", "chosen", "default", "accepts", "language"),
    [
        ("en", "sv", "sv", [("sv", 1)], "en"),
        (None, "en", "sv", [("sv", 1)], "en"),
        (None, None, "en", [("sv", 1)], "en"),
        (None, None, None, [("en-GB", 1)], "en"),
        (None, None, None, [("de", 1)], "sv"),
        (None, "xx", None, [], "sv"),
    ],
)
def test_the_readers_own_language_comes_first(
    own: str | None, chosen: str | None, default: str | None, accepts: list[tuple[str, float]], language: str
) -> None:
    assert choose(own, chosen, default, LanguageAccept(accepts)) == language
