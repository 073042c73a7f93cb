"""Parts of a page that are the same until what they say changes: rendered once, then remembered.

What is remembered is kept under all that it is made of: the template, what it says, and what it is said by (language, day,
time zone, where the app is mounted). Nothing has to be forgotten: a changed row is another key. A part must therefore be
made of its arguments alone; one that asks who is looking, or that carries a form's token, cannot be remembered.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from flask import Flask, request
from markupsafe import Markup

from web.shown import language, today

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from datetime import date

    from tracker.words import Language

KEPT = 4_096
"""Parts: some hundred bytes each, and the rows of eighty pages."""


def _remembering(app: Flask) -> Callable[..., Markup]:
    @lru_cache(maxsize=KEPT, typed=True)
    def made(
        template: str, _language: Language, _day: date, _root: str, names: tuple[str, ...], *values: Hashable
    ) -> Markup:
        # The template escapes what it says.
        return Markup(app.jinja_env.get_template(template).render(dict(zip(names, values, strict=True))))  # noqa: S704

    def remembered(template: str, **said: Hashable | list[Hashable]) -> Markup:
        values = (tuple(one) if isinstance(one, list) else one for one in said.values())
        return made(template, language(), today(), request.script_root, tuple(said), *values)

    return remembered


def fit(app: Flask) -> None:
    """Give the templates `remembered`."""
    app.jinja_env.globals["remembered"] = _remembering(app)
