"""The scheduler's process: APScheduler in memory, one per register (an OS lock), nights and scans that pages ask for."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from sqlmodel import col, select

from tracker import narrowings, nightly
from tracker.backup import by_itself
from tracker.db import reading, writing
from tracker.looking import GRACE_S, Child, Look
from tracker.scanning import mark_interrupted, run_scan, sync_networks
from tracker.tables import Scan
from tracker.words import ScanState

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tracker.clock import Clock
    from tracker.config import Config

log = logging.getLogger("tracker.schedule")
ASKED_EVERY_S = 1
NIGHT_EVERY_S = 60
"""How often it is asked whether a night is due: the claim in the database makes asking harmless."""


class Scheduler:
    """What the scheduler does at each beat; the beats themselves are APScheduler's."""

    def __init__(self, config: Config, engine: Engine, clock: Clock, look: Look | None = None) -> None:
        self._config = config
        self._engine = engine
        self._clock = clock
        narrowing = narrowings.document(engine, clock, config.schedule.zone)
        self._look = look or Child(config.path, config.limits.deadline_s + GRACE_S, narrowing)
        self._busy = threading.Lock()

    def asked(self) -> None:
        """Run the scans that pages have asked for, one after the other."""
        zone = self._config.schedule.zone
        if not self._busy.acquire(blocking=False):
            return
        try:
            mark_interrupted(self._engine, self._clock())
            with reading(self._engine) as session:
                wanted = session.exec(
                    select(Scan.id).where(Scan.state == ScanState.WANTED).order_by(col(Scan.id))
                ).all()
            for scan_id in wanted:
                run_scan(self._engine, scan_id or 0, look=self._look, clock=self._clock, zone=zone)
        finally:
            self._busy.release()

    def night(self) -> None:
        """Run the night if it is due; write down what was missed."""
        schedule = self._config.schedule
        with self._busy:
            nightly.run_night(
                self._engine, at=schedule.at, zone=schedule.zone, look=self._look, clock=self._clock
            )
            nightly.record_missed(self._engine, at=schedule.at, zone=schedule.zone, now=self._clock())

    def backup(self) -> None:
        """Make the day's copy of the register if it is due."""
        settings, zone = self._config.backup, self._config.schedule.zone
        if settings.folder is not None:
            folder = self._config.beside(settings.folder)
            by_itself.run(
                self._engine, folder, at=settings.time, keep=settings.keep, zone=zone, now=self._clock()
            )


def main(config: Config, engine: Engine, clock: Clock, stop: threading.Event) -> None:
    """Run until told to stop. Whoever calls holds the register's lock (`tracker.only_one`)."""
    from apscheduler.schedulers.background import BackgroundScheduler

    with writing(engine) as session:
        sync_networks(session, config.networks, clock())
    work = Scheduler(config, engine, clock)
    beats = BackgroundScheduler(timezone="UTC")
    options = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    beats.add_job(work.asked, "interval", seconds=ASKED_EVERY_S, **options)
    beats.add_job(work.night, "interval", seconds=NIGHT_EVERY_S, next_run_time=clock(), **options)
    beats.add_job(work.backup, "interval", seconds=NIGHT_EVERY_S, **options)
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    beats.start()
    try:
        stop.wait()
    finally:
        beats.shutdown(wait=False)
