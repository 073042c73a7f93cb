"""A register of a large municipality, kept in a temporary folder for the next run; its users are logged in already.

`made` answers a fresh copy, for a run changes it.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import filling
from benchmarks.fictional import FIRST, LAST, SCHOOL_NAMES
from benchmarks.seeding import Seeding, Size
from tracker.clock import utc_now
from tracker.db import open_engine, writing
from tracker.migrations import FOLDER, upgrade
from tracker.tables import LoginSession, User
from web.login import password_mark
from web.sessions import token_hash

if TYPE_CHECKING:
    from sqlalchemy import Engine

MADE_BY = ("fictional", "seeding", "filling", "kept")
"""The modules that decide what is in the register."""


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
        "serial": [seeding.serial(n) for n in some],
        "mac": [seeding.mac(n) for n in some],
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
        filling.fill(session, seeding)
    engine.dispose()
    users = tuple(
        Someone(f"token-{n}", seeding.is_technician(n), seeding.tags_of(n)) for n in range(size.users)
    )
    return users, _asks(seeding)


def _key(size: Size) -> str:
    """Another key for other contents: size, the files that make it, the tables, the day (what was seen last night is of last night)."""
    migrations = "".join(sorted(path.name for path in (FOLDER / "versions").glob("*.py")))
    made_by = "".join(Path(__file__).with_name(f"{name}.py").read_text(encoding="utf-8") for name in MADE_BY)
    text = f"{size}{made_by}{migrations}{utc_now():%F}"
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
