"""What kind of answer a request wants, and where it may be sent on to."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import request
from werkzeug.routing import IntegerConverter, Map


class RowNumber(IntegerConverter):
    """A number in a path: one that a database can hold, else there is no such page."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, max=2**63 - 1)


def wants_json() -> bool:
    """Whether a script asks (``Accept: application/json``) and not a person's browser for a page."""
    return request.headers.get("Accept", "").startswith("application/json")


def local_path(target: str | None) -> str | None:
    r"""The target when it is a path of ours, else None.

    Browsers read ``\`` as ``/`` and drop tabs and newlines, so ``/\evil`` and ``/<tab>/evil`` leave the
    site; only a plain path with its query is let through.
    """
    if not target or not target.startswith("/") or target.startswith("//"):
        return None
    if "\\" in target or not target.isprintable():
        return None
    parts = urlsplit(target)
    return target if not parts.scheme and not parts.netloc else None
