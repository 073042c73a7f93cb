"""A night among hostile devices: ordinary hosts, one attacker with a payload an address, a tarpit; scanned by the product.

What is seen then goes the way of honest things: registered, imported, handed out to people, all with the same strings.
"""

from __future__ import annotations

import secrets
import subprocess
import sys
import time
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlmodel import Session, col, select

from tests.lab.hostile import text_of
from tests.lab.hostile_town import NEAR, ROOT, build, config_toml
from tests.lab.payloads import PAYLOADS, SCRIPTS
from tests.lab.topology import Lab
from tracker.clock import utc_now
from tracker.config import load
from tracker.db import open_engine, writing
from tracker.movements.handovers import HandOut, hand_out
from tracker.movements.registrations import Register, register
from tracker.setup import add_unit
from tracker.swedish import search_key, sort_key
from tracker.tables import Finding, Person, Unit, User
from tracker.users import create_user, viewer_of
from tracker.words import AssetStatus, FindingState, RoleName, UnitKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.lab.topology import Host

PASSWORD = "fiendens-natt-är-kort"
PORT = 8795
PEOPLE = {"teknik": RoleName.TECHNICIAN, "chef": RoleName.CHIEF, "skola": RoleName.SCHOOL_STAFF}
SCHOOL = "<img src=x onerror=window.canary=1>skolan"


@dataclass(frozen=True, slots=True)
class Said:
    """What one command of the product printed, and how long it took, in seconds."""

    words: tuple[str, ...]
    out: str
    err: str
    seconds: float


@dataclass(slots=True)
class HostileNight:
    """The installed product after the night: its folder, all that it printed, and the scan's seconds."""

    folder: Path
    said: list[Said] = field(default_factory=list)
    peak_mb: float = 0.0

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


def _register_csv(folder: Path) -> Path:
    """A register whose every free cell is a payload: what is imported is no more to be trusted than what is seen."""
    rows = ["tag;vendor;model;class;status;unit;site;name;note"]
    for number, payload in enumerate(PAYLOADS):
        cell = '"' + text_of(payload).replace('"', '""').replace("\0", "") + '"'
        rows.append(f"I-{number};{cell};{cell};camera;in_stock;Kommunen;Stadshuset;{cell};{cell}")
    file = folder / "register.csv"
    file.write_bytes("\r\n".join(rows).encode("utf-8", "replace"))
    return file


def _people(session: Session, root: Unit) -> list[Person]:
    """The three who look, and persons whose names a directory could hold."""
    school = add_unit(session, SCHOOL, UnitKind.SCHOOL, root)
    for login, role in PEOPLE.items():
        unit_id = school.id if role is RoleName.SCHOOL_STAFF else root.id
        create_user(
            session,
            login=login,
            name=text_of(SCRIPTS[0]),
            password=PASSWORD,
            role=role,
            unit_id=unit_id or 0,
            now=utc_now(),
        )
    people = []
    for number, payload in enumerate(PAYLOADS):
        name = " ".join(text_of(payload).replace("\0", "").split())[:160]
        person = Person(
            name=name,
            unit_id=school.id or 0,
            external_id=f"p-{number}",
            sort_key=sort_key(name)[:320],
            search_key=search_key(name)[:320],
        )
        session.add(person)
        people.append(person)
    session.flush()
    return people


def _register_what_was_seen(session: Session, findings: Sequence[Finding]) -> None:
    """Half of the strangers become assets with the words they said of themselves, each in someone's hands."""
    anna = session.exec(select(User).where(User.login == "anna")).one()
    viewer, now = viewer_of(session, anna), utc_now()
    root = session.exec(select(Unit).where(col(Unit.parent_id).is_(None))).one()
    people = _people(session, root)
    for number, finding in enumerate(findings[::2]):
        facts = finding.facts
        person = people[number % len(people)]
        command = Register(
            tag=f"S-{number}",
            status=AssetStatus.IN_STOCK,
            vendor=str(facts.get("vendor") or "")[:80],
            model=str(facts.get("model") or "")[:120],
            unit_id=person.unit_id,
            name=str(facts.get("name") or "")[:120],
            device_id=finding.device_id,
            request_id=secrets.token_hex(8),
        )
        asset_id = register(session, command, by=viewer, now=now)
        if number % 3:
            given = HandOut(asset_ids=(asset_id,), holder_id=person.id or 0, request_id=secrets.token_hex(8))
            hand_out(session, given, by=viewer, now=now)


def _digest(night: HostileNight) -> None:
    engine = open_engine(load(night.config).database_url)
    with writing(engine) as session:
        found = session.exec(select(Finding).where(Finding.state == FindingState.OPEN)).all()
        _register_what_was_seen(session, found)
    engine.dispose()


def _live(night: HostileNight) -> None:
    with Lab(prefix=f"eh{night.folder.name[-5:]}") as lab:
        scanner, sources = build(lab, night.folder)
        secret = night.folder / "password"
        secret.write_text(PASSWORD, encoding="utf-8")
        secret.chmod(0o600)
        network = f"near={NEAR}.0/25@Stadshuset"
        night.command("init", "--network", network, "--admin", "anna", "--password-file", str(secret))
        night.config.write_text(config_toml(PORT, sources), encoding="utf-8")
        night.command("import", str(_register_csv(night.folder)), "--create", "models")
        _look(night, scanner)


def make(folder: Path) -> HostileNight:
    """Live through the night in `folder`; takes about half a minute."""
    night = HostileNight(folder)
    _live(night)
    far = str(folder / "far.jsonl")
    for words in (("reconcile", far), ("findings",), ("findings", "--json"), ("resolve", far)):
        night.command(*words)
    _digest(night)
    return night


@cache
def the_night(root: Path) -> HostileNight:
    """The night, lived once a test session; `root` is the session's own folder."""
    folder = root / f"hostile-{secrets.token_hex(4)}"
    folder.mkdir()
    return make(folder)
