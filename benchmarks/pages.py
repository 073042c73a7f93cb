"""Pages at size: 25 people at a register of 100,000 assets and 1,000,000 movements while a scan writes; and one person alone.

Starts `enhetskoll serve` as it is shipped, on loopback, over a register made by `benchmarks.kept`. Two claims are held, and a
broken one exits 1: with everyone at it (thinking 1 to 3 s between two pages) and a scan running, list, search, asset page,
queue and return answer within 300 ms at the 95th percentile; alone, the median of each is within four times the floor's,
measured in the same run. A third table without any pauses shows what it takes to fill the server; it claims nothing.

    python -m benchmarks.pages [--quick] [--seconds 60]
"""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import kept, seeding, serving
from benchmarks.asking import THINK_S, Person, Timings, crowd
from discovery.sighting import Identity, SeenAddress, Sighting
from tracker.clock import STOCKHOLM, utc_now
from tracker.db import open_engine
from tracker.scanning import digest

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from benchmarks.kept import Made

P95_MS = 300
TIMES_THE_FLOOR = 4
ALONE = 40
"""Answers to each page, alone."""
SEEN = 3_000
"""Devices a survey sees."""
CLAIMED = ("list", "search", "asset page", "queue", "return")
"""Beginnings of the names of the pages that the claims are about."""


@dataclass(frozen=True, slots=True)
class Scan:
    """What the scan beside did: reconciliations, devices written, batches, and the longest batch in seconds."""

    rounds: int
    devices: int
    batches: int
    longest_s: float


def _survey(size: seeding.Size, turn: int) -> list[Sighting]:
    """Devices as they were, each at an address that changes with the turn, so that there is something to write."""
    maker = seeding.Seeding(size, utc_now())
    count = min(SEEN, size.devices)
    found = []
    for number in range(turn * count % size.devices, turn * count % size.devices + count):
        device = maker.device(number % size.devices)
        network = device["network_id"]
        ip = f"10.{network}.{100 + turn % 100}.{number // size.schools % 250 + 1}"
        identity = Identity(
            device["device_class"],
            vendor=device["vendor"],
            model=device["model"],
            is_iot=device["is_iot"],
            confidence=0.9,
        )
        found.append(
            Sighting(
                id=f"s{turn}-{number}",
                survey=f"s{turn}",
                observer="bench",
                seen_at=utc_now(),
                source="arp",
                network=f"NET-{network - 1:02d}",
                addresses=(SeenAddress(ip, device["mac"]),),
                names=(device["name"],),
                identity=identity,
            )
        )
    return found


def _scan_beside(url: str, size: seeding.Size, told: Connection) -> None:
    engine = open_engine(url)
    done: list[Scan] = []
    told.send("ready")
    while not told.poll():
        applied = digest(engine, _survey(size, len(done)), scan_id=None, now=utc_now(), zone=STOCKHOLM)
        done.append(Scan(1, applied.devices, applied.batches, applied.longest_s))
    engine.dispose()
    told.send(
        Scan(
            len(done),
            sum(one.devices for one in done),
            sum(one.batches for one in done),
            max((one.longest_s for one in done), default=0.0),
        )
    )


def _together(
    server: serving.Server, made: Made, seconds: float, think: tuple[float, float] | None, share: int
) -> tuple[Timings, Scan]:
    ours, theirs = multiprocessing.Pipe()
    scan = multiprocessing.get_context("spawn").Process(
        target=_scan_beside, args=(made.url, made.size, theirs), daemon=True
    )
    scan.start()
    theirs.close()  # so that its death ends our waiting
    ours.recv()
    timings = crowd(server.port, made, seconds, think, share)
    ours.send("end")
    found: Scan = ours.recv()
    scan.join()
    return timings, found


def _alone(server: serving.Server, made: Made, count: int) -> Timings:
    """One person, one page after the other, in turn, so that a busy moment of the machine falls on all pages alike."""
    timings = Timings()
    for number in (0, 2):  # a technician, school staff
        person = Person(server.port, made, number, share=2)
        person.arrive()
        person.leaf()
        person.timings.seconds.clear()
        for _ in range(count):
            for deed in dict.fromkeys(person.deeds()):
                deed()
        timings.add(person.timings)
    return timings


def _floor(path: Path, count: int) -> float:
    """The floor's median in seconds."""
    with serving.floor(path) as server:
        door = serving.door(server.port)
        took = []
        for _ in range(count * 5):
            began = time.perf_counter()
            door.request("GET", "/")
            door.getresponse().read()
            took.append(time.perf_counter() - began)
    return statistics.median(took)


def _at(found: list[float], share: float) -> float:
    """Milliseconds below which this share of the answers lies."""
    ordered = sorted(found)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1000


def _is_claimed(page: str) -> bool:
    return page.startswith(CLAIMED) and not page.startswith("return box")


def _table(title: str, timings: Timings, floor_s: float | None = None) -> list[str]:
    """Print a table in Markdown; the claims that it breaks."""
    broken = []
    print(f"\n{title}\n")
    print(
        "| page | answers | p50 ms | p95 ms | p99 ms | errors |" + (" times the floor |" if floor_s else "")
    )
    print("|---|---|---|---|---|---|" + ("---|" if floor_s else ""))
    for page in sorted(timings.seconds.keys() - {"arrive"}):
        found = timings.seconds[page]
        wrong = timings.errors.get(page, [])
        middle, high = _at(found, 0.5), _at(found, 0.95)
        line = (
            f"| {page} | {len(found)} | {middle:.0f} | {high:.0f} | {_at(found, 0.99):.0f} | {len(wrong)} |"
        )
        if floor_s:
            line += f" {middle / floor_s / 1000:.1f} |"
        print(line)
        if floor_s and _is_claimed(page) and middle > TIMES_THE_FLOOR * floor_s * 1000:
            broken.append(
                f"{page}: {middle:.1f} ms alone, over {TIMES_THE_FLOOR} times the floor of {floor_s * 1000:.1f} ms"
            )
        if not floor_s and _is_claimed(page) and high > P95_MS:
            broken.append(f"{page}: p95 {high:.0f} ms, over {P95_MS} ms")
    for page, said in timings.errors.items():
        broken.append(f"{page}: {len(said)} errors, the first {said[0]}")
    return broken


def _say_scan(scan: Scan) -> None:
    print(
        f"\nThe scan beside: {scan.rounds} reconciliations, {scan.devices} devices written in {scan.batches} batches, "
        f"the longest {scan.longest_s:.2f} s."
    )


def run(size: seeding.Size, seconds: float, count: int, folder: Path) -> list[str]:
    """All three tables; the broken claims."""
    made = kept.made(size, folder)
    print(
        f"{size.assets} assets, {size.movements} movements, {size.devices} devices, {size.findings} findings, {size.users} users."
    )
    with serving.product(folder, made.url) as server:
        alone = _alone(server, made, count)
        broken = _table("Alone", alone, _floor(made.path, count))
        timings, scan = _together(server, made, seconds, THINK_S, 0)
        broken += _table(
            f"{size.users} people, {THINK_S[0]:.0f} to {THINK_S[1]:.0f} s between two pages, a scan running",
            timings,
        )
        _say_scan(scan)
        if scan.devices == 0:
            broken.append("the scan beside wrote nothing: nothing was shown")
        timings, scan = _together(server, made, seconds / 3, None, 1)
        asked = sum(len(found) for page, found in timings.seconds.items() if page != "arrive")
        _table(f"The same without pauses: {asked / seconds * 3:.0f} answers a second", timings)
        _say_scan(scan)
        print(f"\nThe server's peak: {server.peak_mb():.0f} MB.")
    return broken


def main() -> None:
    """Measure; exit 1 when a claim does not hold."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--quick", action="store_true", help="a small register and a few seconds: does it work?"
    )
    parser.add_argument("--seconds", type=float, default=60)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        size, seconds, count = (seeding.QUICK, 4, 3) if args.quick else (seeding.Size(), args.seconds, ALONE)
        broken = run(size, seconds, count, Path(folder))
    if broken:
        sys.exit("\n" + "\n".join(broken))


if __name__ == "__main__":
    main()
