"""People by file at size: what a comparison, an import, a school year's move and taking both back cost.

Each measurement runs in a process of its own, so that its peak memory is its own.

    python -m benchmarks.people [--people 40000] [--schools 60]
"""

from __future__ import annotations

import argparse
import csv
import tempfile
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from benchmarks.reading_in import a_writer_beside, measure, nothing, work, workbook
from tracker.db import open_engine, reading, writing
from tracker.imports.people.comparing import Comparison
from tracker.imports.people.diff import Choices, Deed
from tracker.imports.people.preparing import prepare
from tracker.imports.people.storing import store
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


def _compare(path: Path, url: str) -> str:
    with reading(open_engine(url)) as session:
        diff = Comparison(session, None).whole(path)
    counts = ", ".join(f"{n} {outcome}" for outcome, n in diff.counts.items() if n)
    return f"{counts}; {len(diff.classes)} classes to make"


def _store(path: Path, url: str) -> str:
    engine, choices = open_engine(url), Choices(make_classes=True, end_leavers=True)
    with a_writer_beside(url) as beside:
        with reading(engine) as session:
            ready = prepare(session, path, choices, DEED)
        held = time.monotonic()
        with writing(engine) as session:
            number, diff = store(session, path, choices, DEED, ready=ready)
        held = time.monotonic() - held
    return f"import {number}: {diff.to_store} people; others kept from writing for {held:.2f} s; {beside}"


def _undo(path: Path, url: str) -> str:
    with writing(open_engine(url)) as session:
        done = take_back(session, int(path.name), DEED)
    return f"{done.removed} removed, {done.restored} restored, {len(done.left)} left"


WORK = {work.__name__.strip("_"): work for work in (nothing, _compare, _store, _undo)}
_measure = partial(measure, "benchmarks.people")


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
        work(WORK, asked.work[0], Path(asked.work[1]), asked.work[2])
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'register.db'}"
        _prepare(url, asked.schools)
        first, sheet, later = folder / "first.csv", folder / "first.xlsx", folder / "later.csv"
        _write(first, asked.people, asked.schools)
        workbook(first, sheet)
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
