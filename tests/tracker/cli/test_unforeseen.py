"""An error that nobody foresaw: one sentence, exit code 1, the traceback for who asks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tracker.db import open_engine
from tracker.migrations import upgrade

ROOT = Path(__file__).resolve().parents[3]
BROKEN = """
import tracker.cli.findings as command
from tracker.cli.running import run
from tracker.db import writing
from tracker.tables import Throttle

def broken(engine):
    if {commits}:
        with writing(engine) as session:
            session.connection().exec_driver_sql("DELETE FROM throttle")
    raise ValueError("två\\nrader \\x1b[31mröda")

command.reading = broken
run()
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A register without anything in it."""
    path = tmp_path / "config.toml"
    path.write_text("")
    engine = open_engine(f"sqlite:///{tmp_path}/enhetskoll.db")
    upgrade(engine)
    engine.dispose()
    return path


def _run(config: Path, *first: str, commits: bool = False, **env: str) -> subprocess.CompletedProcess[str]:
    words = [
        sys.executable,
        "-c",
        BROKEN.format(commits=commits),
        *first,
        "findings",
        "--config",
        str(config),
    ]
    every = {**os.environ, "PYTHONPATH": str(ROOT), "ENHETSKOLL_LANGUAGE": "sv", **env}
    return subprocess.run(words, env=every, capture_output=True, text=True, check=False, timeout=60)


def test_an_unforeseen_error_is_one_sentence(config: Path) -> None:
    done = _run(config)
    assert done.returncode == 1
    assert (done.stdout, done.stderr.count("\n")) == ("", 1)
    assert done.stderr.startswith("Något oförutsett gick fel i enhetskoll findings: ValueError: två")
    assert "Inget har lagrats i registret." in done.stderr
    assert "--debug" in done.stderr
    assert "Traceback" not in done.stderr
    assert "\x1b" not in done.stderr


def test_what_was_committed_before_it_is_not_denied(config: Path) -> None:
    done = _run(config, commits=True, ENHETSKOLL_LANGUAGE="en")
    assert done.returncode == 1
    assert "Some of it may have been stored" in done.stderr
    assert "Nothing was stored" not in done.stderr


@pytest.mark.parametrize("how", ["option", "environment"])
def test_the_traceback_is_for_who_asks(config: Path, how: str) -> None:
    done = _run(config, "--debug") if how == "option" else _run(config, ENHETSKOLL_DEBUG="1")
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert "in broken" in done.stderr
    assert "Detaljerna står i loggen." in done.stderr
    assert "\x1b" not in done.stderr
