"""A register of a large municipality, made in bulk and kept in a temporary folder for the next run.

Units, persons, assets with serials and MACs, a history of movements, devices on a network a school, open findings, and users
who are logged in already. Everything follows from `Size`: two runs measure the same register. `made` answers a fresh copy, for
a run changes it.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import tempfile
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert
from sqlmodel import Session, select

from discovery.sighting import DeviceClass
from tracker.clock import utc_now
from tracker.db import open_engine, writing
from tracker.migrations import FOLDER, upgrade
from tracker.setup import add_unit, seed
from tracker.swedish import search_key, sort_key
from tracker.tables import (
    Asset,
    AssetIdentifier,
    Device,
    DeviceIdentifier,
    DeviceModel,
    Finding,
    Grant,
    LoginSession,
    Movement,
    Network,
    Person,
    Role,
    Sighting,
    Site,
    User,
)
from tracker.words import (
    AssetStatus,
    Condition,
    FindingKind,
    FindingState,
    IdentifierKind,
    MovementKind,
    Profile,
    Purpose,
    RoleName,
    Severity,
    UnitKind,
)
from web.login import password_mark
from web.sessions import token_hash

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Engine
    from sqlmodel import SQLModel

BATCH = 10_000
BEGUN = datetime(2023, 8, 14, 6, 0, tzinfo=UTC)
"""When the first unit was entered."""
CLASSES = ("7A", "7B", "7C", "8A", "8B", "8C", "9A", "9B", "9C")
SCHOOL_NAMES = ("Ekbacka", "Kvarn", "Ålgård", "Östra", "Björk", "Sjö", "Änggård", "Vallmo", "Lind", "Näs")
FIRST = ("Elsa", "Åsa", "Örjan", "Mohammed", "Märta", "Kim", "Göran", "Zahra", "Ebba", "Nils", "Alva", "Hugo")
LAST = (
    "Ödman",
    "Ågren",
    "Lindqvist",
    "Hassan",
    "Sjöberg",
    "Näslund",
    "Kvarnström",
    "Öberg",
    "Berg",
    "Wiklund",
)
MODELS = (
    ("Lenovo", "300e Chromebook Gen 3", DeviceClass.CHROMEBOOK),
    ("Acer", "Chromebook Spin 511", DeviceClass.CHROMEBOOK),
    ("HP", "ProBook 445 G9", DeviceClass.COMPUTER),
    ("Apple", "iPad 9:e generationen", DeviceClass.TABLET),
    ("Axis", "P3245-LV", DeviceClass.CAMERA),
    ("Ricoh", "IM C3000", DeviceClass.PRINTER),
    ("Aruba", "2930F-48G", DeviceClass.NETWORK),
    ("Epson", "EB-X49", DeviceClass.AV),
)


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything."""

    assets: int = 100_000
    movements: int = 1_000_000
    persons: int = 30_000
    devices: int = 20_000
    findings: int = 5_000
    schools: int = 60
    users: int = 25


QUICK = Size(assets=2_000, movements=8_000, persons=600, devices=400, findings=200, schools=6, users=4)
LONG, LONG_STEPS = 100, 200
"""So many assets have a history of so many steps; the others share what is left."""


@dataclass(frozen=True, slots=True)
class Someone:
    """Who is logged in: the cookie's token, and tags that this person can take back."""

    token: str
    is_technician: bool
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Made:
    """A copy of the register and what a run needs to know of it."""

    path: Path
    size: Size
    users: tuple[Someone, ...]
    asks: dict[str, list[str]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"sqlite:///{self.path}"


def _plain(table: type[SQLModel], row: dict[str, Any]) -> dict[str, Any]:
    """A row with the table's defaults filled in, so that a new column does not stop the benchmark."""
    full = dict(row)
    for name, info in table.model_fields.items():
        if name not in full and name != "id" and not info.is_required():
            full[name] = info.get_default(call_default_factory=True)
    return full


def _put(session: Session, table: type[SQLModel], rows: Iterable[dict[str, Any]]) -> None:
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(_plain(table, row))
        if len(batch) == BATCH:
            session.execute(insert(table), batch)
            batch = []
    if batch:
        session.execute(insert(table), batch)


class Seeding:
    """One register in the making; every choice comes from one generator with a fixed seed."""

    def __init__(self, size: Size, now: datetime) -> None:
        self.size = size
        self.now = now
        self.chance = random.Random(20261124)  # noqa: S311 -- the same register each time, no secret
        self.schools: list[tuple[int, str, list[int]]] = []  # unit, name, classes
        self.holders: list[list[int]] = []  # persons of each school
        self.users: list[Someone] = []

    def _mac(self, number: int) -> str:
        digits = f"a4bb6d{number:06x}" if number < 1 << 24 else f"acde48{number & 0xFFFFFF:06x}"
        return ":".join(digits[i : i + 2] for i in range(0, 12, 2))

    def _serial(self, number: int) -> str:
        return f"{'PF' if number % 2 else '5CD'}{number * 7919 % 0xFFFFFFF:07X}"

    def _tag(self, number: int) -> str:
        return f"EK-{100_000 + number}"

    def places(self, session: Session) -> None:
        """Schools with classes, a site and a network each; models; persons."""
        root = seed(session, "Ekbacka kommun")
        education = add_unit(session, "Utbildningsförvaltningen", UnitKind.ADMINISTRATION, root)
        for number in range(self.size.schools):
            name = f"{SCHOOL_NAMES[number % len(SCHOOL_NAMES)]}skolan {number // len(SCHOOL_NAMES) + 1}"
            school = add_unit(session, name, UnitKind.SCHOOL, education)
            classes = [add_unit(session, c, UnitKind.CLASS, school).id or 0 for c in CLASSES]
            site = Site(name=name, sort_key=sort_key(name), unit_id=school.id)
            session.add(site)
            session.flush()
            session.add(
                Network(
                    name=f"NET-{number:02d}",
                    site_id=site.id,
                    cidrs=f"10.{number + 1}.0.0/16",
                    purpose=Purpose.SCHOOL,
                    profile=Profile.FULL,
                    configured_at=BEGUN,
                )
            )
            self.schools.append((school.id or 0, name, classes))
        session.flush()
        _put(
            session,
            DeviceModel,
            (
                {
                    "vendor": vendor,
                    "name": name,
                    "sort_key": sort_key(f"{vendor} {name}"),
                    "device_class": kind,
                }
                for vendor, name, kind in MODELS
            ),
        )
        _put(session, Person, self._persons())

    def _persons(self) -> Iterator[dict[str, Any]]:
        self.holders = [[] for _ in self.schools]
        for number in range(self.size.persons):
            school = number % len(self.schools)
            name = f"{self.chance.choice(FIRST)} {self.chance.choice(LAST)}"
            self.holders[school].append(number + 1)
            yield {
                "id": number + 1,
                "external_id": f"p{number}",
                "unit_id": self.chance.choice(self.schools[school][2]),
                "name": name,
                "sort_key": sort_key(name),
                "search_key": search_key(name),
                "is_pupil": True,
                "is_protected": number % 500 == 0,
            }

    def _model(self, number: int) -> int:
        return number * 31 % 7 % 4 if number % 5 else 4 + number // 5 % 4

    def asset(self, number: int) -> dict[str, Any]:
        """One asset of the register."""
        school = number % len(self.schools)
        unit_id, place, _ = self.schools[school]
        model = self._model(number)
        fixed = model > 3  # noqa: PLR2004 -- cameras, printers, switches, projectors stay in their place
        out = not fixed and number % 10 < 7  # noqa: PLR2004 -- seven of ten are out
        status = AssetStatus.IN_USE if fixed else AssetStatus.HANDED_OUT if out else AssetStatus.RETURNED
        tag, name = self._tag(number), f"{MODELS[model][2].value} {place} rum {number % 90}"
        serial, mac = self._serial(number), self._mac(number)
        words = (tag, name, MODELS[model][0], MODELS[model][1], mac, serial)
        return {
            "id": number + 1,
            "tag": tag,
            "status": status,
            "model_id": model + 1,
            "unit_id": unit_id,
            "site_id": school + 1,
            "holder_id": self.holders[school][number // len(self.schools) % len(self.holders[school])]
            if out
            else None,
            "name": name,
            "purchased_on": (BEGUN + timedelta(days=number % 900)).date(),
            "support_ends": (self.now + timedelta(days=400 + number % 900)).date(),
            "sort_key": sort_key(tag),
            "search_key": search_key(*words),
            "created_at": BEGUN,
            "changed_at": self.now - timedelta(days=number % 200),
        }

    def _identifiers(self) -> Iterator[dict[str, Any]]:
        for n in range(self.size.assets):
            yield {"asset_id": n + 1, "kind": IdentifierKind.SERIAL, "value": self._serial(n)}
            yield {"asset_id": n + 1, "kind": IdentifierKind.MAC, "value": self._mac(n)}

    def _movements(self) -> Iterator[dict[str, Any]]:
        assets, most = self.size.assets, self.size.movements
        long = min(LONG, assets // 10) * LONG_STEPS
        span = self.now - timedelta(days=1) - BEGUN
        for number in range(most):
            asset = number % (long // LONG_STEPS) if number < long else number % assets
            is_out = number % 2 == 0
            school = asset % len(self.schools)
            yield {
                "asset_id": asset + 1,
                "kind": MovementKind.HANDED_OUT if is_out else MovementKind.RETURNED,
                "at": BEGUN + span * (number / most),
                "by_id": 1 + number % self.size.users,
                "unit_id": self.schools[school][0],
                "holder_id": self.holders[school][number // 7 % len(self.holders[school])],
                "before": AssetStatus.RETURNED if is_out else AssetStatus.HANDED_OUT,
                "after": AssetStatus.HANDED_OUT if is_out else AssetStatus.RETURNED,
                "condition": None if is_out else Condition.WHOLE,
                "has_charger": None if is_out else True,
                "receipt": f"K-{number * 2_654_435_761 % (1 << 40):010X}",
            }

    def device(self, number: int) -> dict[str, Any]:
        """One device: the first are nobody's and have a finding each, the others are assets."""
        stranger = number < self.size.findings
        vendor, model, kind = MODELS[number * 13 % len(MODELS)]
        if stranger and number % 3 == 0:
            model = f"{model}/{number}"  # one of its kind
        network = number % self.size.schools
        host = number // self.size.schools + 1
        ip = f"10.{network + 1}.{host >> 8}.{host & 255}"
        mac = self._mac((1 << 24) + number) if stranger else self._mac(number)
        name = f"{kind.value}-{number:05d}"
        return {
            "id": number + 1,
            "asset_id": None if stranger else number + 1,
            "network_id": network + 1,
            "device_class": kind,
            "vendor": vendor,
            "model": model,
            "is_iot": kind is DeviceClass.CAMERA,
            "confidence": 0.9,
            "name": name,
            "ip": ip,
            "mac": mac,
            "evidence": [{"probe": "http", "key": "server", "value": f"{vendor} {model}"}],
            "because": [f"http server: {vendor}"],
            "first_seen": self.now - timedelta(days=30),
            "last_seen": self.now - timedelta(hours=number % 20),
            "sort_key": sort_key(name),
            "search_key": search_key(name, vendor, model, ip, mac),
        }

    def _finding(self, device: dict[str, Any]) -> dict[str, Any]:
        network = device["network_id"]
        iot = device["is_iot"]
        kind = FindingKind.UNREGISTERED_IOT if iot else FindingKind.UNREGISTERED_DEVICE
        unit_id, school, _ = self.schools[network - 1]
        return {
            "key": f"unregistered:device:{device['id']}",
            "kind": kind,
            "rule": "REG-01",
            "severity": Severity.HIGH if iot else Severity.MEDIUM,
            "state": FindingState.OPEN,
            "device_id": device["id"],
            "network_id": network,
            "unit_id": unit_id,
            "group_key": f"{kind.value}|{device['vendor']}|{device['model']}|NET-{network - 1:02d}",
            "facts": {
                "class": device["device_class"].value,
                **{name: device[name] for name in ("vendor", "model", "ip", "mac", "name")},
                "network": f"NET-{network - 1:02d}",
                "site": school,
                "since": device["first_seen"].isoformat(),
            },
            "since": self.now - timedelta(minutes=device["id"] % 4000),
            "changed_at": self.now,
        }

    def things(self, session: Session) -> None:
        """Assets with their history, devices with their findings."""
        _put(session, Asset, (self.asset(n) for n in range(self.size.assets)))
        _put(session, AssetIdentifier, self._identifiers())
        _put(session, Movement, self._movements())
        devices = [self.device(n) for n in range(self.size.devices)]
        _put(session, Device, devices)
        at = {"first_seen": self.now - timedelta(days=30), "last_seen": self.now}
        marks = ({"device_id": d["id"], "kind": IdentifierKind.MAC, "value": d["mac"], **at} for d in devices)
        _put(session, DeviceIdentifier, marks)
        places = (
            {
                "device_id": d["id"],
                "network_id": d["network_id"],
                "ip": d["ip"],
                "mac": d["mac"],
                "source": "arp",
                **at,
            }
            for d in devices
        )
        _put(session, Sighting, places)
        _put(session, Finding, (self._finding(d) for d in devices[: self.size.findings]))

    def people(self, session: Session) -> None:
        """Users: two of five technicians over everything, the others at a school of their own. First of all: rows name them."""
        roles = {role.name: role.id for role in session.exec(select(Role))}
        for number in range(self.size.users):
            user = User(
                id=number + 1,
                login=f"user{number}",
                name=f"{FIRST[number % len(FIRST)]} Test",
                created_at=BEGUN,
            )
            session.add(user)
            session.flush()
            technician = number % 5 < 2  # noqa: PLR2004 -- two of five
            role = RoleName.TECHNICIAN if technician else RoleName.SCHOOL_STAFF
            unit_id = 1 if technician else self.schools[number % len(self.schools)][0]
            session.add(Grant(user_id=user.id, role_id=roles[role.value], unit_id=unit_id))
            self.users.append(Someone(f"token-{number}", technician, self._tags_of(number)))

    def _tags_of(self, number: int) -> tuple[str, ...]:
        """Handed-out tags at the user's school that no other user takes back."""
        schools, users = self.size.schools, self.size.users
        mine = range(number % schools, self.size.assets, schools)
        others = users // schools + 1  # users at one school take turns
        chosen = [n for n in mine if n // schools % others == number // schools % others]
        return tuple(self._tag(n) for n in chosen if self.asset(n)["status"] is AssetStatus.HANDED_OUT)


def _log_in(engine: Engine, users: tuple[Someone, ...]) -> None:
    """A session for each user, as if they had just logged in."""
    now = utc_now()
    with writing(engine) as session:
        for number, one in enumerate(users):
            user = session.get_one(User, number + 1)
            data = {"_user_id": str(user.id), "_fresh": True, "password_mark": password_mark(user)}
            row = {"token_hash": token_hash(one.token), "user_id": user.id, "data": json.dumps(data)}
            session.add(LoginSession(**row, created_at=now, seen_at=now))


def _asks(seeding: Seeding) -> dict[str, list[str]]:
    """What people type: a tag's beginning, a serial, a MAC, a name with its Swedish letter, a word in the middle, an address."""
    size, chance = seeding.size, random.Random(7)  # noqa: S311 -- the same questions each time
    some = [chance.randrange(size.assets) for _ in range(200)]
    devices = [seeding.device(chance.randrange(size.devices)) for _ in range(200)]
    return {
        "tag": [seeding.asset(n)["tag"][: chance.choice((4, 6, 8, 9))] for n in some],
        "serial": [seeding._serial(n) for n in some],  # noqa: SLF001 -- one file
        "mac": [seeding._mac(n) for n in some],  # noqa: SLF001
        "name": [f"{chance.choice(FIRST)} {chance.choice(LAST)}"[: chance.choice((2, 4, 9))] for _ in some],
        "middle": [
            f"{SCHOOL_NAMES[n % len(SCHOOL_NAMES)]}skolan {1 + n % 6} rum {n % 90}".lower()[2:] for n in some
        ],
        "ip": [device["ip"] for device in devices],
    }


def _fill(path: Path, size: Size) -> tuple[tuple[Someone, ...], dict[str, list[str]]]:
    seeding = Seeding(size, utc_now())
    engine = open_engine(f"sqlite:///{path}")
    upgrade(engine)
    with writing(engine) as session:
        session.connection().exec_driver_sql("PRAGMA cache_size=-262144")
        seeding.places(session)
        seeding.people(session)
        seeding.things(session)
    engine.dispose()
    return tuple(seeding.users), _asks(seeding)


def _key(size: Size) -> str:
    """Another key for other contents: size, this file, the tables, the day (what was seen last night is of last night)."""
    migrations = "".join(sorted(path.name for path in (FOLDER / "versions").glob("*.py")))
    text = f"{size}{Path(__file__).read_text(encoding='utf-8')}{migrations}{utc_now():%F}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def made(size: Size, folder: Path) -> Made:
    """A fresh copy of the register of this size in `folder`, its users logged in just now."""
    kept = Path(tempfile.gettempdir()) / f"enhetskoll-bench-{os.getuid()}"
    kept.mkdir(mode=0o700, exist_ok=True)
    original, told = kept / f"{_key(size)}.db", kept / f"{_key(size)}.json"
    if not told.exists():
        for old in kept.iterdir():
            old.unlink()
        users, asks = _fill(original, size)
        told.write_text(json.dumps({"users": [asdict(one) for one in users], "asks": asks}), encoding="utf-8")
    known = json.loads(told.read_text(encoding="utf-8"))
    path = folder / "register.db"
    shutil.copyfile(original, path)  # nobody has it open
    people = tuple(Someone(one["token"], one["is_technician"], tuple(one["tags"])) for one in known["users"])
    engine = open_engine(f"sqlite:///{path}")
    _log_in(engine, people)
    engine.dispose()
    return Made(path, size, people, known["asks"])
