"""The log: one event a line on standard error, whatever a device or a traceback puts into it.

systemd's journal and containers take standard error as it comes, a line at a time: a line break inside an event would make
two of it, and let a device forge the second.
"""

from __future__ import annotations

import logging
import sys
import time
from typing import TextIO

from typing_extensions import override

LONGEST = 8_000
"""Characters of one event; the rest of a long traceback is cut from its middle."""
_QUIET = ("alembic", "apscheduler", "werkzeug")


def one_line(text: str) -> str:
    """The text on one line and without what a terminal would obey; line breaks as ``⏎``. Pure."""
    folded = " ⏎ ".join(part.strip() for part in text.splitlines() if part.strip())
    safe = "".join(c if c.isprintable() else repr(c)[1:-1] for c in folded)
    if len(safe) <= LONGEST:
        return safe
    return f"{safe[: LONGEST // 2]} … {safe[-LONGEST // 2 :]}"


class OneLine(logging.Formatter):
    """``2026-11-24T03:15:02Z INFO tracker.scanning …``; a traceback follows on the same line."""

    converter = staticmethod(time.gmtime)

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s", "%Y-%m-%dT%H:%M:%SZ")

    @override
    def format(self, record: logging.LogRecord) -> str:
        """See the class."""
        return one_line(super().format(record))


def begin(to: TextIO | None = None, level: int = logging.INFO) -> None:
    """Let everything from `level` on go to standard error; once is enough."""
    handler = logging.StreamHandler(to or sys.stderr)
    handler.setFormatter(OneLine())
    logging.basicConfig(level=level, handlers=[handler])
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
