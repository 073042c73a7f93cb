"""Bodies larger than a form's, for the few views that say so. Everybody else's stay at `web.config.MAX_BODY`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask import Flask, current_app, request

View = TypeVar("View", bound=Callable[..., object])

AROUND = 100_000
"""Bytes of a multipart body beside the file: boundaries, token, request id."""


def takes_file(most: int) -> Callable[[View], View]:
    """Mark a view (below its route line) as taking a file of at most so many bytes."""

    def mark(view: View) -> View:
        view.most_body = most + AROUND  # type: ignore[attr-defined]
        return view

    return mark


def _set_limit() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    if most := getattr(view, "most_body", None):
        request.max_content_length = most


def fit(app: Flask) -> None:
    """Set the limit before anything reads the form: after whether the asker may, before the token is looked for."""
    app.before_request(_set_limit)
