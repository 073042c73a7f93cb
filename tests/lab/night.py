"""A night in the lab as a technician would have it: init, import, scan, findings, all by the product's commands."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.lab.town import NETWORKS, TRUTH, Town, build, config_toml, register_csv

if TYPE_CHECKING:
    from tests.lab.topology import Lab

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True, slots=True)
class Score:
    """What a scan found of what is there.

    Attributes:
        live: hosts that are up; `found`: those of them the register now knows as devices.
        registered: live hosts the register knew; `matched`: those tied to the right asset.
        wanted: findings that are right; `got`: those of them that are open; `false`: open ones that are not right.
    """

    live: int
    found: int
    registered: int
    matched: int
    wanted: int
    got: int
    false: int

    def lines(self) -> str:
        """The three figures for the terminal."""
        return (
            f"found/live          {self.found}/{self.live}\n"
            f"matched/registered  {self.matched}/{self.registered}\n"
            f"findings            {self.got}/{self.wanted} right, {self.false} false"
        )

    @property
    def is_perfect(self) -> bool:
        """All found, all matched, none missing, none false."""
        return (self.found, self.matched, self.got, self.false) == (
            self.live,
            self.registered,
            self.wanted,
            0,
        )


class Night:
    """The product installed in a folder of its own, run inside the town's scanner host."""

    def __init__(self, lab: Lab) -> None:
        self.town: Town = build(lab)
        self.folder = lab.folder / "enhetskoll"
        self.folder.mkdir()
        self.database = self.folder / "enhetskoll.db"
        self.config = self.folder / "config.toml"

    def command(self, *words: str) -> str:
        """One of the product's commands, inside the scanner's namespace; its standard output."""
        line = [sys.executable, "-m", "tracker", *words, "--config", str(self.config)]
        done = subprocess.run(
            self.town.scanner.command(*line),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(words)} ended with {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout

    def install(self, password: str) -> None:
        """``init`` with the town's networks, then its real configuration, then the register's import."""
        secret = self.folder / "password"
        secret.write_text(password, encoding="utf-8")
        secret.chmod(0o600)
        networks = [
            word for name, (cidr, site) in NETWORKS.items() for word in ("--network", f"{name}={cidr}@{site}")
        ]
        self.command("init", *networks, "--admin", "anna", "--password-file", str(secret))
        self.config.write_text(config_toml(self.town, self.database), encoding="utf-8")
        register = self.folder / "register.csv"
        register.write_text(register_csv("Kommunen"), encoding="utf-8")
        self.command("import", str(register), "--create", "models")

    def scan(self) -> str:
        """One scan of everything; what the command said."""
        return self.command("scan")

    def findings(self) -> list[dict[str, Any]]:
        """The open findings as ``findings --json`` prints them."""
        said: list[dict[str, Any]] = [
            json.loads(line) for line in self.command("findings", "--json").splitlines()
        ]
        return said


def wanted() -> set[tuple[str, str]]:
    """The findings that are right, as (kind, MAC or tag)."""
    return {(truth.finding, truth.tag or truth.mac) for truth in TRUTH if truth.finding}
