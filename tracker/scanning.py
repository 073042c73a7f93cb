"""One scan from asked-for to done: claim the row, look, store coverage, reconcile, apply, end the row.

No transaction lasts while the child looks. A row that says ``running`` but is no longer renewed was interrupted.
"""

from __future__ import annotations

import json
import logging
import os
import platform
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import update
from sqlmodel import Session, col, select

from discovery.lines import Progress
from discovery.sighting import Sighting
from tracker.applying import Applied, apply
from tracker.aside import aside
from tracker.db import reading, writing
from tracker.looking import Look, SurveyFailedError
from tracker.reconcile import reconcile
from tracker.register import read_world
from tracker.swedish import sort_key
from tracker.tables import Network, Scan, ScanMethod, Site, Unit
from tracker.tables.units import PLACE_KEY
from tracker.words import Profile, Purpose, ScanState

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

    from sqlalchemy import Engine

    from discovery.coverage import Coverage
    from discovery.settings import NetworkSettings
    from tracker.clock import Clock
    from tracker.facts import Plan, World

log = logging.getLogger("tracker.scanning")
LEASE = timedelta(seconds=60)
"""A running scan not renewed for so long has lost its process."""
_TELL_EVERY = timedelta(seconds=1)


def runner_name() -> str:
    """Who runs a scan: host and process, for the operator's eye."""
    return f"{platform.node()}:{os.getpid()}"[:80]


def sync_networks(session: Session, networks: tuple[NetworkSettings, ...], now: datetime) -> None:
    """Make the register's networks say what the configuration says; those that left it are kept, marked."""
    rows = {row.name: row for row in session.exec(select(Network))}
    root = session.exec(select(Unit).where(col(Unit.parent_id).is_(None)).order_by(col(Unit.id))).first()
    sites = {site.name: site for site in session.exec(select(Site))}
    known = {row.name for row in rows.values() if row.is_configured}
    for row in rows.values():
        row.is_configured = False
    for network in networks:
        if network.site and network.site not in sites and root is not None:
            sites[network.site] = Site(
                name=network.site, sort_key=sort_key(network.site, PLACE_KEY), unit_id=root.id or 0
            )
            session.add(sites[network.site])
            session.flush()
        row = rows.get(network.name) or Network(
            name=network.name, cidrs="", purpose=Purpose.OFFICE, profile=Profile.FULL
        )
        row.cidrs = " ".join(str(cidr) for cidr in network.cidrs)
        row.purpose, row.profile = Purpose(network.purpose), Profile(network.profile)
        site = sites.get(network.site or "")
        row.site_id = site.id if site else None
        row.is_configured = True
        if network.name not in known:
            row.configured_at = now
        session.add(row)


def _moved(session: Session, scan_id: int, before: ScanState, values: dict[str, object]) -> bool:
    """Compare-and-set on the state: whether this process was the one."""
    made = session.connection().execute(
        update(Scan).where(col(Scan.id) == scan_id, col(Scan.state) == before).values(**values)
    )
    return made.rowcount == 1


def claim(engine: Engine, scan_id: int, now: datetime) -> bool:
    """Take a wanted scan; False when another runner has it."""
    with writing(engine) as session:
        taken = {"state": ScanState.RUNNING, "started_at": now, "alive_at": now, "runner": runner_name()}
        return _moved(session, scan_id, ScanState.WANTED, taken)


def mark_interrupted(engine: Engine, now: datetime) -> list[int]:
    """Mark every running scan whose process is gone; their ids."""
    with writing(engine) as session:
        lost = session.exec(
            select(Scan).where(Scan.state == ScanState.RUNNING, col(Scan.alive_at) < now - LEASE)
        ).all()
        for scan in lost:
            scan.state, scan.ended_at = ScanState.INTERRUPTED, now
        return [scan.id or 0 for scan in lost]


class _Listening:
    """Takes in the survey's lines: keeps sightings, stores progress now and then, remembers coverage."""

    def __init__(
        self, engine: Engine, scan_id: int, clock: Clock, told: Callable[[Progress], None] | None
    ) -> None:
        self._engine = engine
        self._scan_id = scan_id
        self._clock = clock
        self._told = told
        self._last: datetime | None = None
        self.sightings: list[Sighting] = []
        self.coverage: Coverage | None = None
        self.stopped = False

    def _store(self, progress: Progress | None) -> None:
        now = self._clock()
        if self._last is not None and now - self._last < _TELL_EVERY:
            return
        self._last = now
        with writing(self._engine) as session:
            scan = session.get(Scan, self._scan_id)
            if scan is not None:
                scan.alive_at = now
                self.stopped = scan.stop_asked
                if progress is not None:
                    scan.step, scan.done, scan.total = progress.step[:40], progress.done, progress.total

    def hear(self, line: Sighting | Coverage | Progress) -> None:
        """One line."""
        if isinstance(line, Progress):
            if self._told is not None:
                self._told(line)
            self._store(line)
        elif isinstance(line, Sighting):
            self.sightings.append(line)
            self._store(None)
        else:
            self.coverage = line

    def is_stopped(self) -> bool:
        """Whether someone asked the scan to stop; renews the row as a side effect."""
        self._store(None)
        return self.stopped


def _state(coverage: Coverage | None, *, stopped: bool) -> ScanState:
    if stopped:
        return ScanState.STOPPED
    if coverage is None:
        return ScanState.FAILED
    return ScanState.DONE if coverage.looked and not coverage.broken else ScanState.PARTIAL


def covered_networks(engine: Engine, coverage: list[Coverage]) -> dict[int, datetime]:
    """By network id, when it was looked over whole: what a captured survey says of absence."""
    whole = {
        c.network: c.ended_at for c in coverage if c.swept and _state(c, stopped=False) is ScanState.DONE
    }
    with reading(engine) as session:
        rows = session.exec(select(Network).where(col(Network.name).in_(whole))).all()
        return {row.id or 0: whole[row.name] for row in rows}


@dataclass(frozen=True, slots=True)
class _Ending:
    state: ScanState
    at: datetime
    reason: str | None


def _end(engine: Engine, scan_id: int, heard: _Listening, applied: Applied, ending: _Ending) -> None:
    with writing(engine) as session:
        scan = session.get(Scan, scan_id)
        if scan is None:
            return
        scan.state, scan.ended_at, scan.reason = ending.state, ending.at, ending.reason
        scan.devices, scan.matched = applied.devices, applied.matched
        scan.opened, scan.closed = applied.opened, applied.closed
        if heard.coverage is None:
            return
        scan.packets = heard.coverage.packets
        scan.busiest = list(heard.coverage.busiest)
        for method in heard.coverage.methods:
            session.add(
                ScanMethod(
                    scan_id=scan_id,
                    name=method.name[:40],
                    state=method.state.value,
                    targets=method.targets,
                    answered=method.answered,
                    reason=method.reason,
                )
            )


def digest(
    engine: Engine,
    heard: list[Sighting],
    *,
    scan_id: int | None,
    now: datetime,
    zone: ZoneInfo,
    looked: dict[int, datetime] | None = None,
) -> Applied:
    """Reconcile what was seen, out of people's way, and apply the plan; `looked` names the networks that were looked over whole."""

    def planned() -> tuple[World, Plan]:
        with reading(engine) as session:
            world = read_world(session, heard, now, zone, looked)
        return world, reconcile(world)

    world, plan = aside(planned)
    live: dict[int, dict[str, object]] = {finding.id: finding.facts for finding in world.findings}
    return apply(engine, plan, scan_id=scan_id, now=now, live=live)


def run_scan(
    engine: Engine,
    scan_id: int,
    *,
    look: Look,
    clock: Clock,
    zone: ZoneInfo,
    told: Callable[[Progress], None] | None = None,
) -> ScanState | None:
    """Run a wanted scan to its end; its state, None when another runner has it."""
    if not claim(engine, scan_id, clock()):
        return None
    with reading(engine) as session:
        scan = session.get(Scan, scan_id)
        network = session.get(Network, scan.network_id) if scan else None
    if network is None:  # pragma: no cover -- a foreign key holds it
        return None
    heard = _Listening(engine, scan_id, clock, told)
    reason: str | None = None
    try:
        for line in look(network.name, uuid.uuid4().hex, heard.is_stopped):
            heard.hear(line)
    except (SurveyFailedError, OSError) as error:
        log.exception("the survey of %s failed", network.name)
        reason = json.dumps({"code": "scans.survey_failed", "said": str(error)[:200]})
    state = ScanState.FAILED if reason else _state(heard.coverage, stopped=heard.stopped)
    covered = heard.coverage if state is ScanState.DONE and heard.coverage and heard.coverage.swept else None
    looked = {network.id or 0: covered.ended_at} if covered else {}
    applied = digest(engine, heard.sightings, scan_id=scan_id, now=clock(), zone=zone, looked=looked)
    _end(engine, scan_id, heard, applied, _Ending(state, clock(), reason))
    counts = (applied.devices, applied.opened, applied.closed)
    log.info(
        "scan %d of %s: %s, %d devices, %d findings opened, %d closed", scan_id, network.name, state, *counts
    )
    return state
