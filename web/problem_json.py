"""Errors of the API as problem details (RFC 9457), one sentence in the caller's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import jsonify, request

if TYPE_CHECKING:
    from flask import Response

PREFIX = "/api/"


def is_for_a_program() -> bool:
    """Whether the request is the API's: a program that shows a token, never a browser with a cookie."""
    return request.path.startswith(PREFIX)


def problem(status: int, code: str, sentence: str, fields: dict[str, str] | None = None) -> Response:
    """The answer: ``code`` stays the same in every language, ``detail`` is for a person."""
    more = {"fields": fields} if fields else {}
    response = jsonify(type="about:blank", status=status, code=code, title=code, detail=sentence, **more)
    response.status_code = status
    response.mimetype = "application/problem+json"
    return response
