"""The demo as its user meets it: no rights, one command, the figures on the last line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
CAPLESS = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all", "--no-new-privs"]
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs"]


def _without_rights() -> list[str]:
    """How to run as somebody with no rights; where an ordinary user may not read this tree, without any capability."""
    if os.geteuid() != 0:
        return []
    tries = "import subprocess, sys, tracker.demo; subprocess.run([sys.executable, '-c', ''], check=True)"
    can = subprocess.run(
        [*NOBODY, sys.executable, "-c", tries],
        cwd="/",
        env=_environment(),
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return NOBODY if can.returncode == 0 else CAPLESS


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "ENHETSKOLL_LANGUAGE": "en"}


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    folder = tmp_path_factory.mktemp("demo")
    folder.chmod(0o777)
    words = [*_without_rights(), sys.executable, "-m", "tracker", "demo", "--once"]
    environment = {**_environment(), "TMPDIR": str(folder) if words[0] != NOBODY[0] else "/tmp"}  # noqa: S108 -- nobody's own
    return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.demo
@pytest.mark.xdist_group("demo")
def test_the_last_line_counts_what_was_found(once: subprocess.CompletedProcess[str]) -> None:
    assert once.returncode == 0, once.stderr
    assert json.loads(once.stdout.splitlines()[-1]) == {
        "devices": 41,
        "matched": 25,
        "findings": {
            "unregistered_iot": 10,
            "unregistered_device": 4,
            "end_of_life": 25,
            "not_seen": 3,
            "gone_but_seen": 2,
        },
    }


@pytest.mark.demo
@pytest.mark.xdist_group("demo")
def test_nothing_is_said_on_the_error_stream_but_what_the_operator_should_know(
    once: subprocess.CompletedProcess[str],
) -> None:
    assert "Traceback" not in once.stderr
    assert [line for line in once.stderr.splitlines() if "SQLite" not in line] == []
