"""Which language a reader gets: the user's own, else the session's, else the browser's, else Swedish."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask, g, request, session

from tracker.words import Language
from web.login import signed_in

if TYPE_CHECKING:
    from werkzeug.datastructures import LanguageAccept

SESSION_KEY = "language"


def choose(own: str | None, chosen: str | None, accepts: LanguageAccept) -> Language:
    """The first of the reader's wishes that we speak."""
    for wish in (own, chosen):
        if wish in set(Language):
            return Language(wish)
    return Language(accepts.best_match([language.value for language in Language], default="sv"))


def _set() -> None:
    user = signed_in()
    own = user.language.value if user else None
    g.language = choose(own, session.get(SESSION_KEY), request.accept_languages)


def fit(app: Flask) -> None:
    """Give every request its language."""
    app.before_request(_set)
