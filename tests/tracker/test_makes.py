"""A maker is said once, although many models are named with it."""

from __future__ import annotations

import pytest

from tracker.makes import make_text


@pytest.mark.parametrize(
    ("vendor", "model", "said"),
    [
        ("Acer", "Chromebook 311", "Acer Chromebook 311"),
        ("Axis", "AXIS P3245-LV", "AXIS P3245-LV"),
        ("Apple", "Apple TV 4K", "Apple TV 4K"),
        ("HP", "HP-2530", "HP-2530"),
        ("Sonos", "sonos", "sonos"),
        ("Ax", "Axle 2", "Ax Axle 2"),
        ("3M", "3M2", "3M 3M2"),
        ("", "P3245-LV", "P3245-LV"),
        ("Axis", "", "Axis"),
        (None, None, ""),
        (None, "P3245-LV", "P3245-LV"),
    ],
)
def test_the_maker_is_said_once(vendor: str | None, model: str | None, said: str) -> None:
    assert make_text(vendor, model) == said
