"""Reading single fields of a form: cut, stripped, and None where nothing was written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracker.errors import InvalidError, TrackerError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from werkzeug.datastructures import MultiDict

LONGEST = 200
"""Characters of a code or a name that are looked at."""

LONGEST_REQUEST_ID = 40


def line(form: MultiDict[str, str], name: str) -> str | None:
    """One line of text, None when empty."""
    return form.get(name, "").strip()[:LONGEST] or None


def number(form: MultiDict[str, str], name: str) -> int | None:
    """A whole number, None when there is none."""
    said = form.get(name, "")
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 19 else None  # noqa: PLR2004 -- 64 bits


def numbers(values: Iterable[str]) -> tuple[int, ...]:
    """The whole numbers among the values, each once, in their order."""
    kept = (int(said) for said in values if said.isascii() and said.isdecimal() and len(said) < 19)  # noqa: PLR2004
    return tuple(dict.fromkeys(kept))


def request_id(form: MultiDict[str, str]) -> str:
    """The form's request id.

    Raises:
        InvalidError: a form without one could not be told from its own repetition.
    """
    said = form.get("request_id", "")
    if not said or len(said) > LONGEST_REQUEST_ID or not said.isprintable():
        raise InvalidError({"request_id": TrackerError("web.problem.400.text")})
    return said
