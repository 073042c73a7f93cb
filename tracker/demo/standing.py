"""Sets the demo up in a folder: configuration, lease file, register with people, logins and imported assets."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from sqlmodel import Session, col, select

from tracker import passwords
from tracker.db import open_engine, writing
from tracker.demo.agent import COMMUNITY
from tracker.demo.devices import DEVICES, NETWORKS
from tracker.demo.municipality import LOGINS, settle
from tracker.demo.speaking import HIGHEST, LOWEST, Devices, PortsTakenError, ports_from
from tracker.imports.questions import from_words
from tracker.imports.storing import store
from tracker.migrations import is_current, upgrade
from tracker.tables import Asset
from tracker.users import create_user

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Engine

    from tracker.demo.devices import Simulated

REGISTER = str(files("tracker.demo") / "assets.csv")
LEASES = "dnsmasq.leases"
_STEP = 10


def configuration(ports: dict[str, int], pages: int) -> str:
    """The demo's config.toml."""
    # No device speaks NetBIOS, and a Samba server of whoever tries the demo would answer for all of them.
    silent = {"nbns": max(ports.values()) + 1}
    mapped = ", ".join(f"{service} = {port}" for service, port in {**ports, **silent}.items())
    blocks = [
        f'[[networks]]\nname = "{name}"\ncidr = "{cidr}"\nsite = "{site}"\npurpose = "{purpose}"\n'
        f'profile = "{profile}"\nports = {{ {mapped} }}\n'
        for name, (cidr, site, purpose, profile) in NETWORKS.items()
    ]
    rest = (
        f'[snmp]\ncommunities = ["{COMMUNITY}"]\n\n[limits]\nrate = 5000\nhost_rate = 200\n\n'
        f'[[harvest]]\nkind = "dnsmasq"\npath = "{LEASES}"\n\n'
        f'[database]\nurl = "sqlite:///enhetskoll.db"\n\n[web]\nport = {pages}\n'
    )
    return "# The demo's configuration; it is written anew at each start.\n\n" + "\n".join([*blocks, rest])


def leases(devices: Sequence[Simulated]) -> str:
    """The DHCP server's lease file: who has which address (0: the lease never runs out)."""
    return "".join(f"0 {d.mac} {d.ip} {d.hostname or '*'} *\n" for d in devices)


def listen(devices: Sequence[Simulated], folder: Path) -> tuple[Devices, dict[str, int]]:
    """Start the devices on the first six neighbouring ports that are free on all their addresses.

    Raises:
        PortsTakenError: there are none.
    """
    for first in range(LOWEST, HIGHEST, _STEP):
        ports = ports_from(first)
        try:
            return Devices(devices, ports, folder), ports
        except PortsTakenError:
            continue
    raise PortsTakenError


def _fill(session: Session, password: str, now: datetime) -> None:
    units = settle(session)
    for one in LOGINS:
        create_user(
            session,
            login=one.login,
            name=one.name,
            password=password,
            role=one.role,
            unit_id=units[one.unit].id or 0,
            now=now,
        )


def _import(session: Session, now: datetime) -> None:
    answers = from_words(["models", "rooms", "sites"], [], [])
    store(session, Path(REGISTER), "assets.csv", answers, by=None, now=now)


def register(folder: Path, now: datetime) -> tuple[Engine, str]:
    """The register in the folder, made and filled when it is not there; and the logins' password."""
    database, secret = folder / "enhetskoll.db", folder / "password"
    engine = open_engine(f"sqlite:///{database}")
    if not is_current(engine):
        upgrade(engine)
    with writing(engine) as session:
        filled = session.exec(select(Asset.id).order_by(col(Asset.id)).limit(1)).first() is not None
        if filled and secret.exists():
            return engine, secret.read_text(encoding="utf-8").strip()
        password = passwords.make()
        _fill(session, password, now)
        session.flush()
        _import(session, now)
    secret.touch(mode=0o600)
    secret.write_text(password, encoding="utf-8")
    return engine, password


def write_files(
    folder: Path, ports: dict[str, int], pages: int, devices: Sequence[Simulated] = DEVICES
) -> Path:
    """Write configuration and lease file; the configuration's path."""
    (folder / LEASES).write_text(leases(devices), encoding="utf-8")
    config = folder / "config.toml"
    config.write_text(configuration(ports, pages), encoding="utf-8")
    return config
