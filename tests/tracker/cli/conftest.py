"""An installation of one network with one camera on it, as its owner has it at the terminal."""

from __future__ import annotations

import json
import os
import socket  # noqa: TID251 -- finds a free port
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[3]
PASSWORD = "en lång mening som ingen gissar"
CAMERA = "127.77.9.5"


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b"<title>AXIS P3245-LV Network Camera</title>"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="session")
def camera() -> Iterator[int]:
    """A camera's page on a port of its own."""
    server = ThreadingHTTPServer((CAMERA, 0), _Page)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


class Place:
    """A folder with an installation in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "config.toml"
        self.env = {**os.environ, "PYTHONPATH": str(ROOT), "ENHETSKOLL_LANGUAGE": "sv"}
        self.env.pop("ENHETSKOLL_CONFIG", None)

    def run(self, *words: str, language: str = "sv") -> subprocess.CompletedProcess[str]:
        line = [sys.executable, "-m", "tracker", *words]
        env = {**self.env, "ENHETSKOLL_LANGUAGE": language}
        return subprocess.run(
            line,
            cwd=self.folder,
            env=env,
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
            stdin=subprocess.DEVNULL,
        )

    def good(self, *words: str) -> str:
        done = self.run(*words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def lines(self, *words: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.good(*words).splitlines()]


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory, camera: int) -> Place:
    """Installed by ``init``, with one camera on its one network."""
    return installed(tmp_path_factory.mktemp("place"), camera)


def installed(folder: Path, camera: int) -> Place:
    place = Place(folder)
    secret = place.folder / "password"
    secret.write_text(PASSWORD)
    said = place.good(
        "init",
        "--network",
        "skolan=127.77.9.0/28@Kvarnskolan",
        "--admin",
        "anna",
        "--password-file",
        str(secret),
    )
    assert PASSWORD not in said
    source = place.config.read_text().replace(
        'cidr = "127.77.9.0/28"', f'cidr = "127.77.9.0/28"\nports = {{ http = {camera} }}'
    )
    place.config.write_text(f"{source}\n[web]\nport = {free_port()}\n")
    return place
