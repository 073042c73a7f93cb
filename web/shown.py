"""How texts, moments, days, numbers and words are shown: the Jinja filters and globals."""

from __future__ import annotations

import json
import re
import secrets
from functools import lru_cache
from typing import TYPE_CHECKING

from babel.dates import format_date
from babel.numbers import format_decimal, format_percent
from flask import Flask, g, request, url_for
from markupsafe import Markup, escape

from tracker.makes import make_text
from tracker.texts import catalogue, has_text
from tracker.texts import text as text_of
from tracker.words import Language
from web import doors

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime
    from enum import StrEnum
    from zoneinfo import ZoneInfo

    from tracker.words import Permission

_CLOCK = {Language.SV: "%H.%M", Language.EN: "%H:%M"}
_SHARE = {Language.SV: "#,##0.#\u00a0%", Language.EN: "#,##0.#%"}
_WORD_START = re.compile(r"(?<!^)(?=[A-Z])")
_NUMBERED = re.compile(r"(?<![\w-])(?=[\w-]*\d)\w+(?:-\w+)+(?![\w-])")
"""A word in parts with a figure in it: an asset tag, a model's number."""
LONGEST_UNBROKEN = 20
"""Characters: what is longer would not stand on a phone's line beside anything."""


@lru_cache(maxsize=4096)  # a list says the same few days over and over
def day_text(day: date, today: date, language: Language) -> str:
    """``tis 24 nov``; with the year when it is not this one."""
    pattern = "EEE d MMM" if day.year == today.year else "EEE d MMM y"
    return format_date(day, pattern, locale=language.value).replace(".", "")


@lru_cache(maxsize=1024, typed=True)  # words of two kinds may be spelled alike
def _named(word: StrEnum) -> str:
    kind = _WORD_START.sub("_", type(word).__name__).lower()
    return f"words.{kind}.{word.value.replace('-', '_')}"


def moment_text(moment: datetime, now: datetime, language: Language, zone: ZoneInfo) -> str:
    """``tis 24 nov 10.12`` in the municipality's time zone."""
    local = moment.astimezone(zone)
    day = day_text(local.date(), now.astimezone(zone).date(), language)
    return f"{day} {local:{_CLOCK[language]}}"


def far_day_text(day: date, today: date, language: Language) -> str:
    """As `day_text`, but of another year nobody asks for the day of the week: ``6 juni 2031``."""
    if day.year == today.year:
        return day_text(day, today, language)
    return format_date(day, "d MMM y", locale=language.value).replace(".", "")


def number_text(number: float, language: Language) -> str:
    """``1 234`` and ``0,8`` in Swedish."""
    return format_decimal(number, locale=language.value)


def share_text(share: float, language: Language) -> str:
    """A share of one as a percentage with at most one decimal: ``0,8 %``."""
    return format_percent(share, format=_SHARE[language], locale=language.value)


def bytes_text(size: float, language: Language) -> str:
    """``1,2 GB``: thousands, as disks are sold."""
    unit, step = "kB", 1_000.0
    for bigger in ("MB", "GB", "TB"):
        if size < step * 1_000:
            break
        unit, step = bigger, step * 1_000
    return f"{format_decimal(size / step, '#,##0.#', locale=language.value)}\u00a0{unit}"


def word_code(word: StrEnum) -> str:
    """The text code of a word: ``words.asset_status.in_stock``."""
    return _named(word)


def language() -> Language:
    """The reader's language; Swedish where a request failed before it was known."""
    chosen: Language = g.get("language", Language.SV)
    return chosen


def t(code: str, **data: object) -> str:
    """The text of a code in the reader's language. Data is escaped by the template, not here."""
    return text_of(code, language(), **data)


def script_texts(prefix: str) -> Markup:
    """The texts below a code as JSON for a page's ``<meta name="texts">``, by code, unfilled."""
    return _script_texts(prefix, language())


@lru_cache(maxsize=64)
def _script_texts(prefix: str, language: Language) -> Markup:
    start = f"{prefix}."
    found = {code: said for code, said in catalogue(language).items() if code.startswith(start)}
    return escape(json.dumps(found))


def texts_below(prefix: str) -> dict[str, str]:
    """The texts right below a code by their last word: a table's headings, said anew in each of its rows."""
    return _below(prefix, language())


@lru_cache(maxsize=256)
def _below(prefix: str, language: Language) -> dict[str, str]:
    start = f"{prefix}."
    found = (
        (code.removeprefix(start), said)
        for code, said in catalogue(language).items()
        if code.startswith(start)
    )
    return {code: said for code, said in found if isinstance(said, str) and "." not in code}


def role_text(name: str) -> str:
    """A role's name: a built-in one in the reader's language, one's own as it was written."""
    code = f"words.role_name.{name}"
    return opening(t(code)) if has_text(code) else name


def hanging_text(what: str, count: int) -> str:
    """How many of what: ``214 tillgångar``; a table without a word of its own is a record."""
    code = f"units.hanging.{what}"
    return t(code if has_text(code) else "units.hanging.else", n=count)


def permission_text(permission: Permission) -> str:
    """What a permission lets one do."""
    return opening(t(f"words.permission.{permission.value.replace('.', '_')}"))


def with_args(**changes: object) -> str:
    """This page's address with some of its arguments changed; None takes one away."""
    args: dict[str, object] = {**request.args.to_dict(flat=False), **(request.view_args or {})}
    args.update(changes)
    kept = {name: value for name, value in args.items() if value is not None}
    return url_for(request.endpoint or "start.index", **kept)  # type: ignore[arg-type]


def opening(text: str) -> str:
    """The text with a capital first letter, for a word that stands alone."""
    return text[:1].upper() + text[1:]


def request_id() -> str:
    """A fresh id for one write form: a repeated send does nothing twice."""
    return secrets.token_urlsafe(18)


_PLAIN = (int, str)
"""Types of arguments that mean one address each: ``1`` and ``True`` would be taken for each other."""
_NONE = Markup('<span class="none">\u2013</span>')


@lru_cache(maxsize=8192)  # a history and a list of devices say the same night over and over
def _marked_moment(moment: datetime, today: date, language: Language, zone: ZoneInfo) -> Markup:
    local = moment.astimezone(zone)
    exact = local.isoformat(timespec="seconds")
    said = f"{day_text(local.date(), today, language)} {local:{_CLOCK[language]}}"
    return Markup('<time datetime="{}" title="{}">{}</time>').format(exact, exact, said)


@lru_cache(maxsize=4096)
def _marked_day(day: date, today: date, language: Language) -> Markup:
    iso = day.isoformat()
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        iso, iso, far_day_text(day, today, language)
    )


def today() -> date:
    """The day it is in the municipality's time zone."""
    return doors.now().astimezone(doors.doors().zone).date()


def _moment(moment: datetime | None) -> Markup:
    if moment is None:
        return _NONE
    return _marked_moment(moment, today(), language(), doors.doors().zone)


def _day(day: date | None) -> Markup:
    return _NONE if day is None else _marked_day(day, today(), language())


def _clock(moment: datetime) -> Markup:
    """``10.12``, where the page itself is about one day."""
    local = moment.astimezone(doors.doors().zone)
    exact = local.isoformat(timespec="seconds")
    said = f"{local:{_CLOCK[language()]}}"
    return Markup('<time datetime="{}" title="{}">{}</time>').format(exact, exact, said)


@lru_cache(
    maxsize=1024, typed=True
)  # the queue says the same sentences over and over; markup is no plain text
def unbroken(text: str) -> Markup:
    """The text, escaped, in which no line ends inside a tag or a model's number: ``EK-C0050``."""

    def kept(found: re.Match[str]) -> str:
        word = found[0]
        return word if len(word) > LONGEST_UNBROKEN else f'<span class="unbroken">{word}</span>'

    # What is matched is letters, figures and hyphens: nothing in it that escaping would have changed.
    return Markup(_NUMBERED.sub(kept, str(escape(text))))  # noqa: S704 -- escaped on this line


def _links(app: Flask) -> Callable[..., str]:
    """`flask.url_for` that remembers: a page has hundreds of links, and mostly those of the page before."""

    @lru_cache(maxsize=16_384)
    def built(_root: str, endpoint: str, values: tuple[tuple[str, int | str], ...]) -> str:
        # Where the app is mounted is part of what is remembered: the request puts it in front.
        return app.url_for(endpoint, **dict(values))  # type: ignore[arg-type]

    def link(endpoint: str, **values: object) -> str:
        if endpoint.startswith(".") or any(type(value) not in _PLAIN for value in values.values()):
            return app.url_for(endpoint, **values)  # type: ignore[arg-type]
        return built(request.script_root, endpoint, tuple(values.items()))

    return link


def fit(app: Flask) -> None:
    """Give the templates their words."""
    app.jinja_env.globals.update(
        t=t,
        url_for=_links(app),
        script_texts=script_texts,
        texts_below=texts_below,
        with_args=with_args,
        request_id=request_id,
        make_text=make_text,
    )
    app.jinja_env.filters.update(
        moment=_moment,
        day=_day,
        clock=_clock,
        unbroken=unbroken,
        number=lambda number: number_text(number, language()),
        bytes=lambda size: bytes_text(size, language()),
        share=lambda share: share_text(share, language()),
        word=lambda word: t(word_code(word)),
        word_pair=lambda word: (word.value, t(word_code(word))),
        same_pair=lambda value: (value, value),
        opening=opening,
    )
