"""A night among hostile devices: ordinary hosts, one attacker with a payload an address, a tarpit; scanned by the product.

What is seen then goes the way of honest things: registered, imported, handed out to people, all with the same strings.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from tests.lab.hostile_hands import PASSWORD, digest, register_csv
from tests.lab.hostile_town import NEAR, ROOT, build, config_toml
from tests.lab.topology import Lab

if TYPE_CHECKING:
    from tests.lab.topology import Host

PORT = 20_000 + os.getpid() % 10_000
"""Of this process's own: another's night beside it would answer with its own register."""


@dataclass(frozen=True, slots=True)
class Said:
    """What one command of the product printed, and how long it took, in seconds."""

    words: tuple[str, ...]
    out: str
    err: str
    seconds: float


@dataclass(slots=True)
class HostileNight:
    """The installed product after the night: its folder, all that it printed, the scan's peak of memory, a token to the API."""

    folder: Path
    said: list[Said] = field(default_factory=list)
    peak_mb: float = 0.0
    token: str = ""

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    def command(self, *words: str) -> Said:
        """One of the product's commands; kept for whoever judges what it printed."""
        line = [sys.executable, "-m", "tracker", *words]
        if words[0] != "resolve":
            line += ["--config", str(self.config)]
        started = time.monotonic()
        done = subprocess.run(line, cwd=ROOT, capture_output=True, check=False, timeout=240)
        said = Said(words, done.stdout.decode(), done.stderr.decode(), time.monotonic() - started)
        assert done.returncode == 0, said
        self.said.append(said)
        return said


MEASURE = (
    "import resource,subprocess,sys; done=subprocess.run(sys.argv[1:]).returncode;"
    "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr); sys.exit(done)"
)
"""Runs a command and says, last, how much memory the largest of its processes took, in kB."""


def _look(night: HostileNight, scanner: Host) -> None:
    """Scan the tarpit's network and, at the same time, survey the attacker's into a file that is reconciled later."""
    config = ("--config", str(night.config))
    ways = (
        ("tracker", "scan", "near", *config),
        ("discovery", "survey", *config, "--network", "far", "--out", str(night.folder / "far.jsonl")),
    )
    started = time.monotonic()
    running = []
    for words in ways:
        line = scanner.command(sys.executable, "-c", MEASURE, sys.executable, "-m", *words)
        running.append(subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE))
    for words, process in zip(ways, running, strict=True):
        out, err = process.communicate(timeout=240)
        *log, peak = err.decode().strip().splitlines()
        assert process.returncode == 0, err
        night.peak_mb = max(night.peak_mb, int(peak) / 1024)
        night.said.append(Said(words[:2], out.decode(), "\n".join(log), time.monotonic() - started))


def _register_file(folder: Path) -> Path:
    """What is imported is no more to be trusted than what is seen: a register whose every free cell is a payload."""
    columns = (
        *(("tag", "I-#"), ("serial", "S3R1AL#"), ("vendor", "PAYLOAD"), ("model", "PAYLOAD")),
        *(("class", "camera"), ("status", "in_stock"), ("unit", "Kommunen"), ("site", "Stadshuset")),
        *(("name", "PAYLOAD"), ("note", "PAYLOAD")),
    )
    file = folder / "register.csv"
    file.write_bytes(register_csv(columns))
    return file


def _install(night: HostileNight) -> None:
    """`init` and the register's import; the configuration of the lab comes when the lab stands."""
    secret = night.folder / "password"
    secret.write_text(PASSWORD, encoding="utf-8")
    secret.chmod(0o600)
    network = f"near={NEAR}.0/25@Stadshuset"
    night.command("init", "--network", network, "--admin", "anna", "--password-file", str(secret))
    night.command("import", str(_register_file(night.folder)), "--create", "models")


def _live(night: HostileNight) -> None:
    with Lab(prefix=f"eh{night.folder.name[-5:]}") as lab, ThreadPoolExecutor(1) as beside:
        installed = beside.submit(_install, night)
        scanner, sources = build(lab, night.folder)
        installed.result()
        night.config.write_text(config_toml(PORT, sources), encoding="utf-8")
        _look(night, scanner)


def make(folder: Path) -> HostileNight:
    """Live through the night in `folder`; takes about half a minute."""
    night = HostileNight(folder)
    _live(night)
    far = str(folder / "far.jsonl")
    night.command("reconcile", far)
    with ThreadPoolExecutor(3) as beside:
        asked = (("findings",), ("findings", "--json"), ("resolve", far))
        for one in [beside.submit(night.command, *words) for words in asked]:
            one.result()
    night.token = digest(night.config)
    return night


@cache
def the_night(root: Path) -> HostileNight:
    """The night, lived once a test session; `root` is the session's own folder."""
    folder = root / f"hostile-{secrets.token_hex(4)}"
    folder.mkdir()
    return make(folder)
