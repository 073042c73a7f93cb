"""The door to discovery: starts the survey as a child process and reads its JSON lines."""

from __future__ import annotations

import logging
import subprocess
import threading
import time
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Protocol

from discovery.errors import MalformedError
from discovery.lines import MAX_LINE, Line, from_line
from tracker import scanner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

log = logging.getLogger("tracker.looking")
STOP_S = 2.0
"""Seconds a child that was told to stop gets before it is killed."""


class SurveyFailedError(Exception):
    """The child ended badly; `code` is its exit code."""

    def __init__(self, code: int, said: str) -> None:
        super().__init__(f"exit code {code}: {said}")
        self.code = code
        self.said = said


class Look(Protocol):
    """One way to look at a network: the real child, or a replay."""

    def __call__(self, network: str, survey: str, is_stopped: Callable[[], bool]) -> Iterator[Line]:
        """Yield what is seen; end soon after `is_stopped` says so."""


def _parsed(text: str) -> Line | None:
    try:
        return from_line(text)
    except MalformedError:
        log.warning("a line of the survey could not be read and was left out")
        return None


def replay(path: Path) -> Iterator[Line]:
    """The lines of a captured survey; what cannot be read is left out and logged."""
    with path.open(encoding="utf-8", errors="replace") as file:
        while text := file.readline(MAX_LINE):
            if text.strip() and (line := _parsed(text)) is not None:
                yield line


def _hand(to: IO[str], document: str) -> None:
    """Write the document; a child that is gone already says why by its exit code."""
    with suppress(BrokenPipeError):
        to.write(document)
    with suppress(BrokenPipeError):
        to.close()


GRACE_S = 60.0
"""Seconds beyond its own deadline that a child gets to say what it saw."""


class Child:
    """``python -m discovery survey`` on one network."""

    def __init__(self, config: Path, patience: float, narrowing: Callable[[], str] | None = None) -> None:
        """Args: config: the configuration the child reads for itself; patience: seconds until it is told to stop.

        The child keeps its own deadline; the patience is for one that can no longer keep anything. `narrowing` gives the
        document of `discovery.narrowing` as it stands when a scan begins: the child narrows what it read by it.
        """
        self._config = config
        self._patience = patience
        self._narrowing = narrowing

    def _start(self, network: str, survey: str) -> subprocess.Popen[str]:
        document = self._narrowing() if self._narrowing is not None else None
        words = [scanner.executable(), "-m", "discovery", "survey", "--config", str(self._config)]
        if document is not None:
            words.append("--narrow")
        process = subprocess.Popen(  # noqa: S603 -- a fixed list; the names are checked by the child
            [*words, "--network", network, "--survey", survey],
            stdin=subprocess.PIPE if document is not None else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        if process.stdin is not None and document is not None:
            # Beside the rest: a child that does not read must not hold up the clock that ends it.
            threading.Thread(target=_hand, args=(process.stdin, document), daemon=True).start()
        return process

    def _watch(
        self, process: subprocess.Popen[str], is_stopped: Callable[[], bool], over: threading.Event
    ) -> None:
        end = time.monotonic() + self._patience
        while not over.wait(0.2):
            if is_stopped() or time.monotonic() > end:
                process.terminate()
                if not over.wait(STOP_S):
                    process.kill()
                return

    def __call__(self, network: str, survey: str, is_stopped: Callable[[], bool]) -> Iterator[Line]:
        """See `Look`.

        Raises:
            SurveyFailedError: the child ended with an error.
        """
        process = self._start(network, survey)
        said: list[str] = []
        over = threading.Event()
        reader = threading.Thread(target=lambda: said.extend(process.stderr or ()), daemon=True)
        watcher = threading.Thread(target=self._watch, args=(process, is_stopped, over), daemon=True)
        reader.start()
        watcher.start()
        try:
            while process.stdout is not None and (text := process.stdout.readline(MAX_LINE)):
                if (line := _parsed(text)) is not None:
                    yield line
            code = process.wait(timeout=30)
        finally:
            over.set()
            if process.poll() is None:
                process.kill()
                process.wait()
            reader.join(timeout=2)
            for stream in (process.stdout, process.stderr):
                if stream is not None:
                    stream.close()
        for text in said:
            log.info("survey of %s: %s", network, text.rstrip())
        if code != 0:
            raise SurveyFailedError(code, said[-1].strip() if said else "")
