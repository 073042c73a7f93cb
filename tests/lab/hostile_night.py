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

from tests.lab import daemons
from tests.lab.hostile import addresses, text_of
from tests.lab.payloads import PAYLOADS, SCRIPTS
from tests.lab.topology import Lab, wait_for
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

ROOT = Path(__file__).resolve().parent.parent.parent
PASSWORD = "fiendens-natt-är-kort"
PORT = 8795
NEAR, FAR = "10.77.4", "10.78.4"
FIRST, TARPIT, GATEWAY = f"{FAR}.1", f"{NEAR}.60", f"{NEAR}.50"
ORDINARY = {
    f"{NEAR}.11": "00:11:32:00:04:11",
    f"{NEAR}.12": "52:54:00:00:04:12",
    f"{NEAR}.13": "ac:cc:8e:00:04:13",
}
"""Hosts that behave, on the link of the tarpit."""
PEOPLE = {"teknik": RoleName.TECHNICIAN, "chef": RoleName.CHIEF, "skola": RoleName.SCHOOL_STAFF}
SCHOOL = "<img src=x onerror=window.canary=1>skolan"
CONFIG = f"""
[[networks]]
name = "near"
cidr = "{NEAR}.0/25"
site = "Stadshuset"
[[networks]]
name = "far"
cidr = "{FAR}.0/26"
site = "Kvarnskolan"
[scope]
never = ["{NEAR}.2"]
[snmp]
communities = ["ekbacka-demo"]
[[harvest]]
kind = "dnsmasq"
path = "LEASES"
[[harvest]]
kind = "dnsmasq"
path = "hostile.leases"
[web]
port = {PORT}
[database]
url = "sqlite:///enhetskoll.db"
"""


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


def mac_of(number: int) -> str:
    """The MAC that the lease file says of a payload's address."""
    return f"ac:cc:8e:04:00:{number:02x}"


def _leases(folder: Path) -> None:
    """A lease file whose host names are the payloads; blanks would end a name."""
    lines = []
    for number, (ip, payload) in enumerate(zip(addresses(FIRST), PAYLOADS, strict=True)):
        name = "/".join(text_of(payload).split()) or "*"
        lines.append(f"0 {mac_of(number)} {ip} {name} *")
    data = "\n".join(lines).encode("utf-8", "replace")
    (folder / "hostile.leases").write_bytes(data + b"\n0 not-a-mac " + b"z" * 65_536 + b"\n\xff\xfe\x00\n")


def _program(host: Host, *words: str) -> None:
    ready = host.folder() / "ready"
    host.start(
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "tests.lab.hostile",
        *words,
        str(ready),
        env={"PYTHONPATH": str(ROOT)},
    )
    wait_for(f"the attacker {host.name}", ["test", "-e", str(ready)])


def _neighbours(lab: Lab) -> Path:
    """Those who behave, and a DHCP client that does not; the DHCP server's lease file."""
    lab.segment("a")
    hosts = [lab.host(f"h{n}", "a", mac, f"{ip}/25") for n, (ip, mac) in enumerate(ORDINARY.items())]
    daemons.nginx(hosts[0], title="DiskStation - Synology DiskStation", common_name="synology")
    daemons.sshd(hosts[1])
    daemons.nginx(hosts[2], title="AXIS", common_name="axis-accc8e000413", realm="AXIS_ACCC8E000413")
    server = lab.host("dhcp", "a", "00:1b:21:00:04:03", f"{NEAR}.3/25")
    leases = daemons.dnsmasq(server, [f"{NEAR}.100,{NEAR}.110,255.255.255.128,12h"])
    client = lab.host("client", "a", "9c:b6:d0:00:04:99")
    daemons.dhcp_client(client, hostname=SCRIPTS[0])
    return leases


def _attackers(lab: Lab) -> None:
    evil = lab.host("evil", "a", "00:1b:21:00:04:50", f"{GATEWAY}/25")
    for ip in addresses(FIRST):
        evil.run("ip", "address", "add", f"{ip}/32", "dev", "lo")
    evil.run("sysctl", "-qw", "net.ipv4.ip_forward=1")
    tarpit = lab.host("tarpit", "a", "00:1b:21:00:04:60", f"{TARPIT}/25")
    for last in (61, 62):
        tarpit.run("ip", "address", "add", f"{NEAR}.{last}/25", "dev", "eth0")
    _program(evil, "strings", FIRST)
    _program(tarpit, "tarpit", TARPIT)


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
        leases = _neighbours(lab)
        _attackers(lab)
        scanner = lab.host("scan", "a", "02:00:00:00:04:aa", f"{NEAR}.2/25")
        scanner.run("ip", "route", "add", f"{FAR}.0/24", "via", GATEWAY)
        secret = night.folder / "password"
        secret.write_text(PASSWORD, encoding="utf-8")
        secret.chmod(0o600)
        night.command(
            "init",
            "--network",
            f"near={NEAR}.0/25@Stadshuset",
            "--admin",
            "anna",
            "--password-file",
            str(secret),
        )
        _leases(night.folder)
        night.config.write_text(CONFIG.replace("LEASES", str(leases)), encoding="utf-8")
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
