"""What people do after the hostile night: register, hand out, import and name things, all with the attackers' strings.

So every table that a page shows holds each string that could run there.
"""

from __future__ import annotations

import csv
import io
import secrets
from datetime import timedelta
from itertools import cycle
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from tests.lab.hostile import text_of
from tests.lab.payloads import PAYLOADS, SCRIPTS, TEMPLATES
from tracker.clock import local_date, utc_now
from tracker.config import load
from tracker.db import open_engine, reading, writing
from tracker.imports import drafts
from tracker.imports.people import drafts as people_drafts
from tracker.imports.people.diff import Deed, Outcome
from tracker.movements.handovers import HandOut, hand_out
from tracker.movements.registrations import Register, register
from tracker.movements.roles import SaveRole, save_role
from tracker.setup import add_unit
from tracker.swedish import search_key, sort_key
from tracker.tables import Finding, Person, Room, Site, Unit, User
from tracker.tokens import MakeToken, make
from tracker.users import create_user, viewer_of
from tracker.words import AssetStatus, FindingState, Permission, RoleName, UnitKind

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sqlalchemy import Engine

    from tracker.roles import Viewer

PASSWORD = "fiendens-natt-är-kort"
PEOPLE = {"teknik": RoleName.TECHNICIAN, "chef": RoleName.CHIEF, "skola": RoleName.SCHOOL_STAFF}
SCHOOL = "<img src=x onerror=window.canary=1>skolan"
ACTIVE = (*SCRIPTS, *TEMPLATES)
"""The strings that would run on a page."""
_ZONE = ZoneInfo("Europe/Stockholm")


def register_csv(columns: Iterable[tuple[str, str]]) -> bytes:
    """A register whose free cells are the payloads: (column, what stands there; PAYLOAD for the payload, # for its number)."""
    columns = tuple(columns)
    rows = [";".join(f'"{name}"' for name, _ in columns)]
    for number, payload in enumerate(PAYLOADS):
        cell = '"' + text_of(payload).replace('"', '""').replace("\0", "") + '"'
        cells = (said.replace("PAYLOAD", cell).replace("#", str(number)) for _, said in columns)
        rows.append(";".join(cells))
    return "\r\n".join(rows).encode("utf-8", "replace")


def _places(session: Session, root: Unit) -> None:
    """A unit, a site and a room of each name, as a file of a directory's could make them."""
    for name in ACTIVE:
        unit = add_unit(session, name, UnitKind.OPERATION, root)
        site = Site(name=name, sort_key=sort_key(name), unit_id=unit.id or 0)
        session.add(site)
        session.flush()
        session.add(Room(name=name[:80], sort_key=sort_key(name)[:160], site_id=site.id or 0))


def _people(session: Session, root: Unit) -> list[Person]:
    """The three who look, and persons whose names a directory could hold."""
    school = add_unit(session, SCHOOL, UnitKind.SCHOOL, root)
    for (login, role), name in zip(PEOPLE.items(), cycle(SCRIPTS), strict=False):
        unit_id = school.id if role is RoleName.SCHOOL_STAFF else root.id
        create_user(
            session,
            login=login,
            name=name,
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


def _register_what_was_seen(session: Session, people: list[Person], viewer: Viewer) -> None:
    """Half of the strangers become assets with the words they said of themselves, each in someone's hands."""
    now = utc_now()
    findings = session.exec(select(Finding).where(Finding.state == FindingState.OPEN)).all()
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


def _roles(session: Session, viewer: Viewer) -> None:
    for name in ACTIVE:
        command = SaveRole(
            name=name[:60],
            permissions=frozenset({Permission.ASSET_VIEW}),
            request_id=secrets.token_hex(8),
        )
        save_role(session, command, by=viewer, now=utc_now())


def _token(session: Session, viewer: Viewer, root: Unit) -> str:
    """A token for everything that may be read; its name a payload."""
    reads = (one for one in Permission if one.value.endswith(".view") or one is Permission.ASSET_IMPORT)
    may = tuple(one for one in reads if viewer.may(one, root.path))
    now = utc_now()
    command = MakeToken(
        name=SCRIPTS[3],
        permissions=may,
        unit_id=root.id or 0,
        expires=now.date() + timedelta(days=9),
        request_id=secrets.token_hex(8),
    )
    _, token = make(session, command, by=viewer, now=now, zone=_ZONE)
    return token or ""


def _draft(engine: Engine, viewer: Viewer) -> None:
    """A file on its way in, in which every word is unknown and so asked for; its name and a column are payloads, too."""
    columns = (
        *(("tag", "D-#"), ("vendor", "PAYLOAD"), ("model", "PAYLOAD"), ("class", "PAYLOAD")),
        *(("status", "PAYLOAD"), ("unit", "PAYLOAD"), ("site", "PAYLOAD"), ("name", "PAYLOAD")),
        *(("note", "PAYLOAD"), (SCRIPTS[15], "PAYLOAD")),
    )
    with writing(engine) as session:
        file = io.BytesIO(register_csv(columns))
        number = drafts.receive(session, file, f"{SCRIPTS[0]}.csv", by=viewer, now=utc_now())
    drafts.compare(engine, number, viewer)


def _people_draft(engine: Engine, viewer: Viewer) -> None:
    """A file of people on its way in, of classes and schools that are not there."""
    columns = (
        *(
            ("id", "q-#"),
            ("name", "PAYLOAD"),
            ("class", "PAYLOAD"),
            ("school", "PAYLOAD"),
            ("kind", "PAYLOAD"),
        ),
        (SCRIPTS[15], "PAYLOAD"),
    )
    name, now = f"{SCRIPTS[0]}.csv", utc_now()
    deed = Deed(viewer, now, local_date(now, _ZONE))
    with people_drafts.kept(io.BytesIO(register_csv(columns)), name) as path, writing(engine) as session:
        number = people_drafts.receive(session, path, name, deed)
    people_drafts.compare(engine, number, viewer)


def _people_changed(engine: Engine, viewer: Viewer) -> None:
    """A file of people on its way in that would give those who are there each other's names, in classes of those names."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerow(("id", "name", "class", "school", "kind"))
    for number, name in enumerate(ACTIVE):
        writer.writerow((f"p-{number}", name, name, SCHOOL, "elev"))
        writer.writerow((f"n-{number}", name, name, SCHOOL, "elev"))
    now = utc_now()
    deed = Deed(viewer, now, local_date(now, _ZONE))
    sent = io.BytesIO(out.getvalue().encode())
    with people_drafts.kept(sent, "namn.csv") as path, writing(engine) as session:
        number = people_drafts.receive(session, path, "namn.csv", deed)
    diff = people_drafts.compare(engine, number, viewer)
    assert diff.counts[Outcome.MOVED] == diff.counts[Outcome.NEW] == len(ACTIVE), diff.complaints


def digest(config: Path) -> str:
    """Do all that in the night's register; a token to the API."""
    engine = open_engine(load(config).database_url)
    with reading(engine) as session:
        anna = session.exec(select(User).where(User.login == "anna")).one()
        viewer = viewer_of(session, anna)
    with writing(engine) as session:
        root = session.exec(select(Unit).where(col(Unit.parent_id).is_(None))).one()
        people = _people(session, root)
        _places(session, root)
        _register_what_was_seen(session, people, viewer)
        _roles(session, viewer)
        token = _token(session, viewer, root)
    _draft(engine, viewer)
    _people_draft(engine, viewer)
    _people_changed(engine, viewer)
    engine.dispose()
    return token
