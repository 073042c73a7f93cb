"""Errors as pages, and as JSON for scripts: what happened, and what to do."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from flask import Flask, Response, jsonify, make_response, render_template, request
from flask_wtf.csrf import CSRFError, generate_csrf
from werkzeug.exceptions import HTTPException

from tracker.errors import (
    ConfigError,
    InvalidError,
    MediaError,
    NotFoundError,
    RefusedError,
    RegisterUnavailableError,
    StaleError,
    TrackerError,
    UnreadableError,
    WrongStatusError,
)
from tracker.texts import has_text, text
from web import doors
from web.asking import wants_json
from web.problem_json import is_for_a_program, problem
from web.shown import language, moment_text, t

if TYPE_CHECKING:
    from collections.abc import Mapping

STATUS: Mapping[type[TrackerError], int] = {
    NotFoundError: 404,
    RefusedError: 409,
    WrongStatusError: 409,
    InvalidError: 422,
    StaleError: 409,
    ConfigError: 500,
    RegisterUnavailableError: 503,
    UnreadableError: 400,
    MediaError: 415,
}
"""One row for each error a deed may raise."""

RETRY_SECONDS = 5


def status_of(error: TrackerError) -> int:
    """The HTTP status of a domain error: its own row, else its parent's."""
    return next((STATUS[kind] for kind in type(error).mro() if kind in STATUS), 500)


def sentence_of(error: TrackerError) -> str:
    """The error's one sentence; a moment in its data is said as the pages say moments."""
    data = dict(error.data)
    if isinstance(when := data.get("when"), str) and when:
        at = datetime.fromisoformat(when)
        data["when"] = moment_text(at, doors.now(), language(), doors.doors().zone)
    return text(error.code, language(), **data)


def field_texts(error: InvalidError) -> dict[str, str]:
    """Each field's complaint in the reader's language."""
    return {name: sentence_of(complaint) for name, complaint in error.fields.items()}


def complaints(error: TrackerError | None, field: str) -> dict[str, str]:
    """What a form shown once more says: each field's complaint, or the refusal at the field named; empty for no error."""
    if error is None:
        return {}
    return field_texts(error) if isinstance(error, InvalidError) else {field: sentence_of(error)}


def _answer(status: int, code: str, sentence: str, **more: object) -> Response:
    if is_for_a_program():
        fields = more.get("fields")
        response = problem(status, code, sentence, fields if isinstance(fields, dict) else None)
    elif wants_json():
        response = jsonify(code=code, message=sentence, **more)
    else:
        title = f"web.problem.{status}.title"
        heading = t(title if has_text(title) else "web.problem.other.title")
        response = make_response(
            render_template("errors/problem.html", heading=heading, sentence=sentence, status=status, **more),
        )
    response.status_code = status
    if status == 503:  # noqa: PLR2004 -- HTTP's own figure
        response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _domain(error: TrackerError) -> Response:
    fields = field_texts(error) if isinstance(error, InvalidError) else {}
    return _answer(status_of(error), error.code, sentence_of(error), fields=fields)


_SAID = {403: "api.forbidden", 404: "api.no_such_page", 405: "api.bad_method", 413: "api.too_large"}


def _for_a_program(error: HTTPException, status: int) -> Response:
    code = _SAID.get(status, "web.problem.other.text")
    answer = problem(status, code, t(code, method=request.method) if status in _SAID else t(code))
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After"}:
            answer.headers[name] = value
    return answer


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    if is_for_a_program():
        return _for_a_program(error, status)
    text_code = f"web.problem.{status}.text"
    sentence = t(text_code if has_text(text_code) else "web.problem.other.text")
    more: dict[str, object] = {}
    if isinstance(error, CSRFError) or status == 401:  # noqa: PLR2004 -- HTTP's own figure
        # A script repeats its send with this token, after asking for the login where that is what lacks.
        more["csrf"] = generate_csrf()
    code = "csrf" if isinstance(error, CSRFError) else f"http.{status}"
    answer = _answer(status, code, sentence, **more)
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After"}:
            answer.headers[name] = value
    return answer


def _bug(_error: Exception) -> Response:  # Flask has logged it with its traceback
    return _answer(500, "http.500", t("web.problem.500.text"))


def fit(app: Flask) -> None:
    """Answer every error with a page of ours."""
    app.register_error_handler(TrackerError, _domain)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(500, _bug)
