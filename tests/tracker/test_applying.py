from __future__ import annotations

import threading
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
from sqlmodel import col, func, select

from tests.tracker.seen import CAMERA, MAC, NOW, OTHER, sighting
from tracker import applying
from tracker.applying import Applied, apply
from tracker.clock import STOCKHOLM
from tracker.db import reading, writing
from tracker.reconcile import reconcile
from tracker.register import read_world
from tracker.scanning import digest
from tracker.swedish import sort_key
from tracker.tables import (
    Asset,
    AssetIdentifier,
    Device,
    DeviceIdentifier,
    Finding,
    Sighting,
    Throttle,
    Unit,
)
from tracker.words import AssetStatus, FindingState, IdentifierKind

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlmodel import Session

    from discovery.sighting import Sighting as Seen

COUNTED = (Device, DeviceIdentifier, Sighting, Finding)


def _counts(engine: Engine) -> list[int]:
    with reading(engine) as session:
        return [session.exec(select(func.count()).select_from(table)).one() for table in COUNTED]


def _states(engine: Engine) -> list[tuple[str, str]]:
    with reading(engine) as session:
        rows = session.exec(select(Finding.key, Finding.state).order_by(col(Finding.key))).all()
        return [(key, str(state)) for key, state in rows]


def _take(engine: Engine, *seen: Seen) -> applying.Applied:
    return digest(engine, list(seen), scan_id=None, now=NOW, zone=STOCKHOLM)


SEEN = (sighting(1, "10.0.0.5", MAC, identity=CAMERA), sighting(2, "10.0.0.6", OTHER))


def test_taking_in_the_same_survey_again_changes_nothing(lan: Engine) -> None:
    first = _take(lan, *SEEN)
    counts, states = _counts(lan), _states(lan)
    again = _take(lan, *SEEN)
    assert (first.devices, first.opened) == (2, 2)
    assert (again.opened, again.closed) == (0, 0)
    assert (_counts(lan), _states(lan)) == (counts, states)


def test_a_crash_half_way_is_made_good_by_the_next_run(lan: Engine) -> None:
    seen = [sighting(n, f"10.0.0.{n}", f"9c:b6:d0:00:01:{n:02x}", identity=CAMERA) for n in range(1, 60)]
    calls = 0
    see = applying._Applying.see

    def crash(*args: object) -> None:
        nonlocal calls
        calls += 1
        if calls == 40:
            raise RuntimeError("the power went")
        see(*args)  # type: ignore[arg-type]

    with (
        patch.object(applying, "HOLD_S", 0.01),
        patch.object(applying._Applying, "see", crash),
        pytest.raises(RuntimeError),
    ):
        _take(lan, *seen)
    _take(lan, *seen)
    devices, _, _, findings = _counts(lan)
    assert (devices, findings) == (59, 59)


def test_a_batch_ends_with_the_step_in_which_its_time_is_up(lan: Engine) -> None:
    # A clock of our own: how long a step takes on this machine is the benchmark's business (benchmarks/night.py).
    step, now = applying.HOLD_S * 0.4, 0.0
    pauses: list[float] = []
    take = applying._Applying.take

    def slow(*args: object) -> None:
        nonlocal now
        now += step
        take(*args)  # type: ignore[arg-type]

    clock = SimpleNamespace(perf_counter=lambda: now, sleep=pauses.append)
    with patch.object(applying, "time", clock), patch.object(applying._Applying, "take", slow):
        applied = _take(lan, *_many(600))
    assert applied.devices == 600
    assert applied.longest_s == pytest.approx(3 * step), "not one step more than it takes to reach HOLD_S"
    assert pauses
    assert set(pauses) == {applying.LET_IN_S}


def _many(count: int) -> list[Seen]:
    return [
        sighting(
            n, f"10.0.{n // 250}.{n % 250 + 1}", f"9c:b6:d0:01:{n // 256:02x}:{n % 256:02x}", identity=CAMERA
        )
        for n in range(count)
    ]


def test_a_link_that_a_person_made_meanwhile_goes_before_the_plan(lan: Engine) -> None:
    _take(lan, SEEN[0])
    with reading(lan) as session:
        plan = reconcile(read_world(session, [SEEN[0]], NOW, STOCKHOLM))
    with writing(lan) as session:
        unit = session.exec(select(Unit.id).order_by(col(Unit.id))).first()
        asset = Asset(
            tag="T-1",
            status=AssetStatus.IN_USE,
            unit_id=unit,
            sort_key=sort_key("T-1"),
            search_key="t-1",
            created_at=NOW,
            changed_at=NOW,
        )
        session.add(asset)
        session.flush()
        session.add(AssetIdentifier(asset_id=asset.id, kind=IdentifierKind.MAC, value=MAC))
        device = session.exec(select(Device)).one()
        device.asset_id = asset.id
    apply(lan, plan, scan_id=None, now=NOW)
    with reading(lan) as session:
        assert session.exec(select(Device)).one().asset_id == asset.id


def test_a_decision_made_meanwhile_goes_before_the_plan(lan: Engine) -> None:
    _take(lan, SEEN[0])
    with reading(lan) as session:
        plan = reconcile(read_world(session, [], NOW, STOCKHOLM))
    with writing(lan) as session:
        finding = session.exec(select(Finding)).one()
        finding.state, finding.version = FindingState.DECIDED, finding.version + 1
    apply(lan, plan, scan_id=None, now=NOW)
    assert [state for _, state in _states(lan)] == ["decided"]


def test_two_rows_of_one_device_become_one_and_keep_what_was_seen(lan: Engine) -> None:
    _take(lan, sighting(1, "10.0.0.5", MAC), sighting(2, "10.0.0.6", OTHER))
    _take(
        lan,
        sighting(1, "10.0.0.5", MAC, serials=("AAAA1111",)),
        sighting(2, "10.0.0.6", OTHER, serials=("AAAA1111",)),
    )
    with reading(lan) as session:
        (device,) = session.exec(select(Device)).all()
        values = set(session.exec(select(DeviceIdentifier.value)).all())
        places = set(session.exec(select(Sighting.ip)).all())
        live = session.exec(select(Finding).where(col(Finding.closed_at).is_(None))).all()
    assert values == {MAC, OTHER, "AAAA1111"}
    assert places == {"10.0.0.5", "10.0.0.6"}
    assert [finding.key for finding in live] == [f"unregistered:device:{device.id}"]


def test_sightings_are_summed_up_and_not_piled_up(lan: Engine) -> None:
    for minute in range(5):
        later = NOW.replace(minute=minute)
        digest(lan, [sighting(1, "10.0.0.5", MAC, seen_at=later)], scan_id=None, now=later, zone=STOCKHOLM)
    with reading(lan) as session:
        (row,) = session.exec(select(Sighting)).all()
    assert (row.first_seen, row.last_seen, row.times) == (NOW, NOW.replace(minute=4), 5)


def test_who_waits_gets_in_between_two_batches(engine: Engine) -> None:
    """Without a pause between batches the other writer finds the database taken each time it looks."""
    written: list[float] = []
    over = threading.Event()

    def act(session: Session, number: int) -> None:
        session.add(Throttle(subject=f"night:{number}", failures=0, window_started=NOW))
        time.sleep(0.01)  # noqa: TID251 -- work that holds the database

    def write_beside() -> None:
        while not over.is_set():
            began = time.perf_counter()
            with writing(engine) as session:
                session.add(Throttle(subject=f"beside:{len(written)}", failures=0, window_started=NOW))
            written.append(time.perf_counter() - began)

    beside = threading.Thread(target=write_beside)
    applied = Applied()
    beside.start()
    applying._in_batches(engine, range(200), act, applied)
    over.set()
    beside.join()
    assert applied.batches >= 5
    assert len(written) >= applied.batches - 1
