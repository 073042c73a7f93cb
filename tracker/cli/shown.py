"""What devices said, made safe for a terminal."""

from __future__ import annotations

import unicodedata

_HIDDEN = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})


def safe(text: object) -> str:
    r"""The text with control characters, escape sequences and direction marks shown as ``\\u`` escapes."""
    return "".join(
        f"\\u{ord(char):04x}" if unicodedata.category(char) in _HIDDEN else char for char in str(text)
    )
