"""Swedish search and sorting, alike on every database: keys are made here and stored beside the text.

SQLite's ``lower`` and LIKE know only ASCII, and PostgreSQL's order follows the server's locale.
"""

from __future__ import annotations

import re
import unicodedata

_LAST_LETTERS = {"å": "{", "ä": "|", "æ": "|", "ö": "}", "ø": "}"}
"""Å, ä and ö come after z, in that order (Svenska Akademiens ordlista); ``{|}`` follow z in ASCII."""

_DIGITS = re.compile(r"\d+")


def _letter(char: str) -> str:
    if char in _LAST_LETTERS:
        return _LAST_LETTERS[char]
    plain = "".join(c for c in unicodedata.normalize("NFD", char) if not unicodedata.combining(c))
    return plain if plain.isascii() else "~" + plain


def sort_key(text: str, most: int | None = None) -> str:
    """Text to order by, byte for byte: Swedish alphabet, numbers by value (7A before 10B).

    A number takes eight places, so that a key may be many times longer than its text: `most` is what its column holds, and
    texts that differ only beyond that share a place in the order.
    """
    folded = unicodedata.normalize("NFC", text).casefold()
    letters = folded if folded.isascii() else "".join(_letter(c) for c in folded)
    return _DIGITS.sub(lambda m: m.group().lstrip("0").zfill(8), letters)[:most]


def search_key(*texts: str | None) -> str:
    """Text to search in with LIKE: casefolded, å ä ö kept apart from a and o, parts joined by a space."""
    return " ".join(unicodedata.normalize("NFC", t).casefold() for t in texts if t)
