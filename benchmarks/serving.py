"""The product's server and the floor, each in a process of its own on loopback, and what they weigh.

The floor is the least a page can cost here: a bare Flask app that lists 50 rows of SQLite in a template of three lines,
served with the product's own settings (one process, eight threads).
"""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
START_S = 30.0
CONFIG = """
[web]
port = {port}
[database]
url = "{url}"
"""


def free_port() -> int:
    """A port on loopback that nobody listens on now."""
    import socketserver  # noqa: PLC0415 -- only to ask the kernel for a number

    with socketserver.TCPServer(("127.0.0.1", 0), socketserver.BaseRequestHandler) as door:
        return int(door.server_address[1])


def door(port: int) -> http.client.HTTPConnection:
    """A connection to a server on loopback."""
    return http.client.HTTPConnection("127.0.0.1", port, timeout=30)


class Server:
    """A running server: its port, and the processes that are it."""

    def __init__(self, port: int, process: subprocess.Popen[bytes]) -> None:
        self.port = port
        self._process = process

    def pids(self) -> list[int]:
        """The process and its children: gunicorn's worker does the work."""
        folder = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        return [self._process.pid, *map(int, folder.read_text(encoding="ascii").split())]

    def peak_mb(self) -> float:
        """The most memory that one of the processes held since `forget_peak`."""
        return max(_peak_mb(pid) for pid in self.pids())

    def forget_peak(self) -> None:
        """Begin to measure the peak anew (proc(5), clear_refs)."""
        for pid in self.pids():
            Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")

    def is_ready(self) -> bool:
        """Whether it answers."""
        asking = door(self.port)
        with suppress(OSError, http.client.HTTPException):
            asking.request("GET", "/static/none")
            answer = asking.getresponse()
            answer.read()
            asking.close()
            return answer.status < 500  # noqa: PLR2004 -- HTTP's own figure
        asking.close()
        return False


def _peak_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


@contextmanager
def _running(words: list[str], port: int) -> Iterator[Server]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, env=environment)
    server = Server(port, process)
    try:
        until = time.monotonic() + START_S
        while not server.is_ready():
            if process.poll() is not None or time.monotonic() > until:
                sys.exit(f"the server did not start: {' '.join(words)}")
            time.sleep(0.1)  # noqa: TID251 -- it is starting
        yield server
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()


@contextmanager
def product(folder: Path, url: str) -> Iterator[Server]:
    """`enhetskoll serve`, as it is shipped."""
    port = free_port()
    config = folder / "config.toml"
    config.write_text(CONFIG.format(port=port, url=url), encoding="utf-8")
    with _running([sys.executable, "-m", "tracker", "serve", "--config", str(config)], port) as server:
        yield server


@contextmanager
def floor(path: Path) -> Iterator[Server]:
    """The bare page."""
    port = free_port()
    words = [sys.executable, "-m", "benchmarks.serving", str(path), str(port)]
    with _running(words, port) as server:
        yield server


TEMPLATE = """<!doctype html><title>Rows</title><table>
{% for tag, status, name in rows %}<tr><td>{{ tag }}</td><td>{{ status }}</td><td>{{ name }}</td></tr>
{% endfor %}</table>"""


def bare_app(path: Path) -> Any:
    """Flask, sqlite3 and a template; nothing of ours."""
    import sqlite3  # noqa: PLC0415, TID251 -- the floor's process only, and what Python has

    from flask import Flask, g, render_template_string  # noqa: PLC0415

    app = Flask("floor")

    @app.get("/")
    def rows() -> str:
        g.database = sqlite3.connect(path)
        found = g.database.execute(
            "SELECT tag, status, name FROM asset ORDER BY sort_key LIMIT 50"
        ).fetchall()
        g.database.close()
        return render_template_string(TEMPLATE, rows=found)

    return app


def main() -> None:
    """Serve the floor: path of the register, port."""
    from gunicorn.app.base import BaseApplication  # noqa: PLC0415 -- the floor's process only

    from tracker.cli.serving import THREADS  # noqa: PLC0415

    path, port = Path(sys.argv[1]), sys.argv[2]
    settings = {"bind": f"127.0.0.1:{port}", "workers": 1, "worker_class": "gthread", "threads": THREADS}

    class Application(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            for name, value in {**settings, "loglevel": "warning", "control_socket_disable": True}.items():
                if name in self.cfg.settings:
                    self.cfg.set(name, value)

        def load(self) -> Any:
            return bare_app(path)

    Application().run()


if __name__ == "__main__":
    main()
