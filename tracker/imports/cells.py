"""A cell on its way out to a spreadsheet and back in: never a formula there, the same text here again. Pure."""

from __future__ import annotations

import unicodedata

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet takes for the beginning of a formula (OWASP, CSV injection)."""
_SIGNS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""The signs among them, and their full-width forms, which some programs read as the same."""
_BEFORE = "' \t\r\n\";,"
"""What may stand before a sign: blanks are skipped, a quote or a delimiter may be read as the edge of a cell."""

MOST_CELL = 2_000
"""Characters of a cell that are read; every column of ours is shorter."""


def _is_guarded(text: str) -> bool:
    """Whether the text, without the apostrophes in front of it, may be taken for a formula."""
    return text.lstrip("'").startswith(FORMULA_STARTS) or text.lstrip(_BEFORE).startswith(_SIGNS)


def safe_cell(text: str) -> str:
    """A cell that a spreadsheet shows as it is and never runs; `plain_cell` gives the text back."""
    return f"'{text}" if _is_guarded(text) else text


def plain_cell(text: str) -> str:
    """The text that `safe_cell` was given."""
    return text[1:] if text.startswith("'") and _is_guarded(text) else text


def tidy(text: str) -> str:
    """A cell as it is stored: without control characters, å as one letter, no blanks around, cut at `MOST_CELL`."""
    text = text[: MOST_CELL + 1].strip()
    if not text.isprintable():
        text = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) != "Cc")
    return (text if text.isascii() else unicodedata.normalize("NFC", text))[:MOST_CELL]
