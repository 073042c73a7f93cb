"""Networks of our own making: namespaces joined by bridges and a router. Needs root and iproute2.

Every name carries the lab's own prefix, so that two labs never meet, and `Lab.close` removes it all.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Sequence

PATIENCE = 15.0
"""Seconds a daemon gets to come up."""


def is_possible() -> str | None:
    """Why a lab cannot be made here, or None when it can."""
    if os.geteuid() != 0:
        return "namespaces need root"
    if shutil.which("ip") is None:
        return "iproute2 is not installed"
    return None


def run(*words: str) -> str:
    """Run a command; its output, or an error that shows what it said."""
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=30)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(words)}: {done.stderr.strip()}")
    return done.stdout


@dataclass
class Host:
    """One host in a namespace of its own with one interface, ``eth0``."""

    lab: Lab
    name: str
    mac: str
    ip: str | None = None

    @property
    def namespace(self) -> str:
        return f"{self.lab.prefix}-{self.name}"

    def folder(self) -> Path:
        """A folder for the host's own files."""
        path = self.lab.folder / self.name
        path.mkdir(exist_ok=True)
        return path

    def command(self, *words: str) -> list[str]:
        """A command line that runs inside the host."""
        return ["ip", "netns", "exec", self.namespace, *words]

    def run(self, *words: str) -> str:
        """Run a command inside the host and wait."""
        return run(*self.command(*words))

    def start(self, *words: str, env: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
        """Start a daemon inside the host; its output goes to a file in the host's folder."""
        log = (self.folder() / f"{Path(words[0]).name}.log").open("ab")
        process = subprocess.Popen(
            self.command(*words),
            stdout=log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env={**os.environ, **(env or {})},
            start_new_session=True,
        )
        log.close()
        self.lab.processes.append(process)
        return process


@dataclass
class Lab:
    """Bridged segments with hosts; a context manager that leaves nothing behind."""

    prefix: str = field(default_factory=lambda: f"ek{os.getpid() % 100_000}")
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="enhetskoll-lab-")))
    hosts: dict[str, Host] = field(default_factory=dict)
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    namespaces: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        self.folder.chmod(0o755)
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _namespace(self, name: str) -> str:
        namespace = f"{self.prefix}-{name}"
        run("ip", "netns", "add", namespace)
        self.namespaces.append(namespace)
        run("ip", "-n", namespace, "link", "set", "lo", "up")
        return namespace

    def segment(self, name: str) -> None:
        """A switch: a namespace that holds one bridge."""
        namespace = self._namespace(name)
        # As a switch without an address of its own: nobody answers for it.
        run("ip", "netns", "exec", namespace, "sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1")
        run("ip", "-n", namespace, "link", "add", "br0", "type", "bridge", "forward_delay", "0")
        run("ip", "-n", namespace, "link", "set", "br0", "up")

    def _plug(self, namespace: str, interface: str, segment: str, mac: str, number: int) -> None:
        bridge = f"{self.prefix}-{segment}"
        run(
            *("ip", "link", "add", interface, "netns", namespace, "address", mac),
            *("type", "veth", "peer", "name", f"p{number}", "netns", bridge),
        )
        run("ip", "-n", bridge, "link", "set", f"p{number}", "master", "br0", "up")
        run("ip", "-n", namespace, "link", "set", interface, "up")

    def host(
        self, name: str, segment: str, mac: str, ip: str | None = None, gateway: str | None = None
    ) -> Host:
        """A host on a segment; without `ip` it has a link and waits for DHCP."""
        host = Host(self, name, mac, ip.split("/")[0] if ip else None)
        self._namespace(name)
        self._plug(host.namespace, "eth0", segment, mac, len(self.namespaces))
        if ip:
            run("ip", "-n", host.namespace, "address", "add", ip, "dev", "eth0")
        if gateway:
            run("ip", "-n", host.namespace, "route", "add", "default", "via", gateway)
        host.run("sysctl", "-qw", "net.ipv4.ping_group_range=0 2147483647")
        self.hosts[name] = host
        return host

    def router(self, name: str, legs: Sequence[tuple[str, str, str]]) -> Host:
        """A router with one leg a segment; `legs` are (segment, MAC, address/prefix)."""
        self._namespace(name)
        router = Host(self, name, legs[0][1], legs[0][2].split("/")[0])
        for number, (segment, mac, ip) in enumerate(legs):
            self._plug(router.namespace, f"eth{number}", segment, mac, 100 + number)
            run("ip", "-n", router.namespace, "address", "add", ip, "dev", f"eth{number}")
        router.run("sysctl", "-qw", "net.ipv4.ip_forward=1")
        self.hosts[name] = router
        return router

    def close(self) -> None:
        """End every daemon, then remove every namespace and file."""
        for process in self.processes:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(timeout=3)
            except subprocess.TimeoutExpired:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait(timeout=3)
        for namespace in reversed(self.namespaces):
            subprocess.run(["ip", "netns", "del", namespace], check=False, capture_output=True, timeout=30)
        shutil.rmtree(self.folder, ignore_errors=True)


def wait_for(what: str, test: Sequence[str], patience: float = PATIENCE) -> None:
    """Wait until a command succeeds; an error that names `what` when it does not in time."""
    end = time.monotonic() + patience
    while subprocess.run(test, check=False, capture_output=True, timeout=10).returncode != 0:
        if time.monotonic() > end:
            raise TimeoutError(f"{what} did not come up within {patience:.0f} s")
        time.sleep(0.1)  # noqa: TID251 -- waits for a daemon of our own
