"""Puts the rows of a benchmark's register into a database, in bulk."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert
from sqlmodel import select

from benchmarks.fictional import CLASSES, FIRST, MODELS, SCHOOL_NAMES
from benchmarks.seeding import BEGUN
from tracker.setup import add_unit, seed
from tracker.swedish import sort_key
from tracker.tables import (
    Asset,
    AssetIdentifier,
    Device,
    DeviceIdentifier,
    DeviceModel,
    Finding,
    Grant,
    Movement,
    Network,
    Person,
    Role,
    Sighting,
    Site,
    User,
)
from tracker.words import IdentifierKind, Profile, Purpose, RoleName, UnitKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlmodel import Session, SQLModel

    from benchmarks.seeding import Seeding

BATCH = 10_000


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


def _places(session: Session, seeding: Seeding) -> None:
    """Schools with classes, a site and a network each; models; persons."""
    root = seed(session, "Ekbacka kommun")
    education = add_unit(session, "Utbildningsförvaltningen", UnitKind.ADMINISTRATION, root)
    for number in range(seeding.size.schools):
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
        seeding.schools.append((school.id or 0, name, classes))
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
    _put(session, Person, seeding.persons())


def _things(session: Session, seeding: Seeding) -> None:
    """Assets with their history, devices with their findings."""
    _put(session, Asset, (seeding.asset(n) for n in range(seeding.size.assets)))
    _put(session, AssetIdentifier, seeding.identifiers())
    _put(session, Movement, seeding.movements())
    devices = [seeding.device(n) for n in range(seeding.size.devices)]
    _put(session, Device, devices)
    at = {"first_seen": seeding.now - timedelta(days=30), "last_seen": seeding.now}
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
    _put(session, Finding, (seeding.finding(d) for d in devices[: seeding.size.findings]))


def _users(session: Session, seeding: Seeding) -> None:
    """Users: two of five technicians over everything, the others at a school of their own. First of all: rows name them."""
    roles = {role.name: role.id for role in session.exec(select(Role))}
    for number in range(seeding.size.users):
        user = User(
            id=number + 1,
            login=f"user{number}",
            name=f"{FIRST[number % len(FIRST)]} Test",
            created_at=BEGUN,
        )
        session.add(user)
        session.flush()
        technician = seeding.is_technician(number)
        role = RoleName.TECHNICIAN if technician else RoleName.SCHOOL_STAFF
        unit_id = 1 if technician else seeding.schools[number % len(seeding.schools)][0]
        session.add(Grant(user_id=user.id, role_id=roles[role.value], unit_id=unit_id))


def fill(session: Session, seeding: Seeding) -> None:
    """The whole register; places first, for they number the units that the other rows name."""
    _places(session, seeding)
    _users(session, seeding)
    _things(session, seeding)
