"""``serve``, ``schedule`` and ``run``: the pages, the scheduler, and both in one go."""

from __future__ import annotations

import errno
import os
import signal
import socket  # noqa: TID251 -- asks whether the address is free before the server is begun
import subprocess
import sys
import threading
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from tracker import logs
from tracker.cli.running import ConfigOption, Opened, opened, say
from tracker.cli.warning import warn_of_proxy, warn_of_sqlite
from tracker.clock import utc_now
from tracker.config import Config, load
from tracker.errors import RefusedError
from tracker.only_one import AlreadyRunningError, lock_path, only_one

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import typer

THREADS = 8
STOP_S = 5
BACK_OFF_S = (1, 2, 5, 10, 30)
HEALTHY_S = 60.0
"""Seconds after which a child's earlier deaths are forgotten."""
SUPERVISED = "ENHETSKOLL_SUPERVISED"


def address(config: Config) -> str:
    """Where the pages are."""
    if config.web.base_url:
        return config.web.base_url
    scheme = "https" if config.web.certificate else "http"
    host = f"[{config.web.host}]" if ":" in config.web.host else config.web.host
    return f"{scheme}://{host}:{config.web.port}"


def refuse_exposure(config: Config) -> None:
    """Refuse to send passwords over a network in clear text.

    Raises:
        RefusedError: reachable from the network without TLS.
    """
    if config.web.is_exposed:
        raise RefusedError("cli.exposed", host=config.web.host)


def refuse_unready(config: Config) -> None:
    """Refuse to start what would only fail, be started again and fail: a server that nobody reaches, or another's address.

    Raises:
        RefusedError: a file for TLS is not there, or somebody listens at the address already.
    """
    for file in (config.web.certificate, config.web.key):
        if file is not None and not config.beside(file).is_file():
            raise RefusedError("cli.no_tls_file", path=str(config.beside(file)))
    family = socket.AF_INET6 if ":" in config.web.host else socket.AF_INET
    with socket.socket(family) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((config.web.host, config.web.port))
        except OSError as error:
            said = "cli.port_taken" if error.errno == errno.EADDRINUSE else "cli.no_port"
            raise RefusedError(
                said, host=config.web.host, port=config.web.port, why=error.strerror or ""
            ) from error


def _serve(register: Opened) -> None:
    from gunicorn.app.base import BaseApplication  # noqa: PLC0415 -- the web process only
    from gunicorn.glogging import Logger  # noqa: PLC0415 -- the web process only

    from web import create_app  # noqa: PLC0415 -- the web process only

    class OwnLogger(Logger):  # type: ignore[misc]
        """Leaves the writing to our own handler: one event, one line."""

        def setup(self, cfg: Any) -> None:
            super().setup(cfg)
            self.error_log.handlers.clear()
            self.error_log.propagate = True

    config = register.config
    options: dict[str, Any] = {
        "bind": f"[{config.web.host}]:{config.web.port}"
        if ":" in config.web.host
        else f"{config.web.host}:{config.web.port}",
        "workers": 1,  # one process holds SQLite's checkpoints; threads share it
        "worker_class": "gthread",
        "threads": THREADS,
        "timeout": 60,
        "graceful_timeout": 4,
        "certfile": str(config.beside(config.web.certificate)) if config.web.certificate else None,
        "keyfile": str(config.beside(config.web.key)) if config.web.key else None,
        "forwarded_allow_ips": "*" if config.web.behind_proxy else "127.0.0.1",
        "loglevel": "warning",
        "logger_class": OwnLogger,
        "control_socket_disable": True,
    }

    class Application(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            for name, value in options.items():
                if name in self.cfg.settings and value is not None:
                    self.cfg.set(name, value)

        def load(self) -> Any:
            register.engine.dispose()
            return create_app(config, register.engine, utc_now)

    Application().run()


def serve(*, config: ConfigOption = None) -> None:
    """Serve the pages.  Example: enhetskoll serve"""  # noqa: D415 -- help text
    refuse_exposure(load(config))
    register = opened(config)
    refuse_unready(register.config)
    _begin(register)
    say("cli.serving", url=address(register.config))
    _serve(register)


def _warn(register: Opened) -> None:
    warn_of_sqlite(register.config, register.engine)
    warn_of_proxy(register.config)


def _begin(register: Opened) -> None:
    """Begin the log, and where a supervisor started this process, end when its end of standard input closes."""
    logs.begin()
    if SUPERVISED not in os.environ:
        _warn(register)
        return

    def wait() -> None:
        while os.read(0, 1):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, daemon=True).start()


def _stop_on_signals() -> threading.Event:
    stop = threading.Event()

    def end(*_: object) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    return stop


@contextmanager
def _only_one(config: Config) -> Iterator[int]:
    """Hold the register's lock; its file's descriptor.

    Raises:
        RefusedError: another `run` or `schedule` holds it.
    """
    try:
        with only_one(lock_path(config)) as lock:
            yield lock
    except AlreadyRunningError as error:
        raise RefusedError("cli.already_running", process=error.holder or "?") from error


def schedule(*, config: ConfigOption = None) -> None:
    """Run the scheduler.  Example: enhetskoll schedule"""  # noqa: D415 -- help text
    from tracker.schedule import main  # noqa: PLC0415 -- the scheduler's process only

    register = opened(config)
    # Under `run` the lock is the supervisor's, and came along open: it is held until both have ended.
    with nullcontext() if SUPERVISED in os.environ else _only_one(register.config):
        _begin(register)
        settings = register.config.schedule
        say("cli.scheduling", time=settings.nightly, zone=settings.timezone)
        main(register.config, register.engine, utc_now, _stop_on_signals())


class Supervised:
    """One child process that is started again when it dies, each time a little later; `lock` comes along to it."""

    def __init__(self, words: list[str], lock: int) -> None:
        self._words = words
        self._lock = lock
        self._deaths = 0
        self._pause = 0.0
        self._alive = 0.0
        self._process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        environment = {**os.environ, SUPERVISED: "1"}
        return subprocess.Popen(  # noqa: S603 -- our own command
            self._words,
            stdin=subprocess.PIPE,
            env=environment,
            start_new_session=True,
            pass_fds=(self._lock,),
        )

    def _close(self) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()

    def look_after(self, elapsed: float) -> None:
        """Start the child again when it is dead and its pause is over."""
        if self._process.poll() is None:
            self._alive += elapsed
            if self._alive > HEALTHY_S:
                self._deaths = 0
            return
        if self._pause <= 0:
            self._pause = BACK_OFF_S[min(self._deaths, len(BACK_OFF_S) - 1)]
            self._deaths += 1
        self._pause -= elapsed
        if self._pause <= 0:
            self._close()
            self._alive = 0.0
            self._process = self._start()

    def end(self) -> None:
        """Stop the child, by force when it takes too long."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(timeout=STOP_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._close()


def supervise(config: Config, ready: Callable[[], None] = lambda: None) -> None:
    """Run pages and scheduler until told to stop.

    Raises:
        RefusedError: another process runs against this register.
    """
    with _only_one(config) as lock:
        _supervise(config, lock, ready)


def _supervise(config: Config, lock: int, ready: Callable[[], None]) -> None:
    stop = _stop_on_signals()
    words = [sys.executable, "-m", "tracker"]
    names = ("serve", "schedule")
    children = [Supervised([*words, name, "--config", str(config.path)], lock) for name in names]
    ready()
    try:
        while not stop.wait(0.5):
            for child in children:
                child.look_after(0.5)
    finally:
        for child in children:
            child.end()


def run(*, config: ConfigOption = None) -> None:
    """Serve the pages and run the scheduler, in one go.  Example: enhetskoll run"""  # noqa: D415 -- help text
    refuse_exposure(load(config))
    register = opened(config)
    with _only_one(
        register.config
    ) as lock:  # before the port: another `run` has that too, and is to be named
        refuse_unready(register.config)
        _warn(register)
        register.engine.dispose()
        _supervise(register.config, lock, lambda: None)


def add(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(serve)
    app.command()(schedule)
    app.command()(run)
