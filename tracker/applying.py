"""A plan into the register, in short transactions. Idempotent: after a crash the next plan holds what is left."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from sqlmodel import Session, col, select

from tracker.absorbing import absorb
from tracker.db import writing
from tracker.swedish import search_key, sort_key
from tracker.tables import Device, DeviceChange, DeviceIdentifier, Finding, Sighting
from tracker.words import FindingState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Engine

    from tracker.facts import DeviceRef, FindingStep, KnownDevice, Match, Plan, Wanted

HOLD_S = 0.08
"""Seconds after which a batch ends; none may hold the database over half a second."""
LET_IN_S = 0.06
"""Seconds between two batches. SQLite has no queue: who waits looks again after 1, 2, 5, 10, 15, 20, 25, 25, 25, 50 and 50 ms
(sqliteDefaultBusyCallback), so that a pause longer than 50 ms is found in the first quarter of a second; who is not let in
by then looks every tenth of a second only, finds the database taken each time, and gives up at last."""
_MOST_EVIDENCE = 60
_WATCHED = ("ip", "device_class", "vendor", "model", "os", "asset_id")

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
            while item is not None and time.perf_counter() - started < HOLD_S:
                act(session, item)
                item = next(queue, None)
            session.flush()
        applied.batches += 1
        applied.longest_s = max(applied.longest_s, time.perf_counter() - started)
        if item is not None:
            time.sleep(LET_IN_S)  # noqa: TID251 -- outside any transaction: others write now


def _fill(device: Device, known: KnownDevice, match: Match) -> None:
    device.asset_id = known.asset_id
    device.match_because = json.dumps(list(match.because))
    device.network_id, device.ip, device.mac = known.network_id, known.ip, known.mac
    device.device_class, device.vendor, device.model = known.device_class, known.vendor, known.model
    device.is_iot, device.sector, device.name = known.is_iot, known.sector, known.name
    device.flags = list(match.flags)
    device.last_seen = max(match.sighting.seen_at, device.last_seen)
    identity = match.sighting.identity
    if identity is not None and not match.keeps_identity:
        device.os = identity.os or device.os
        device.confidence = identity.confidence
        device.because = list(identity.because)
        device.evidence = [
            {"probe": e.probe, "key": e.key, "value": e.value}
            for e in match.sighting.evidence[:_MOST_EVIDENCE]
        ]
    words = (
        known.name,
        known.vendor,
        known.model,
        known.ip,
        known.mac,
        *(v for _, v in sorted(known.identifiers)),
    )
    device.search_key = search_key(*dict.fromkeys(words))[:800]
    device.sort_key = sort_key(known.name or known.model or known.vendor or known.ip or "")[:320]


def _changes(
    session: Session, device: Device, before: dict[str, object], scan_id: int | None, at: datetime
) -> None:
    for name, old in before.items():
        new = getattr(device, name)
        if old is not None and new != old:
            session.add(
                DeviceChange(
                    device_id=device.id or 0,
                    scan_id=scan_id,
                    at=at,
                    field=name,
                    before=str(old)[:200],
                    after=None if new is None else str(new)[:200],
                )
            )


def _identify(session: Session, device_id: int, known: KnownDevice, at: datetime) -> None:
    rows = session.exec(select(DeviceIdentifier).where(DeviceIdentifier.device_id == device_id)).all()
    have = {(row.kind, row.value): row for row in rows}
    for kind, value in known.identifiers:
        row = have.get((kind, value))
        if row is None:
            session.add(
                DeviceIdentifier(
                    device_id=device_id, kind=kind, value=value[:160], first_seen=at, last_seen=at
                )
            )
        elif at > row.last_seen:
            row.last_seen = at


def _sum_up(session: Session, device_id: int, match: Match, network_id: int | None) -> None:
    """One row for as long as a device stays at an address; a re-run counts nothing twice."""
    if network_id is None:
        return
    at = match.sighting.seen_at
    for address in match.sighting.addresses:
        ip, mac = address.ip or "", address.mac or ""
        row = session.exec(
            select(Sighting).where(
                Sighting.device_id == device_id,
                Sighting.network_id == network_id,
                Sighting.ip == ip,
                Sighting.mac == mac,
            )
        ).first()
        if row is None:
            session.add(
                Sighting(
                    device_id=device_id,
                    network_id=network_id,
                    ip=ip,
                    mac=mac,
                    source=match.sighting.source,
                    first_seen=at,
                    last_seen=at,
                )
            )
        elif at > row.last_seen:
            row.last_seen, row.source, row.times = at, match.sighting.source, row.times + 1


class _Applying:
    def __init__(self, plan: Plan, scan_id: int | None, now: datetime) -> None:
        self.known = {device.ref: device for device in plan.devices}
        self._links = plan.links
        self.scan_id = scan_id
        self.now = now
        self.ids: dict[str, int] = {}
        self.applied = Applied()
        self._counted: set[int] = set()

    def see(self, session: Session, match: Match) -> None:
        """One sighting: the device made or brought up to date, its identifiers and places."""
        known = self.known[match.device]
        ref = self.ids.get(match.device, match.device) if isinstance(match.device, str) else match.device
        device = session.get(Device, ref) if isinstance(ref, int) else None
        at = match.sighting.seen_at
        if device is None:
            device = Device(device_class=known.device_class, first_seen=known.first_seen or at, last_seen=at)
            before: dict[str, object] = {}
        else:
            before = {name: getattr(device, name) for name in _WATCHED}
            known = self._linked(device, known)
        _fill(device, known, match)
        session.add(device)
        session.flush()
        if device.id is None:  # pragma: no cover -- a flushed row has its id
            return
        if isinstance(match.device, str):
            self.ids[match.device] = device.id
        _changes(session, device, before, self.scan_id, at)
        _identify(session, device.id, known, at)
        _sum_up(session, device.id, match, known.network_id)
        if device.id not in self._counted:
            self._counted.add(device.id)
            self.applied.devices += 1
            self.applied.matched += device.asset_id is not None

    def _linked(self, device: Device, known: KnownDevice) -> KnownDevice:
        """The device as planned, but with the link that a person made since the plan was drawn up."""
        if device.id in self._counted or device.asset_id == self._links.get(device.id or 0):
            return known
        return replace(known, asset_id=device.asset_id)

    def absorb(self, session: Session, pair: tuple[int, DeviceRef]) -> None:
        """One device that turned out to be another."""
        gone, into = pair[0], self.ids.get(pair[1]) if isinstance(pair[1], str) else pair[1]
        if into is not None:
            absorb(session, gone, into, self.now)

    def step(self, session: Session, step: FindingStep) -> None:
        """One finding opened, kept, reopened or closed; each only from the state the plan saw."""
        if step.act == "open" and step.wanted is not None:
            self._open(session, step.wanted, step.state)
            return
        finding = session.get(Finding, step.finding_id)
        if finding is None or finding.closed_at is not None or finding.version != step.version:
            return
        if step.act == "close":
            finding.state, finding.closed_at = FindingState.CLOSED, self.now
            self.applied.closed += 1
        elif step.wanted is not None:
            self._keep(finding, step.wanted, reopen=step.act == "reopen")
        finding.changed_at = self.now
        finding.version += 1

    def _keep(self, finding: Finding, wanted: Wanted, *, reopen: bool) -> None:
        finding.kind, finding.severity, finding.rule = wanted.kind, wanted.severity, wanted.rule
        finding.facts, finding.group_key = wanted.facts, wanted.group_key
        finding.network_id, finding.unit_id = wanted.network_id, wanted.unit_id
        if reopen:
            finding.state = FindingState.OPEN
            self.applied.opened += 1

    def _open(self, session: Session, wanted: Wanted, state: FindingState) -> None:
        key = wanted.key(self.ids)
        if session.exec(
            select(Finding.id).where(Finding.key == key, col(Finding.closed_at).is_(None))
        ).first():
            return
        device_id = self.ids.get(wanted.device) if isinstance(wanted.device, str) else wanted.device
        stranger = wanted.asset_id is None and wanted.topic == "unregistered"
        if stranger and device_id is not None and self._is_registered_now(session, device_id):
            return
        session.add(
            Finding(
                key=key,
                kind=wanted.kind,
                rule=wanted.rule,
                severity=wanted.severity,
                state=state,
                asset_id=wanted.asset_id,
                device_id=device_id,
                network_id=wanted.network_id,
                unit_id=wanted.unit_id,
                group_key=wanted.group_key,
                facts=wanted.facts,
                since=self.now,
                changed_at=self.now,
            )
        )
        self.applied.opened += 1

    @staticmethod
    def _is_registered_now(session: Session, device_id: int) -> bool:
        device = session.get(Device, device_id)
        return device is None or device.asset_id is not None


def _changing(steps: Sequence[FindingStep], live: dict[int, dict[str, object]]) -> list[FindingStep]:
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
    _in_batches(engine, plan.matches, work.see, work.applied)
    _in_batches(engine, plan.absorbed.items(), work.absorb, work.applied)
    _in_batches(engine, _changing(plan.steps, live or {}), work.step, work.applied)
    return work.applied
