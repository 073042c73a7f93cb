"""What devices said, made safe for a terminal."""

from __future__ import annotations

from discovery.logs import escaped


def safe(text: object) -> str:
    r"""The text with control characters, escape sequences and direction marks shown as ``\\u`` escapes."""
    return escaped(str(text))
