"""Copies of a register in use: are any bad, what does one cost, and how long does a writer wait meanwhile?

Beside it the naive way, the file copied as it stands, to show that the load is one that breaks copies.

    python -m benchmarks.backup [--assets 20000] [--copies 25]
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import insert

from tracker import journal
from tracker.backup import copies
from tracker.backup.checking import check
from tracker.db import open_copy, open_engine, writing
from tracker.migrations import upgrade
from tracker.setup import seed
from tracker.tables import Asset

NOW = datetime(2026, 11, 24, tzinfo=UTC)
WRITERS = 2


def _register(folder: Path, assets: int) -> Path:
    path = folder / "live.db"
    engine = open_engine(f"sqlite:///{path}")
    upgrade(engine)
    with writing(engine) as session:
        root = seed(session)
        rows = [
            {"tag": f"B{n}", "status": "in_use", "unit_id": root.id, "sort_key": f"b{n}", "search_key": "x" * 80,
             "created_at": NOW, "changed_at": NOW, "version": 1, "expected_online": True}
            for n in range(assets)
        ]  # fmt: skip
        session.execute(insert(Asset), rows)
    engine.dispose()
    return path


class _Load:
    """Writers that never pause; `longest` is the longest that any of their writes took."""

    def __init__(self, path: Path) -> None:
        self._engine = open_engine(f"sqlite:///{path}")
        self._stop = threading.Event()
        self.writes, self.longest = 0, 0.0
        self._threads = [threading.Thread(target=self._write) for _ in range(WRITERS)]
        for one in self._threads:
            one.start()

    def _write(self) -> None:
        while not self._stop.is_set():
            begun = time.monotonic()
            with writing(self._engine) as session:
                facts = {"padding": "x" * 400}
                journal.record(session, "asset:bench:write", "asset:1", by=None, now=NOW, facts=facts)
            self.longest = max(self.longest, time.monotonic() - begun)
            self.writes += 1

    def end(self) -> None:
        self._stop.set()
        for one in self._threads:
            one.join()
        self._engine.dispose()


def _naive(live: Path, target: Path, acknowledged: int) -> bool:
    """Whether the file, copied as it stands, is damaged or lacks what was acknowledged before."""
    shutil.copyfile(live, target)
    engine = open_copy(target)
    try:
        found = check(engine)
    finally:
        engine.dispose()
    return bool(found.problems) or found.entries < acknowledged


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--assets", type=int, default=20_000)
    parser.add_argument("--copies", type=int, default=25)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        live = _register(folder, asked.assets)
        load = _Load(live)
        engine = open_engine(f"sqlite:///{live}")
        took, bad, torn = [], 0, 0
        for n in range(asked.copies):
            begun = time.monotonic()
            acknowledged = load.writes
            made = copies.make(engine, folder / f"{n}.db", NOW)
            took.append(time.monotonic() - begun)
            found = copies.examine(made.path)
            bad += bool(found.problems) or found.entries < acknowledged
            torn += _naive(live, folder / f"naive{n}.db", load.writes)
        load.end()
        print(
            f"{asked.copies} copies of {made.size / 1e6:.1f} MB during {load.writes} commits by {WRITERS} writers"
        )
        print(f"bad copies: {bad}; of as many files copied as they stood: {torn} bad")
        print(
            f"one copy with its check: median {sorted(took)[len(took) // 2]:.2f} s, longest {max(took):.2f} s"
        )
        print(f"longest write meanwhile: {load.longest:.2f} s")


if __name__ == "__main__":
    main()
