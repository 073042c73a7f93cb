"""Log lines: one event is one line, whatever a device managed to put into it (ASVS 5.0, 16.4.1)."""

from __future__ import annotations

import logging
import unicodedata
from typing import TYPE_CHECKING

from typing_extensions import override

if TYPE_CHECKING:
    from typing import TextIO

HIDDEN = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})
"""Unicode categories that end a line, steer a terminal, turn the direction of writing, or cannot be encoded."""
FORM = "%(levelname)s %(name)s %(message)s"
"""A line of the child process; its parent puts the time before it."""


def escaped(text: str) -> str:
    r"""The text with control characters, escape sequences and direction marks shown as ``\\u`` escapes."""
    if text.isprintable():
        return text
    return "".join(f"\\u{ord(c):04x}" if unicodedata.category(c) in HIDDEN else c for c in text)


class OneLine(logging.Formatter):
    """Formats an event, its traceback included, as one line."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        return escaped(super().format(record))


def begin(stream: TextIO) -> None:
    """Log to the stream from INFO on, warnings of libraries too; whatever was set up before is replaced."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(OneLine(FORM))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
