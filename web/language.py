"""Which language a reader gets: the user's own, else the session's, else the register's, else the browser's, else Swedish."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask, g, request, session

from tracker import settings
from tracker.errors import RegisterUnavailableError
from tracker.words import Language
from web import doors
from web.access import ASSET_ENDPOINTS
from web.login import signed_in

if TYPE_CHECKING:
    from werkzeug.datastructures import LanguageAccept

SESSION_KEY = "language"


def choose(own: str | None, chosen: str | None, default: str | None, accepts: LanguageAccept) -> Language:
    """The first of the wishes that we speak."""
    for wish in (own, chosen, default):
        if wish in set(Language):
            return Language(wish)
    return Language(accepts.best_match([language.value for language in Language], default="sv"))


def _default() -> str | None:
    """The register's setting; None where it has none, or does not answer: a page that says so needs a language, too."""
    try:
        with doors.reading() as register:
            return settings.read(register).default_language
    except RegisterUnavailableError:
        return None


def _set() -> None:
    user = signed_in()
    own = user.language.value if user else None
    chosen = session.get(SESSION_KEY)
    default = None if own or chosen or request.endpoint in ASSET_ENDPOINTS else _default()
    g.language = choose(own, chosen, default, request.accept_languages)


def fit(app: Flask) -> None:
    """Give every request its language."""
    app.before_request(_set)
