"""Who calls: the owner of the token, and no more than the token gives. Under /api a cookie opens nothing."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from flask import Flask, Response, g, request

from tracker import throttle, tokens
from tracker.words import Language
from web import doors
from web.api.calling import bp
from web.login import ANONYMOUS
from web.problem_json import is_for_a_program, problem
from web.shown import t

if TYPE_CHECKING:
    from datetime import datetime

SCHEME = "Bearer "


def _spoken() -> Language:
    return Language(request.accept_languages.best_match([one.value for one in Language], default="sv"))


def _refused(now: datetime) -> Response:
    """401; after many failures 429. A guess costs its address, never the owner of a token."""
    address = request.remote_addr or ""
    with doors.reading() as session:
        until = throttle.is_locked(session, f"api {address}", f"api {address}", now)
    if until is not None:
        seconds = ceil((until - now).total_seconds())
        answer = problem(429, "api.throttled", t("api.throttled", seconds=seconds))
        answer.headers["Retry-After"] = str(seconds)
        return answer
    if request.headers.get("Authorization"):
        with doors.writing() as session:
            throttle.failed(session, f"api {address}", f"api {address}", now)
    answer = problem(401, "api.no_token", t("api.no_token"))
    answer.headers["WWW-Authenticate"] = 'Bearer realm="enhetskoll"'
    return answer


def _who() -> Response | None:
    if not is_for_a_program():
        return None
    g.viewer, g.language = ANONYMOUS, _spoken()
    view_rule = request.endpoint in {None, f"{bp.name}.openapi"}
    said = request.headers.get("Authorization", "")
    now = doors.now()
    found, due = None, False
    if said.startswith(SCHEME):
        with doors.reading() as session:
            found = tokens.viewer_by_token(session, said.removeprefix(SCHEME).strip(), now)
            due = found is not None and tokens.is_due_for_touch(session, found[0].token_id or 0, now)
    if found is None:
        return None if view_rule else _refused(now)
    g.viewer = found[0]
    if due:
        with doors.writing() as session:
            tokens.touch(session, g.viewer.token_id, now)
    return None


def fit(app: Flask) -> None:
    """Read the token of every call, after the guards of the pages and before their permissions."""
    app.before_request(_who)
