"""The door to discovery: lines in, nonsense left out, and a child that cannot end is ended."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from sqlmodel import select

from discovery.coverage import Coverage, Method, MethodState
from discovery.lines import Progress, to_line
from tests.tracker.seen import MAC, NOW, sighting
from tracker import looking
from tracker.clock import STOCKHOLM
from tracker.db import reading, writing
from tracker.looking import Child, SurveyFailedError, replay
from tracker.scanning import run_scan
from tracker.scans_asked import ask_for_scan
from tracker.tables import Device, Network, Scan
from tracker.words import Profile, Purpose, ScanState

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

PROGRESS = Progress("lan", "arp", 1, 2)
SIGHTING = sighting(1, "10.0.0.5", MAC)
COVERAGE = Coverage("s", "o", "lan", None, NOW, NOW, (Method("arp", MethodState.DONE, 254, 1),), 508)
Program = "Callable[[str], Child]"


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:  # type: ignore[valid-type]
    """A child that is a shell script of the test's own."""

    def write(script: str, patience: float = 60) -> Child:
        path = tmp_path / "child"
        lines = [to_line(line) for line in (PROGRESS, SIGHTING, COVERAGE)]
        quoted = "\n".join(f"{name}='{line}'" for name, line in zip(("P", "S", "C"), lines, strict=True))
        path.write_text(f"#!/bin/sh\n{quoted}\n{script}\n")
        path.chmod(0o755)
        monkeypatch.setattr(looking.scanner, "executable", lambda: str(path))
        return Child(tmp_path / "config.toml", patience)

    return write


def _never() -> bool:
    return False


def test_what_the_child_says_is_heard_and_nonsense_is_left_out(program: Program) -> None:  # type: ignore[valid-type]
    child = program('echo "$P"; echo nonsense; echo "$S"; echo "$C"')
    assert list(child("lan", "s", _never)) == [PROGRESS, SIGHTING, COVERAGE]


def test_a_child_that_fails_is_an_error_with_its_last_words(program: Program) -> None:  # type: ignore[valid-type]
    child = program('echo "$S"; echo "something broke" >&2; exit 3')
    heard = []
    with pytest.raises(SurveyFailedError) as caught:
        heard.extend(child("lan", "s", _never))
    assert (caught.value.code, caught.value.said) == (3, "something broke")


@pytest.mark.parametrize("deaf", ["", "trap '' TERM; "], ids=["hears", "is deaf"])
def test_a_child_that_is_told_to_stop_ends(program: Program, deaf: str) -> None:  # type: ignore[valid-type]
    child = program(f'{deaf}echo "$S"; while :; do sleep 0.1; done')
    began = time.monotonic()
    with pytest.raises(SurveyFailedError):
        list(child("lan", "s", lambda: time.monotonic() - began > 0.3))
    assert time.monotonic() - began < 5


def test_a_child_past_all_patience_is_ended(program: Program) -> None:  # type: ignore[valid-type]
    child = program("while :; do sleep 0.1; done", 0.3)
    began = time.monotonic()
    with pytest.raises(SurveyFailedError):
        list(child("lan", "s", _never))
    assert time.monotonic() - began < 5


def test_a_replay_reads_what_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "night.jsonl"
    path.write_bytes(to_line(SIGHTING).encode() + b"\n\n\xff\xfe\n" + to_line(COVERAGE).encode())
    assert list(replay(path)) == [SIGHTING, COVERAGE]


@pytest.mark.parametrize(
    ("script", "state", "devices"),
    [
        ('echo "$S"; echo "$C"', ScanState.DONE, 1),
        ('echo "$S"; kill -9 $$', ScanState.FAILED, 1),
        ('echo "$S"', ScanState.FAILED, 1),
        ("exit 2", ScanState.FAILED, 0),
    ],
    ids=["ends well", "killed", "says no coverage", "never begins"],
)
def test_what_was_seen_before_a_child_died_is_kept_and_its_scan_is_marked(
    engine: Engine,
    program: Program,
    script: str,
    state: ScanState,
    devices: int,  # type: ignore[valid-type]
) -> None:
    with writing(engine) as session:
        lan = Network(
            name="lan", cidrs="10.0.0.0/24", purpose=Purpose.OFFICE, profile=Profile.FULL, is_configured=True
        )
        session.add(lan)
        session.flush()
        scan_id = ask_for_scan(session, lan.id or 0, None, NOW)
    assert run_scan(engine, scan_id, look=program(script), clock=lambda: NOW, zone=STOCKHOLM) is state
    with reading(engine) as session:
        scan = session.get_one(Scan, scan_id)
        assert len(session.exec(select(Device.id)).all()) == devices
    assert (scan.state, scan.ended_at, scan.devices) == (state, NOW, devices)
