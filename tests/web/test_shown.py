from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from markupsafe import Markup

from tracker.words import AssetStatus, FindingKind, Language, Profile
from web.shown import (
    _below,
    day_text,
    far_day_text,
    moment_text,
    number_text,
    share_text,
    unbroken,
    word_code,
)

if TYPE_CHECKING:
    from flask import Flask

STOCKHOLM = ZoneInfo("Europe/Stockholm")
TODAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
SV, EN = Language.SV, Language.EN


@pytest.mark.parametrize(
    ("moment", "language", "said"),
    [
        (datetime(2026, 11, 24, 9, 12, tzinfo=UTC), SV, "tis 24 nov 10.12"),
        (datetime(2026, 11, 24, 9, 12, tzinfo=UTC), EN, "Tue 24 Nov 10:12"),
        (datetime(2025, 12, 31, 23, 30, tzinfo=UTC), SV, "tors 1 jan 00.30"),
        (datetime(2025, 6, 1, 6, 5, tzinfo=UTC), SV, "sön 1 juni 2025 08.05"),
    ],
)
def test_a_moment_is_said_in_local_time_with_the_year_when_it_is_another(
    moment: datetime, language: Language, said: str
) -> None:
    assert moment_text(moment, TODAY, language, STOCKHOLM) == said


def test_a_day_needs_its_year_only_when_it_is_not_this_one() -> None:
    today = date(2026, 11, 23)
    assert day_text(date(2026, 5, 4), today, SV) == "mån 4 maj"
    assert day_text(date(2028, 10, 10), today, SV) == "tis 10 okt 2028"


def test_numbers_follow_the_language() -> None:
    assert number_text(61402, SV) == "61\u00a0402"
    assert number_text(61402, EN) == "61,402"
    assert number_text(0.8, SV) == "0,8"
    assert share_text(0.008, SV) == "0,8\u00a0%"
    assert share_text(1, EN) == "100%"


def test_a_word_knows_its_text() -> None:
    assert word_code(AssetStatus.IN_STOCK) == "words.asset_status.in_stock"
    assert word_code(FindingKind.UNREGISTERED_IOT) == "words.finding_kind.unregistered_iot"
    assert word_code(Profile.HARVEST_ONLY) == "words.profile.harvest_only"


def _rendered(app: Flask, source: str, **data: object) -> str:
    with app.test_request_context("/assets?status=lost&after=abc"):
        return app.jinja_env.from_string(source).render(**data)


def test_the_exact_moment_stands_in_the_title(app: Flask) -> None:
    said = _rendered(app, "{{ at | moment }}", at=datetime(2026, 11, 23, 8, 59, 1, tzinfo=UTC))
    assert said == (
        '<time datetime="2026-11-23T09:59:01+01:00" title="2026-11-23T09:59:01+01:00">mån 23 nov 09.59</time>'
    )
    assert "\u2013" in _rendered(app, "{{ none | moment }}{{ none | day }}", none=None)


def test_what_a_device_says_cannot_become_markup(app: Flask) -> None:
    hostile = "<img src=x onerror=alert(1)>\"'"
    said = _rendered(app, "{{ t('web.person_menu', name=name) }}", name=hostile)
    assert "<img" not in said
    assert isinstance(said, str)
    assert not isinstance(said, Markup)


def test_each_form_gets_its_own_request_id(app: Flask) -> None:
    first, second = _rendered(app, "{{ request_id() }} {{ request_id() }}").split()
    assert first != second
    assert len(first) <= 40


def test_a_link_is_remembered_for_where_the_app_is_mounted(app: Flask) -> None:
    source = '{{ url_for("assets.show", asset_id=number) }}'
    for root, expected in (("/", "/assets/7"), ("/inventarie", "/inventarie/assets/7"), ("/", "/assets/7")):
        with app.test_request_context("/", base_url=f"http://localhost{root}"):
            assert app.jinja_env.from_string(source).render(number=7) == expected


def test_links_that_only_look_alike_are_told_apart(app: Flask) -> None:
    assert _rendered(app, '{{ url_for("assets.list", q=1) }}') == "/assets?q=1"
    assert _rendered(app, '{{ url_for("assets.list", q="1 & 2") }}') == "/assets?q=1+%26+2"
    assert _rendered(app, '{{ url_for("assets.list", q=True) }}') == "/assets?q=True"
    assert _rendered(app, '{{ url_for("assets.list", q=["a", "b"]) }}') == "/assets?q=a&amp;q=b"


def test_headings_are_the_texts_right_below_a_code() -> None:
    assert {"tag", "model", "holder"} <= set(_below("assets.column", SV))
    assert "column.tag" not in _below("assets", SV)
    assert all(isinstance(said, str) for said in _below("assets", EN).values())


def test_a_day_of_another_year_is_said_without_its_weekday() -> None:
    today = date(2026, 11, 23)
    assert far_day_text(date(2026, 5, 4), today, SV) == "mån 4 maj"
    assert far_day_text(date(2031, 6, 6), today, SV) == "6 juni 2031"
    assert far_day_text(date(2031, 6, 6), today, EN) == "6 Jun 2031"


def test_where_the_page_is_about_one_day_the_clock_is_enough(app: Flask) -> None:
    said = _rendered(app, "{{ at | clock }}", at=datetime(2026, 11, 23, 8, 59, 1, tzinfo=UTC))
    assert said.endswith('title="2026-11-23T09:59:01+01:00">09.59</time>')


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Dator EK-C0050 är", 'Dator <span class="unbroken">EK-C0050</span> är'),
        ("(CB5-312T)", '(<span class="unbroken">CB5-312T</span>)'),
        ("IT-avdelningen, B12", "IT-avdelningen, B12"),
        ("EKBACKA-KOMMUN-N2026-00017", "EKBACKA-KOMMUN-N2026-00017"),
        ("<b>EK-1</b>", '&lt;b&gt;<span class="unbroken">EK-1</span>&lt;/b&gt;'),
        ("'-1-2", "&#39;-1-2"),
    ],
)
def test_a_tag_is_not_broken_at_its_hyphen_and_nothing_becomes_markup(text: str, said: str) -> None:
    assert unbroken(text) == said
    assert unbroken(Markup("<b>")) == "<b>"
    assert unbroken("<b>") == "&lt;b&gt;"
