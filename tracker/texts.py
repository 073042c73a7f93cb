"""Texts as code + data: one function renders a code in the reader's language, for pages, terminal and documents.

The catalogues are TOML in `tracker/locale/<language>/<area>.toml`; a text's code is its area and keys
joined by dots (``finding.unregistered_iot``). Placeholders are ``{name}``. A text may be a table of
plural forms (``one``, ``other``; CLDR through Babel) chosen by the placeholder ``n``.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from babel import Locale

from tracker.words import Language

if TYPE_CHECKING:
    from collections.abc import Mapping

LOCALE = Path(__file__).parent / "locale"
_PLURALS = {"zero", "one", "two", "few", "many", "other"}

Catalogue = dict[str, str | dict[str, str]]


class MissingTextError(KeyError):
    """A code that no catalogue holds; the tests look for these, users never meet them."""


def _flatten(prefix: str, node: Mapping[str, Any], into: Catalogue) -> None:
    for key, value in node.items():
        code = f"{prefix}.{key}"
        if isinstance(value, str):
            into[code] = value
        elif value and set(value) <= _PLURALS:
            into[code] = dict(value)
        else:
            _flatten(code, value, into)


@cache
def catalogue(language: Language) -> Catalogue:
    """Every text of one language, by code."""
    texts: Catalogue = {}
    for path in sorted((LOCALE / language.value).glob("*.toml")):
        _flatten(path.stem, tomllib.loads(path.read_text(encoding="utf-8")), texts)
    return texts


def has_text(code: str, language: Language = Language.SV) -> bool:
    """Whether there is a text for the code."""
    return code in catalogue(language)


def text(code: str, language: Language, **data: object) -> str:
    """The text of a code with its data filled in.

    Raises:
        MissingTextError: no such code, or a placeholder without data.
    """
    found = catalogue(language).get(code)
    if found is None:
        raise MissingTextError(code)
    if isinstance(found, dict):
        count = data.get("n")
        form = Locale(language.value).plural_form(count if isinstance(count, int) else 0)
        found = found.get(form) or found["other"]
    try:
        return found.format_map(data)
    except KeyError as error:
        raise MissingTextError(f"{code}: {error}") from error
