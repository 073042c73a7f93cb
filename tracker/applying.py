"""A plan into the register, in short transactions. Idempotent: after a crash the next plan holds what is left."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from tracker.absorbing import absorb
from tracker.db import writing
from tracker.settling import Settling
from tracker.taking_in import Taken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Engine
    from sqlmodel import Session

    from tracker.facts import DeviceRef, FindingStep, KnownDevice, Match, Plan
    from tracker.taking_in import Values

HOLD_S = 0.05
"""Seconds after which a batch ends; none may hold the database over half a second."""
LET_IN_S = 0.06
"""Seconds between two batches. SQLite has no queue: who waits looks again after 1, 2, 5, 10, 15, 20, 25, 25, 25, 50 and 50 ms
(sqliteDefaultBusyCallback), so that a pause longer than 50 ms is found in the first quarter of a second; who is not let in
by then looks every tenth of a second only, finds the database taken each time, and gives up at last."""
AT_ONCE = 50
"""Sightings, or steps of findings, that share their statements: a few milliseconds' work."""

_T = TypeVar("_T")


@dataclass(slots=True)
class Applied:
    """What applying did."""

    devices: int = 0
    matched: int = 0
    opened: int = 0
    closed: int = 0
    batches: int = 0
    longest_s: float = 0.0


def _in_batches(
    engine: Engine, items: Iterable[_T], act: Callable[[Session, _T], None], applied: Applied
) -> None:
    """Run `act` over the items, a new transaction whenever one has lasted `HOLD_S`."""
    queue = iter(items)
    item = next(queue, None)
    while item is not None:
        with writing(engine) as session:
            started = time.perf_counter()
            is_over = False
            while item is not None and not is_over:
                act(session, item)
                item = next(queue, None)
                is_over = time.perf_counter() - started >= HOLD_S
            session.flush()
        applied.batches += 1
        applied.longest_s = max(applied.longest_s, time.perf_counter() - started)
        if item is not None:
            time.sleep(LET_IN_S)  # noqa: TID251 -- outside any transaction: others write now


def _together(items: Iterable[_T], count: int) -> Iterator[tuple[_T, ...]]:
    queue = iter(items)
    while some := tuple(islice(queue, count)):
        yield some


class _Applying:
    def __init__(self, plan: Plan, scan_id: int | None, now: datetime) -> None:
        self._known = {device.ref: device for device in plan.devices}
        self._links = dict(plan.links)
        self._scan_id = scan_id
        self._now = now
        self.ids: dict[str, int] = {}
        self.applied = Applied()
        self._counted: set[DeviceRef] = set()

    def _ref(self, ref: DeviceRef) -> DeviceRef:
        """The device's id, once it has one."""
        return self.ids.get(ref, ref) if isinstance(ref, str) else ref

    def take(self, session: Session, matches: Sequence[Match]) -> None:
        """Some sightings, in the caller's transaction."""
        refs = (self._ref(match.device) for match in matches)
        taken = Taken(session, (ref for ref in refs if isinstance(ref, int)))
        for match in matches:
            self.see(taken, match)
        self.ids |= {ref: number for ref, number in taken.write().items() if isinstance(ref, str)}

    def see(self, taken: Taken, match: Match) -> None:
        """One sighting: the device made or brought up to date, its identifiers and places."""
        ref, at = self._ref(match.device), match.sighting.seen_at
        known = self._linked(taken.device(ref), match)
        taken.fill(ref, known, match, self._scan_id)
        taken.identify(ref, match.identifiers, at)  # what it showed once and not now grows old
        taken.sum_up(ref, match, known.network_id)
        if match.device not in self._counted:
            self._counted.add(match.device)
            self.applied.devices += 1
            self.applied.matched += known.asset_id is not None
        self._links[match.device] = known.asset_id

    def _linked(self, device: Values | None, match: Match) -> KnownDevice:
        """The device as planned, but with the link that a person made since the plan was drawn up, or since the last batch."""
        known = self._known[match.device]
        if device is not None and device["asset_id"] != self._links.get(match.device):
            known = self._known[match.device] = replace(known, asset_id=device["asset_id"])
        return known

    def absorb(self, session: Session, pair: tuple[int, DeviceRef]) -> None:
        """One device that turned out to be another."""
        into = self._ref(pair[1])
        if isinstance(into, int):
            absorb(session, pair[0], into, self._now)


def changing(steps: Sequence[FindingStep], live: dict[int, dict[str, object]]) -> list[FindingStep]:
    """Leave out what would write the same again: a night must not touch every finding."""
    return [
        s
        for s in steps
        if s.act != "keep" or s.wanted is None or live.get(s.finding_id or 0) != s.wanted.facts
    ]


def apply(
    engine: Engine,
    plan: Plan,
    *,
    scan_id: int | None,
    now: datetime,
    live: dict[int, dict[str, object]] | None = None,
) -> Applied:
    """Write the plan. `live` gives the facts of the findings the plan saw, so that the unchanged are left alone."""
    work = _Applying(plan, scan_id, now)
    _in_batches(engine, _together(plan.matches, AT_ONCE), work.take, work.applied)
    _in_batches(engine, plan.absorbed.items(), work.absorb, work.applied)
    settling = Settling(work.ids, now)
    _in_batches(engine, _together(changing(plan.steps, live or {}), AT_ONCE), settling.take, work.applied)
    work.applied.opened, work.applied.closed = settling.opened, settling.closed
    return work.applied
