"""What serves and schedules: refused in one sentence before it starts, and gone with all its children when told to."""

from __future__ import annotations

import re
import signal
import socket  # noqa: TID251 -- finds a free port
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
import requests

from tests.tracker.cli.conftest import Place, free_port
from tracker.config import load
from tracker.only_one import AlreadyRunningError, lock_path, only_one

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.wire, pytest.mark.xdist_group("cli")]


@pytest.mark.parametrize("command", ["run", "serve"])
def test_pages_in_clear_text_on_the_network_are_refused(place: Place, tmp_path: Path, command: str) -> None:
    config = tmp_path / "config.toml"
    config.write_text(place.config.read_text().replace("[web]", '[web]\nhost = "0.0.0.0"'))
    done = place.run(command, "--config", str(config))
    assert done.returncode == 1
    assert "web.certificate" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def _elsewhere(place: Place, tmp_path: Path, web: str) -> Path:
    config = tmp_path / "config.toml"
    source = place.config.read_text().replace("enhetskoll.db", f"{place.folder}/enhetskoll.db")
    config.write_text(re.sub(r"\nport = \d+", "", source).replace("[web]", f"[web]\n{web}"))
    return config


@pytest.mark.parametrize("command", ["run", "serve"])
def test_a_port_that_somebody_listens_on_is_refused_in_one_sentence(
    place: Place, tmp_path: Path, command: str
) -> None:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()
        port = door.getsockname()[1]
        done = place.run(command, "--config", str(_elsewhere(place, tmp_path, f"port = {port}")))
    assert done.returncode == 1
    assert f"port {port}" in done.stderr
    assert "config.toml" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_certificate_that_is_not_there_is_told_before_anything_starts(place: Place, tmp_path: Path) -> None:
    web = f'port = {free_port()}\ncertificate = "no.pem"\nkey = "no.key"'
    done = place.run("run", "--config", str(_elsewhere(place, tmp_path, web)))
    assert done.returncode == 1
    assert f"{tmp_path}/no.pem finns inte" in done.stderr


def _answers(url: str, seconds: float = 20) -> int:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            return requests.get(f"{url}/login", timeout=2).status_code  # noqa: TID251 -- our own pages
        except requests.ConnectionError:
            time.sleep(0.1)  # noqa: TID251 -- the server is coming up
    return 0


def _silent(url: str, seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            requests.get(url, timeout=1)  # noqa: TID251 -- our own pages
        except requests.ConnectionError:
            return True
        time.sleep(0.1)  # noqa: TID251 -- the server is going down
    return False


def _let_go(lock: Path, seconds: float = 15) -> bool:
    """Whether nobody holds the register any more: each child holds it for as long as it lives."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            with only_one(lock):
                return True
        except AlreadyRunningError:
            time.sleep(0.1)  # noqa: TID251 -- the scheduler is going down
    return False


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["told", "killed"])
def test_run_serves_and_takes_its_children_with_it(place: Place, how: signal.Signals) -> None:
    found = re.search(r"port = (\d+)\s*$", place.config.read_text())
    assert found
    url = f"http://127.0.0.1:{found[1]}"
    line = [sys.executable, "-m", "tracker", "run"]
    process = subprocess.Popen(line, cwd=place.folder, env=place.env, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert any(url in line for line in (process.stdout.readline(), process.stdout.readline()))
        assert _answers(url) == 200
    finally:
        process.send_signal(how)
        process.wait(timeout=15)
        process.stdout.close()  # type: ignore[union-attr]
    assert _silent(url)
    assert _let_go(lock_path(load(place.config)))
