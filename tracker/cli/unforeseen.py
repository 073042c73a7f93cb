"""An error that nobody foresaw, told as one sentence: what failed, what became of the register, where the details are."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

import typer

from tracker.cli.shown import safe
from tracker.texts import text

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from tracker.words import Language

LONGEST = 300
"""Characters of what the error says of itself."""
BESIDE_THE_REGISTER = ("init", "move", "restore")
"""Commands that write more than transactions of the register, so that none committed does not say that nothing was stored."""
_log = logging.getLogger(__name__)


class Watch:
    """Takes the place of Python's own report of an error that nobody caught; the exit code stays 1."""

    def __init__(self, language: Callable[[], Language]) -> None:
        self._language = language
        self._committed = False

    def begin(self) -> None:
        """From now on."""
        sys.excepthook = self.tell

    def listen(self) -> None:
        """Hear from now on whether something is stored."""
        from sqlalchemy import Engine, event  # noqa: PLC0415 -- loads long, and who asks for help stores nothing

        event.listen(Engine, "commit", self._commit)

    def _commit(self, _: object) -> None:
        self._committed = True

    def tell(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """The sentence; the traceback goes to the log, where there is one, or was asked for."""
        if not issubclass(kind, Exception):
            sys.__excepthook__(kind, error, trace)
            return
        typer.echo(self._sentence(f"{kind.__name__}: {error}"), err=True)
        if logging.getLogger().handlers:
            _log.critical("unforeseen", exc_info=(kind, error, trace))

    def _sentence(self, said: str) -> str:
        command = next((word for word in sys.argv[1:] if not word.startswith("-")), "")
        may_be_stored = self._committed or command in BESIDE_THE_REGISTER
        language = self._language()
        stored = "cli.unforeseen_some" if may_be_stored else "cli.unforeseen_nothing"
        where = "cli.unforeseen_log" if logging.getLogger().handlers else "cli.unforeseen_debug"
        return text(
            "cli.unforeseen",
            language,
            command=safe(f"enhetskoll {command}".strip()),
            said=safe(said[:LONGEST]),
            stored=text(stored, language),
            where=text(where, language),
        )
