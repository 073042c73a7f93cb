"""One night digested: read the register, reconcile, apply in batches; and how long anyone else had to wait meanwhile.

A register of `--assets` assets and a survey of `--sightings` devices, half of them registered, into a fresh SQLite file;
then the same survey again, as on the second night. Beside it a second process writes one small row after the other and
notes its longest wait: what a person at the return desk would feel. Prints one row a night; ``--json`` prints JSON.

    .venv/bin/python benchmarks/night.py --assets 20000 --sightings 10000
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from sqlmodel import select  # noqa: E402 -- the path comes first

from discovery.sighting import DeviceClass, Identity, SeenAddress, Sighting  # noqa: E402
from tracker.applying import apply  # noqa: E402
from tracker.clock import STOCKHOLM  # noqa: E402
from tracker.db import open_engine, reading, writing  # noqa: E402
from tracker.migrations import upgrade  # noqa: E402
from tracker.reconcile import reconcile  # noqa: E402
from tracker.register import read_world  # noqa: E402
from tracker.setup import seed  # noqa: E402
from tracker.swedish import sort_key  # noqa: E402
from tracker.tables import Asset, AssetIdentifier, Network, Throttle, Unit  # noqa: E402
from tracker.words import AssetStatus, IdentifierKind, Profile, Purpose  # noqa: E402

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from sqlalchemy import Engine

NOW = datetime(2026, 11, 24, 2, 15, tzinfo=UTC)
CAMERA = Identity(DeviceClass.CAMERA, vendor="Axis", model="P3245-LV", is_iot=True, confidence=0.9)


@dataclass(frozen=True, slots=True)
class Row:
    """One night. Seconds; `longest_batch` holds the database, `longest_wait` is the other writer's."""

    night: int
    assets: int
    sightings: int
    read: float
    reconcile: float
    apply: float
    batches: int
    longest_batch: float
    longest_wait: float
    opened: int
    peak_mb: float


def mac(number: int) -> str:
    """A burned-in address of one maker."""
    digits = f"acccm{number:07x}".replace("m", "8")[-12:]
    return ":".join(digits[i : i + 2] for i in range(0, 12, 2))


def fill(engine: Engine, assets: int) -> None:
    """The register."""
    upgrade(engine)
    with writing(engine) as session:
        seed(session)
        unit = session.exec(select(Unit)).first()
        assert unit is not None  # noqa: S101 -- seeded above
        session.add(Network(name="lan", cidrs="10.0.0.0/8", purpose=Purpose.OFFICE, profile=Profile.FULL))
        for number in range(assets):
            tag = f"EK-{number:06d}"
            common = {"status": AssetStatus.IN_USE, "unit_id": unit.id, "created_at": NOW, "changed_at": NOW}
            session.add(
                Asset(id=number + 1, tag=tag, sort_key=sort_key(tag), search_key=tag.lower(), **common)
            )
        session.flush()
        for number in range(assets):
            session.add(AssetIdentifier(asset_id=number + 1, kind=IdentifierKind.MAC, value=mac(number)))


def survey(assets: int, count: int, seen_at: datetime) -> list[Sighting]:
    """Half of the devices are the register's, half nobody's."""
    return [
        Sighting(
            id=f"s-{n}",
            survey="s",
            observer="o",
            seen_at=seen_at,
            source="arp",
            network="lan",
            addresses=(
                SeenAddress(f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}", mac(n if n % 2 else assets + n)),
            ),
            identity=CAMERA,
        )
        for n in range(count)
    ]


def _write_beside(url: str, told: Connection) -> None:
    engine = open_engine(url)
    longest, number = 0.0, 0
    told.send("ready")
    while not told.poll():
        number += 1
        began = time.perf_counter()
        with writing(engine) as session:
            session.add(Throttle(subject=f"bench:{began}", failures=0, window_started=NOW))
        longest = max(longest, time.perf_counter() - began)
        time.sleep(0.02)  # noqa: TID251 -- a person is slower still
    told.send(longest)


def night(engine: Engine, number: int, assets: int, count: int) -> Row:
    """Digest one survey with another writer beside it."""
    now = NOW + timedelta(days=number)
    seen = survey(assets, count, now)
    ours, theirs = multiprocessing.Pipe()
    beside = multiprocessing.get_context("spawn").Process(
        target=_write_beside, args=(engine.url.render_as_string(hide_password=False), theirs)
    )
    beside.start()
    ours.recv()
    began = time.perf_counter()
    with reading(engine) as session:
        world = read_world(session, seen, now, STOCKHOLM, {1: now})
    has_read = time.perf_counter()
    plan = reconcile(world)
    reconciled = time.perf_counter()
    live: dict[int, dict[str, object]] = {finding.id: finding.facts for finding in world.findings}
    done = apply(engine, plan, scan_id=None, now=now, live=live)
    applied = time.perf_counter()
    ours.send("end")
    longest_wait = ours.recv() if beside.is_alive() else float("inf")  # it gave up: nobody let it in
    beside.join()
    return Row(
        number,
        assets,
        count,
        round(has_read - began, 2),
        round(reconciled - has_read, 2),
        round(applied - reconciled, 2),
        done.batches,
        round(done.longest_s, 3),
        round(longest_wait, 3),
        done.opened,
        round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    )


def main() -> None:
    """Two nights; exit 1 when one batch held the database over half a second."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--assets", type=int, default=20_000)
    parser.add_argument("--sightings", type=int, default=10_000)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{folder}/night.db")
        fill(engine, args.assets)
        rows = [night(engine, number, args.assets, args.sightings) for number in (1, 2)]
        engine.dispose()
    for row in rows:
        fields = asdict(row)
        print(json.dumps(fields) if args.json else "  ".join(f"{k} {v}" for k, v in fields.items()))
    if any(row.longest_batch > 0.5 for row in rows):  # noqa: PLR2004 -- the floor this script is about
        sys.exit("a batch held the database over half a second")


if __name__ == "__main__":
    main()
