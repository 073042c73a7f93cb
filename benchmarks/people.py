"""People by file at size: what a comparison, an import, a school year's move and taking both back cost.

Each measurement runs in a process of its own, so that its peak memory is its own.

    python -m benchmarks.people [--people 40000] [--schools 60]
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from openpyxl import Workbook

from tracker.db import open_engine, reading, writing
from tracker.imports.people.comparing import Comparison
from tracker.imports.people.diff import Choices
from tracker.imports.people.storing import Deed, store
from tracker.imports.people.undoing import take_back
from tracker.migrations import upgrade
from tracker.setup import add_unit, seed
from tracker.words import UnitKind

NOW = datetime(2026, 11, 24, tzinfo=UTC)
HEAD = ("Externt id", "Namn", "Klass", "Skola", "Typ", "Skyddad", "Aktiv")
DEED = Deed(None, NOW, NOW.date())
CLASS = 25


def _row(n: int, schools: int, years: int) -> list[str]:
    school, place = n % schools, n // schools // CLASS
    name = f"Förnamn{chr(97 + n % 26)} Efternamn{chr(97 + n // 26 % 26)}{chr(97 + n // 676 % 26)}"
    named = f"{(place // 3 + years) % 10}{'ABC'[place % 3]}"
    return [f"elev{n:06}", name, named, f"Skola {school}", "elev", "ja" if n % 500 == 0 else "nej", "ja"]


def _write(path: Path, people: int, schools: int, years: int = 0) -> None:
    with path.open("w", encoding="cp1252", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(HEAD)
        writer.writerows(_row(n, schools, years) for n in range(people))


def _workbook(source: Path, path: Path) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    with source.open(encoding="cp1252", newline="") as file:
        for row in csv.reader(file, delimiter=";"):
            sheet.append(row)
    book.save(path)


def _nothing(_path: Path, _url: str) -> str:
    return "the program itself"


def _compare(path: Path, url: str) -> str:
    with reading(open_engine(url)) as session:
        diff = Comparison(session, None).whole(path)
    counts = ", ".join(f"{n} {outcome}" for outcome, n in diff.counts.items() if n)
    return f"{counts}; {len(diff.classes)} classes to make"


def _store(path: Path, url: str) -> str:
    with writing(open_engine(url)) as session:
        number, diff = store(session, path, Choices(make_classes=True, end_leavers=True), DEED)
    return f"import {number}: {diff.to_store} people"


def _undo(path: Path, url: str) -> str:
    with writing(open_engine(url)) as session:
        done = take_back(session, int(path.name), DEED)
    return f"{done.removed} removed, {done.restored} restored, {len(done.left)} left"


WORK = {work.__name__.strip("_"): work for work in (_nothing, _compare, _store, _undo)}


def _measure(what: str, name: str, path: Path, url: str) -> None:
    line = [sys.executable, "-m", "benchmarks.people", "--work", name, str(path), url]
    said = json.loads(subprocess.run(line, capture_output=True, text=True, check=True).stdout)
    print(f"{what:<36}{said['seconds']:>7.1f} s {said['megabytes']:>6.0f} MB   {said['said']}", flush=True)


def _work(name: str, path: Path, url: str) -> None:
    begun = time.monotonic()
    said = WORK[name](path, url)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": time.monotonic() - begun, "megabytes": peak, "said": said}))


def _prepare(url: str, schools: int) -> None:
    engine = open_engine(url)
    upgrade(engine)
    with writing(engine) as session:
        root = seed(session)
        for n in range(schools):
            add_unit(session, f"Skola {n}", UnitKind.SCHOOL, root)
    engine.dispose()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=40_000)
    parser.add_argument("--schools", type=int, default=60)
    parser.add_argument("--work", nargs=3, metavar=("NAME", "FILE", "URL"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.work:
        _work(asked.work[0], Path(asked.work[1]), asked.work[2])
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'register.db'}"
        _prepare(url, asked.schools)
        first, sheet, later = folder / "first.csv", folder / "first.xlsx", folder / "later.csv"
        _write(first, asked.people, asked.schools)
        _workbook(first, sheet)
        # The next autumn everybody is a year older, and every hundredth has left.
        _write(later, asked.people - asked.people // 100, asked.schools, years=1)
        _measure("nothing", "nothing", first, url)
        _measure("dry run, all new, CSV", "compare", first, url)
        _measure("dry run, all new, Excel", "compare", sheet, url)
        _measure("import, all new", "store", first, url)
        _measure("dry run again, all the same", "compare", first, url)
        _measure("dry run a year later", "compare", later, url)
        _measure("import a year later", "store", later, url)
        _measure("the second taken back", "undo", folder / "2", url)
        _measure("the first taken back", "undo", folder / "1", url)


if __name__ == "__main__":
    main()
