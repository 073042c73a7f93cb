"""What a technician is told when the services start: once, and what to do."""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from tracker import cli, logs
from tracker.cli import serving
from tracker.cli.warning import warn_of_proxy, warn_of_sqlite
from tracker.config import load, parse
from tracker.db import open_engine
from tracker.only_one import lock_path, only_one

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tracker.config import Config

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def installed(tmp_path: Path) -> Config:
    """A folder as ``init`` leaves it."""
    config = tmp_path / "config.toml"
    done = CliRunner().invoke(cli.build(), ["init", "--config", str(config)])
    assert done.exit_code == 0, done.output
    return load(config)


@pytest.mark.parametrize("command", ["run", "schedule"])
def test_a_second_one_says_once_which_is_the_first_and_ends(installed: Config, command: str) -> None:
    line = [sys.executable, "-m", "tracker", command, "--config", str(installed.path)]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "ENHETSKOLL_LANGUAGE": "sv"}
    with only_one(lock_path(installed)):
        done = subprocess.run(line, env=env, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    (said,) = (done.stdout + done.stderr).splitlines()
    assert f"kör redan mot det här registret (process {os.getpid()})" in said
    assert f"kill {os.getpid()}" in said


def test_a_child_holds_the_lock_that_it_was_given(installed: Config) -> None:
    path = lock_path(installed)
    ask = f"import fcntl; fcntl.flock(open({str(path)!r}), fcntl.LOCK_EX | fcntl.LOCK_NB)"
    with only_one(path) as lock:
        child = serving.Supervised([sys.executable, "-c", "import sys; sys.stdin.read()"], lock)
    try:
        tried = subprocess.run([sys.executable, "-c", ask], capture_output=True, check=False)
        assert b"BlockingIOError" in tried.stderr
    finally:
        child.end()
    assert subprocess.run([sys.executable, "-c", ask], capture_output=True, check=False).returncode == 0


def _version(monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    monkeypatch.setattr("tracker.db.sqlite.sqlite_version_info", tuple(map(int, version.split("."))))
    monkeypatch.setattr("tracker.db.sqlite.sqlite_version", version)


def _said_of_sqlite(config: Config, engine: Engine, capsys: pytest.CaptureFixture[str]) -> str:
    warn_of_sqlite(config, engine)
    return capsys.readouterr().err


def test_a_fault_of_sqlite_is_said_once_for_each_version(
    installed: Config, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ENHETSKOLL_LANGUAGE", "sv")
    engine = open_engine(installed.database_url)
    _version(monkeypatch, "3.40.1")
    said = _said_of_sqlite(installed, engine, capsys)
    assert "SQLite 3.40.1" in said
    assert "registrets fil skadas" in said
    assert len(said.splitlines()) == 1
    assert _said_of_sqlite(installed, engine, capsys) == ""
    _version(monkeypatch, "3.45.0")
    assert "SQLite 3.45.0" in _said_of_sqlite(installed, engine, capsys)
    _version(monkeypatch, "3.51.3")
    assert _said_of_sqlite(installed, engine, capsys) == ""
    engine.dispose()


@pytest.mark.parametrize(
    ("web", "warned"),
    [
        ('host = "0.0.0.0"\nport = 8081\nbehind_proxy = true', True),
        ('host = "127.0.0.1"\nbehind_proxy = true', False),
        ('host = "0.0.0.0"\nbehind_proxy = true\nproxies = ["10.20.0.5/32"]', False),
        ('host = "0.0.0.0"\ncertificate = "c.pem"\nkey = "k.pem"', False),
    ],
)
def test_a_proxy_that_anybody_can_pass_by_is_warned_of(
    web: str, *, warned: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ENHETSKOLL_LANGUAGE", "sv")
    warn_of_proxy(parse(f"[web]\n{web}", Path("config.toml")))
    said = capsys.readouterr().err
    assert ("port 8081 nås från nätet" in said) is warned
    assert len(said.splitlines()) == warned


def test_both_services_warn_of_it(installed: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    warned: list[str] = []
    monkeypatch.setattr(serving, "warn_of_proxy", lambda config: warned.append(config.web.host))
    monkeypatch.setattr(serving, "_serve", lambda _: None)
    monkeypatch.setattr(serving, "_supervise", lambda *_: None)
    monkeypatch.setattr(serving, "refuse_unready", lambda _: None)
    monkeypatch.delenv(serving.SUPERVISED, raising=False)
    installed.path.write_text(
        installed.path.read_text() + '[web]\nhost = "0.0.0.0"\nbehind_proxy = true\n', encoding="utf-8"
    )
    for command in ("run", "serve"):
        done = CliRunner().invoke(cli.build(), [command, "--config", str(installed.path)])
        assert done.exit_code == 0, done.output
    assert len(warned) == 2


def test_alembic_is_quiet_and_each_step_is_an_event_of_ours(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    logs.begin()
    try:
        with caplog.at_level(logging.INFO):
            done = CliRunner().invoke(cli.build(), ["init", "--config", str(tmp_path / "config.toml")])
    finally:
        root.handlers, root.level = before
    assert done.exit_code == 0, done.output
    names = {record.name for record in caplog.records}
    assert not [name for name in names if name.startswith("alembic")]
    steps = [r.getMessage() for r in caplog.records if r.name == "tracker.migrations"]
    assert re.search(r"step 0001", steps[0])
    assert len(steps) == len(list((ROOT / "tracker/migrations/versions").glob("0*.py")))
