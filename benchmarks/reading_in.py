"""What the benchmarks of files share: a process of its own for each measurement, a workbook, and a writer beside an import."""

from __future__ import annotations

import csv
import json
import resource
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Thread
from typing import TYPE_CHECKING

from openpyxl import Workbook

from tracker.db import BUSY_MS
from tracker.sqlite_driver import sqlite

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    Work = Callable[[Path, str], str]

EVERY = 0.5
"""Seconds between two writes of the writer beside."""


def workbook(source: Path, path: Path) -> None:
    """The same table as an Excel workbook."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    with source.open(encoding="cp1252", newline="") as file:
        for row in csv.reader(file, delimiter=";"):
            sheet.append(row)
    book.save(path)


def nothing(_path: Path, _url: str) -> str:
    """What the program itself takes."""
    return "the program itself"


def measure(module: str, what: str, name: str, path: Path, url: str) -> None:
    """Run one piece of work in a process of its own, and print its line."""
    line = [sys.executable, "-m", module, "--work", name, str(path), url]
    said = json.loads(subprocess.run(line, capture_output=True, text=True, check=True).stdout)
    print(f"{what:<42}{said['seconds']:>7.1f} s {said['megabytes']:>6.0f} MB   {said['said']}", flush=True)


def work(works: Mapping[str, Work], name: str, path: Path, url: str) -> None:
    """Do one piece of work in this process, and print what it took."""
    begun = time.monotonic()
    said = works[name](path, url)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": time.monotonic() - begun, "megabytes": peak, "said": said}))


@dataclass(slots=True)
class Beside:
    """What the writer beside met."""

    writes: int = 0
    longest: float = 0.0
    refused: int = 0

    def __str__(self) -> str:
        """One clause for the line."""
        return f"beside it {self.writes} writes, the longest {self.longest:.2f} s, {self.refused} refused"


def _write(path: str, seen: Beside, ended: Event) -> None:
    own = sqlite.connect(path, timeout=BUSY_MS / 1000, isolation_level=None)
    while not ended.wait(EVERY):
        begun = time.monotonic()
        try:
            own.execute("BEGIN IMMEDIATE")
            own.execute("UPDATE role SET name = name")
            own.execute("COMMIT")
        except sqlite.OperationalError:
            seen.refused += 1
        seen.writes += 1
        seen.longest = max(seen.longest, time.monotonic() - begun)
    own.close()


@contextmanager
def a_writer_beside(url: str) -> Iterator[Beside]:
    """Somebody who writes to the same register every half second, and waits as long as anybody does."""
    seen, ended = Beside(), Event()
    thread = Thread(target=_write, args=(url.removeprefix("sqlite:///"), seen, ended))
    thread.start()
    try:
        yield seen
    finally:
        ended.set()
        thread.join()
