"""A register by file at size: what a comparison, an import and an import with one error cost, beside reading the file alone.

An import says how long it keeps others from writing, and what somebody met who wrote every half second meanwhile.

Each measurement runs in a process of its own, so that its peak memory is its own. The floor is the csv module going
through the same file, and for the import SQLite taking the same rows into one bare table.

    python -m benchmarks.imports [--rows 40000] [--many 100000] [--bad 73211]
"""

from __future__ import annotations

import argparse
import csv
import random
import tempfile
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from sqlmodel import col, func, select

from benchmarks.reading_in import a_writer_beside, measure, nothing, work, workbook
from tracker.db import open_engine, reading, writing
from tracker.errors import RefusedError
from tracker.imports.comparing import Comparison
from tracker.imports.preparing import prepare
from tracker.imports.questions import from_words
from tracker.imports.storing import store
from tracker.imports.undoing import take_back
from tracker.migrations import upgrade
from tracker.setup import seed
from tracker.sqlite_driver import sqlite
from tracker.tables import Asset
from tracker.words import Language

NOW = datetime(2026, 11, 24, tzinfo=UTC)
HEAD = ("Inventarienummer", "Serienummer", "MAC-adress", "Tillverkare", "Modell", "Typ", "Status", "Enhet", "Plats",
        "Rum", "Inköpsdatum", "Anteckning")  # fmt: skip
ANSWERS = from_words(["sites,rooms,models,units"], [], [])


def _row(n: int, chance: random.Random) -> list[str]:
    school = chance.randrange(60)
    return [
        f"EK-{n:06}", f"PF{n:08X}", f"9C-B6-D0-{n >> 16 & 255:02X}-{n >> 8 & 255:02X}-{n & 255:02X}", "Lenovo",
        f"Modell {chance.randrange(40)}", "bärbar dator", "I bruk", f"Skola {school}", f"Skola {school}",
        f"B{chance.randrange(30)}", f"202{chance.randrange(6)}-08-15", "Köpt av inköp, står i skåpet",
    ]  # fmt: skip


def _write(path: Path, rows: int, bad: int | None = None, changed: int | None = None) -> None:
    chance = random.Random(1)  # noqa: S311 -- the same file each time
    with path.open("w", encoding="cp1252", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(HEAD)
        for n in range(2, rows + 2):
            row = _row(n, chance)
            if n == bad:
                row[10] = "2024-02-30"
            if changed and n % changed == 0:
                row[6] = "I lager"
            writer.writerow(row)


def _assets(url: str) -> int:
    with reading(open_engine(url)) as session:
        return session.exec(select(func.count(col(Asset.id)))).one()


def _floor(path: Path, _url: str) -> str:
    with path.open(encoding="cp1252", newline="") as file:
        return f"{sum(1 for _ in csv.reader(file, delimiter=';'))} lines"


def _floor_store(path: Path, url: str) -> str:
    with (
        sqlite.connect(f"{url.removeprefix('sqlite:///')}.bare") as bare,
        path.open(encoding="cp1252") as file,
    ):
        bare.execute(f"CREATE TABLE bare ({', '.join(f'c{n}' for n in range(len(HEAD)))})")
        marks = ",".join("?" * len(HEAD))
        lines = csv.reader(file, delimiter=";")
        bare.executemany(f"INSERT INTO bare VALUES ({marks})", lines)  # noqa: S608 -- nothing but question marks
    return "into one bare table"


def _compare(path: Path, url: str) -> str:
    with reading(open_engine(url)) as session:
        diff = Comparison(session, ANSWERS).whole(path)
    first = diff.complaints[0] if diff.complaints else None
    said = f"row {first.row}, {first.column}: {first.error.say(Language.EN)}; " if first else ""
    return f"{said}{diff.rows} rows, {_assets(url)} in the register"


def _store(path: Path, url: str) -> str:
    engine = open_engine(url)
    with a_writer_beside(url) as beside:
        with reading(engine) as session:
            ready = prepare(session, path, ANSWERS, by=None)
        held = time.monotonic()
        try:
            with writing(engine) as session:
                store(session, path, path.name, ANSWERS, by=None, now=NOW, ready=ready)
        except RefusedError as error:
            return f"{error.say(Language.EN)} {_assets(url)} in the register"
        held = time.monotonic() - held
    return f"{_assets(url)} in the register; others kept from writing for {held:.2f} s; {beside}"


def _undo(_path: Path, url: str) -> str:
    with writing(open_engine(url)) as session:
        done = take_back(session, 1, by=None, now=NOW)
    return f"{done.removed} removed, {_assets(url)} in the register"


WORK = {work.__name__.strip("_"): work for work in (nothing, _floor, _floor_store, _compare, _store, _undo)}
_measure = partial(measure, "benchmarks.imports")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=40_000)
    parser.add_argument("--many", type=int, default=100_000)
    parser.add_argument("--bad", type=int, default=73_211)
    parser.add_argument("--work", nargs=3, metavar=("NAME", "FILE", "URL"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.work:
        work(WORK, asked.work[0], Path(asked.work[1]), asked.work[2])
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'register.db'}"
        engine = open_engine(url)
        upgrade(engine)
        with writing(engine) as session:
            seed(session)
        engine.dispose()
        good, sheet, bad, few = (folder / name for name in ("good.csv", "good.xlsx", "bad.csv", "few.csv"))
        _write(good, asked.rows)
        workbook(good, sheet)
        _write(bad, asked.many, asked.bad)
        _measure("nothing", "nothing", good, url)
        _measure(f"floor: csv alone, {asked.rows} rows", "floor", good, url)
        _measure(f"floor: SQLite alone, {asked.rows} rows", "floor_store", good, url)
        _measure(f"dry run, {asked.rows} rows, CSV", "compare", good, url)
        _measure(f"dry run, {asked.rows} rows, Excel", "compare", sheet, url)
        _measure(f"dry run, {asked.many} rows, one error", "compare", bad, url)
        _measure(f"import, {asked.many} rows, one error", "store", bad, url)
        _measure(f"import, {asked.rows} rows", "store", good, url)
        _measure(f"dry run again, {asked.rows} rows, all the same", "compare", good, url)
        _write(few, asked.rows, changed=100)
        _measure(f"import, {asked.rows} rows, one in a hundred changed", "store", few, url)
        _measure(f"taken back, {asked.rows} rows", "undo", good, url)


if __name__ == "__main__":
    main()
