from __future__ import annotations

import os
import threading
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlmodel import select

from discovery.coverage import Coverage, Method, MethodState
from discovery.settings import NetworkSettings
from tests.tracker.seen import MAC, sighting
from tracker.clock import STOCKHOLM
from tracker.db import reading, writing
from tracker.looking import SurveyFailedError
from tracker.nightly import due, record_missed, run_night
from tracker.only_one import AlreadyRunningError, only_one
from tracker.scanning import LEASE, claim, mark_interrupted, run_scan, sync_networks
from tracker.scans_asked import ask_for_scan, ask_to_stop
from tracker.tables import Finding, Network, Scan
from tracker.words import Profile, Purpose, ScanState

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

AT = time(2, 30)
NIGHT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
"""Three in the morning in Stockholm."""


class Looking:
    """A look that counts how often it was asked, and sees one camera."""

    def __init__(self, *, ends: bool = True) -> None:
        self.asked: list[str] = []
        self._ends = ends

    def __call__(self, network: str, survey: str, _is_stopped: Any) -> Iterator[Any]:
        self.asked.append(network)
        if not self._ends:
            raise KeyboardInterrupt
        yield sighting(1, "10.0.0.5", MAC, network=network, survey=survey)
        done = (Method("tcp", MethodState.DONE, 254, 1),)
        yield Coverage(survey, "o", network, None, NIGHT, NIGHT, done, 10)


@pytest.fixture
def nets(engine: Engine) -> Engine:
    with writing(engine) as session:
        for name in ("a", "b"):
            session.add(
                Network(
                    name=name,
                    cidrs="10.0.0.0/24",
                    purpose=Purpose.OFFICE,
                    profile=Profile.FULL,
                    is_configured=True,
                )
            )
    return engine


def _night(engine: Engine, look: Looking, now: datetime = NIGHT) -> list[int]:
    return run_night(engine, at=AT, zone=STOCKHOLM, look=look, clock=lambda: now)


def _states(engine: Engine) -> list[ScanState]:
    with reading(engine) as session:
        return [scan.state for scan in session.exec(select(Scan).order_by(Scan.id))]


def test_each_network_is_looked_at_once_a_night_however_often_it_is_asked(nets: Engine) -> None:
    look = Looking()
    for minutes in (0, 1, 60):
        _night(nets, look, NIGHT + timedelta(minutes=minutes))
    assert look.asked == ["a", "b"]
    assert _states(nets) == [ScanState.DONE] * 2


def test_the_next_night_is_another(nets: Engine) -> None:
    look = Looking()
    _night(nets, look)
    _night(nets, look, NIGHT + timedelta(days=1))
    assert look.asked == ["a", "b", "a", "b"]


def test_two_schedulers_at_once_share_the_night(nets: Engine) -> None:
    look = Looking()
    both = [threading.Thread(target=_night, args=(nets, look)) for _ in range(4)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(look.asked) == ["a", "b"]


@pytest.mark.parametrize("day", [(2026, 3, 28), (2026, 10, 24)])
def test_the_nights_when_the_clock_is_changed_are_one_night_each(
    nets: Engine, day: tuple[int, int, int]
) -> None:
    look = Looking()
    start = datetime(*day, 22, 0, tzinfo=UTC)
    for minutes in range(0, 10 * 60, 10):
        _night(nets, look, start + timedelta(minutes=minutes))
    assert look.asked == ["a", "b"]


def test_before_its_hour_nothing_runs() -> None:
    assert due(NIGHT - timedelta(hours=1), AT, STOCKHOLM) is None
    assert due(NIGHT, AT, STOCKHOLM) == NIGHT.date()


def test_a_night_whose_process_died_is_marked_and_run_again(nets: Engine) -> None:
    with pytest.raises(KeyboardInterrupt):
        _night(nets, Looking(ends=False))
    assert _states(nets) == [ScanState.RUNNING]
    look = Looking()
    _night(nets, look, NIGHT + timedelta(seconds=10))
    assert look.asked == ["b"]  # the first may still be alive
    _night(nets, look, NIGHT + LEASE + timedelta(seconds=10))
    assert look.asked == ["b", "a"]
    assert _states(nets) == [ScanState.INTERRUPTED, ScanState.DONE, ScanState.DONE]


def test_a_night_that_nobody_ran_is_written_down_as_missed(nets: Engine) -> None:
    noon = NIGHT + timedelta(hours=9)
    assert _night(nets, Looking(), noon) == []
    assert record_missed(nets, at=AT, zone=STOCKHOLM, now=noon) == 2
    assert record_missed(nets, at=AT, zone=STOCKHOLM, now=noon) == 0
    assert _states(nets) == [ScanState.MISSED] * 2


def test_a_network_that_came_after_the_night_has_missed_nothing(nets: Engine) -> None:
    noon = NIGHT + timedelta(hours=9)
    with writing(nets) as session:
        session.exec(select(Network).where(Network.name == "a")).one().configured_at = noon
        session.exec(select(Network).where(Network.name == "b")).one().configured_at = NIGHT - timedelta(
            hours=9
        )
    assert record_missed(nets, at=AT, zone=STOCKHOLM, now=noon + timedelta(hours=1)) == 1
    assert record_missed(nets, at=AT, zone=STOCKHOLM, now=noon + timedelta(days=1)) == 2


def test_since_when_a_network_is_configured_stands_until_it_leaves(engine: Engine) -> None:
    lan = (NetworkSettings.model_validate({"name": "lan", "cidr": "10.0.0.0/24"}),)
    moments = []
    for hours, networks in ((0, lan), (1, lan), (2, ()), (3, lan)):
        with writing(engine) as session:
            sync_networks(session, networks, NIGHT + timedelta(hours=hours))
        with reading(engine) as session:
            moments.append(session.exec(select(Network.configured_at)).one())
    assert moments == [NIGHT, NIGHT, NIGHT, NIGHT + timedelta(hours=3)]


def test_a_network_that_may_never_be_touched_is_not(nets: Engine) -> None:
    with writing(nets) as session:
        session.exec(select(Network).where(Network.name == "a")).one().profile = Profile.NEVER
    look = Looking()
    _night(nets, look)
    assert look.asked == ["b"]


def _asked(engine: Engine) -> int:
    with writing(engine) as session:
        network = session.exec(select(Network).where(Network.name == "a")).one()
        return ask_for_scan(session, network.id or 0, None, NIGHT)


def _run(engine: Engine, scan_id: int, look: Any) -> ScanState | None:
    return run_scan(engine, scan_id, look=look, clock=lambda: NIGHT, zone=STOCKHOLM)


def test_of_two_runners_one_takes_the_scan(nets: Engine) -> None:
    scan_id = _asked(nets)
    assert claim(nets, scan_id, NIGHT)
    assert not claim(nets, scan_id, NIGHT)


def test_a_second_wish_for_a_scan_joins_the_first(nets: Engine) -> None:
    assert _asked(nets) == _asked(nets)


def test_a_scan_ends_done_with_what_it_found(nets: Engine) -> None:
    assert _run(nets, _asked(nets), Looking()) is ScanState.DONE
    with reading(nets) as session:
        (scan,) = session.exec(select(Scan)).all()
        assert (scan.devices, scan.matched, scan.opened, scan.packets) == (1, 0, 1, 10)
        assert len(session.exec(select(Finding)).all()) == 1


def test_a_survey_that_fails_is_written_down_with_what_it_said(nets: Engine) -> None:
    def fails(*_: object) -> Iterator[Any]:
        raise SurveyFailedError(1, "no such interface")
        yield

    assert _run(nets, _asked(nets), fails) is ScanState.FAILED
    with reading(nets) as session:
        (scan,) = session.exec(select(Scan)).all()
        assert "no such interface" in (scan.reason or "")


def test_a_scan_that_is_told_to_stop_before_it_begins_never_does(nets: Engine) -> None:
    scan_id = _asked(nets)
    with writing(nets) as session:
        ask_to_stop(session, scan_id, NIGHT)
    look = Looking()
    assert _run(nets, scan_id, look) is None
    assert look.asked == []
    assert _states(nets) == [ScanState.STOPPED]


def test_a_running_scan_is_lost_only_when_it_is_silent_for_a_minute(nets: Engine) -> None:
    scan_id = _asked(nets)
    claim(nets, scan_id, NIGHT)
    assert mark_interrupted(nets, NIGHT + LEASE - timedelta(seconds=1)) == []
    assert mark_interrupted(nets, NIGHT + LEASE + timedelta(seconds=1)) == [scan_id]


def test_one_scheduler_holds_the_lock(tmp_path: Path) -> None:
    with (
        only_one(tmp_path / "lock"),
        pytest.raises(AlreadyRunningError) as refused,
        only_one(tmp_path / "lock"),
    ):
        pass
    assert refused.value.holder == os.getpid()
    with only_one(tmp_path / "lock"):
        pass
