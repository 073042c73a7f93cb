"""Export of 50,000 rows: how long until the first byte and the last, and what the server weighs meanwhile.

The product's own server on loopback. Two claims, a broken one exits 1: all rows within 3 s, and the server never over 200 MB.

    python -m benchmarks.export [--quick]
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import kept, seeding, serving

if TYPE_CHECKING:
    from benchmarks.kept import Made

SECONDS = 3.0
PEAK_MB = 200
TIMES = 5


@dataclass(frozen=True, slots=True)
class Export:
    """One export: seconds to the first byte and to the last, rows without the heading, bytes."""

    first_s: float
    whole_s: float
    rows: int
    size: int


def take(server: serving.Server, made: Made) -> Export:
    """Read the whole export as a browser would."""
    door = serving.door(server.port)
    began = time.perf_counter()
    door.request("GET", "/assets.csv", headers={"Cookie": f"enhetskoll={made.users[0].token}"})
    answer = door.getresponse()
    first, size, lines = 0.0, 0, 0
    while piece := answer.read1(65_536):
        first = first or time.perf_counter() - began
        size += len(piece)
        lines += piece.count(b"\r\n")
    whole = time.perf_counter() - began
    door.close()
    return Export(first, whole, lines - 1, size)


def main() -> None:
    """Measure; exit 1 when a claim does not hold."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a small register: does it work?")
    args = parser.parse_args()
    size = seeding.QUICK if args.quick else replace(seeding.Size(), assets=50_000, movements=100_000)
    with tempfile.TemporaryDirectory() as folder:
        made = kept.made(size, Path(folder))
        with serving.product(Path(folder), made.url) as server:
            found = [take(server, made) for _ in range(TIMES)]
            peak = server.peak_mb()
    whole = statistics.median(one.whole_s for one in found)
    print(
        "| rows | MB | first byte s | all s (median of 5) | slowest s | server's peak MB |\n|---|---|---|---|---|---|"
    )
    print(
        f"| {found[0].rows} | {found[0].size / 1e6:.1f} | {max(one.first_s for one in found):.2f} | {whole:.2f} "
        f"| {max(one.whole_s for one in found):.2f} | {peak:.0f} |"
    )
    if any(one.rows != size.assets for one in found):
        sys.exit("rows are missing")
    if whole > SECONDS or peak > PEAK_MB:
        sys.exit(f"over {SECONDS} s or {PEAK_MB} MB")


if __name__ == "__main__":
    main()
