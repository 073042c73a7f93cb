"""A register by file at size: what a comparison, an import and an import with one error cost, beside reading the file alone.

Each measurement runs in a process of its own, so that its peak memory is its own. The floor is the csv module going
through the same file, and for the import SQLite taking the same rows into one bare table.

    python -m benchmarks.imports [--rows 40000] [--many 100000] [--bad 73211]
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from openpyxl import Workbook
from sqlmodel import col, func, select

from tracker.db import open_engine, reading, writing
from tracker.errors import RefusedError
from tracker.imports.comparing import Comparison
from tracker.imports.questions import from_words
from tracker.imports.storing import store
from tracker.imports.undoing import take_back
from tracker.migrations import upgrade
from tracker.setup import seed
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


def _write(path: Path, rows: int, bad: int | None = None) -> None:
    chance = random.Random(1)  # noqa: S311 -- the same file each time
    with path.open("w", encoding="cp1252", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(HEAD)
        for n in range(2, rows + 2):
            row = _row(n, chance)
            if n == bad:
                row[10] = "2024-02-30"
            writer.writerow(row)


def _workbook(source: Path, path: Path) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    with source.open(encoding="cp1252", newline="") as file:
        for row in csv.reader(file, delimiter=";"):
            sheet.append(row)
    book.save(path)


def _assets(url: str) -> int:
    with reading(open_engine(url)) as session:
        return session.exec(select(func.count(col(Asset.id)))).one()


def _nothing(_path: Path, _url: str) -> str:
    return "the program itself"


def _floor(path: Path, _url: str) -> str:
    with path.open(encoding="cp1252", newline="") as file:
        return f"{sum(1 for _ in csv.reader(file, delimiter=';'))} lines"


def _floor_store(path: Path, url: str) -> str:
    with (
        sqlite3.connect(f"{url.removeprefix('sqlite:///')}.bare") as bare,
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
    try:
        with writing(open_engine(url)) as session:
            store(session, path, path.name, ANSWERS, by=None, now=NOW)
    except RefusedError as error:
        return f"{error.say(Language.EN)} {_assets(url)} in the register"
    return f"{_assets(url)} in the register"


def _undo(_path: Path, url: str) -> str:
    with writing(open_engine(url)) as session:
        done = take_back(session, 1, by=None, now=NOW)
    return f"{done.removed} removed, {_assets(url)} in the register"


WORK = {work.__name__.strip("_"): work for work in (_nothing, _floor, _floor_store, _compare, _store, _undo)}


def _measure(what: str, name: str, path: Path, url: str) -> None:
    line = [sys.executable, "-m", "benchmarks.imports", "--work", name, str(path), url]
    done = subprocess.run(line, capture_output=True, text=True, check=True)
    said = json.loads(done.stdout)
    print(f"{what:<42}{said['seconds']:>7.1f} s {said['megabytes']:>6.0f} MB   {said['said']}", flush=True)


def _work(name: str, path: Path, url: str) -> None:
    begun = time.monotonic()
    said = WORK[name](path, url)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": time.monotonic() - begun, "megabytes": peak, "said": said}))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=40_000)
    parser.add_argument("--many", type=int, default=100_000)
    parser.add_argument("--bad", type=int, default=73_211)
    parser.add_argument("--work", nargs=3, metavar=("NAME", "FILE", "URL"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.work:
        _work(asked.work[0], Path(asked.work[1]), asked.work[2])
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'register.db'}"
        engine = open_engine(url)
        upgrade(engine)
        with writing(engine) as session:
            seed(session)
        engine.dispose()
        good, sheet, bad = folder / "good.csv", folder / "good.xlsx", folder / "bad.csv"
        _write(good, asked.rows)
        _workbook(good, sheet)
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
        _measure(f"taken back, {asked.rows} rows", "undo", good, url)


if __name__ == "__main__":
    main()
