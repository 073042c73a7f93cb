"""Sites and their rooms: add, change, remove; and to take a removal back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict
from sqlmodel import Session, select

from tracker import journal
from tracker.errors import InvalidError, NotFoundError, RefusedError, TrackerError
from tracker.movements.units import unit_for
from tracker.movements.versions import change, remove
from tracker.queries.hanging import hanging_on
from tracker.requests import once
from tracker.swedish import sort_key
from tracker.tables import Room, Site
from tracker.tables.units import PLACE_KEY, ROOM_KEY
from tracker.words import UnitKind

if TYPE_CHECKING:
    from datetime import datetime

    from tracker.roles import Viewer

MOST_SITE, MOST_ROOM = 120, 80


class SaveSite(BaseModel):
    """A site as it shall be; without `site_id` a new one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    site_id: int | None = None
    version: int = 0
    unit_id: int
    name: str
    request_id: str


class SaveRoom(BaseModel):
    """A room as it shall be; without `room_id` a new one. `is_secured`: säkrat utrymme (duty ROOM-01)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    site_id: int
    room_id: int | None = None
    version: int = 0
    name: str
    is_secured: bool = False
    request_id: str


class Remove(BaseModel):
    """A site or a room that nothing hangs on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    row_id: int
    version: int
    request_id: str


def site_for(session: Session, site_id: int, by: Viewer) -> Site:
    """The site, when the actor changes its unit.

    Raises:
        NotFoundError: it is not there for this actor.
    """
    site = session.get(Site, site_id)
    if site is None:
        raise NotFoundError
    unit_for(session, site.unit_id, by)
    return site


def room_for(session: Session, room_id: int, by: Viewer) -> Room:
    """The room, when the actor changes its site's unit.

    Raises:
        NotFoundError: it is not there for this actor.
    """
    room = session.get(Room, room_id)
    if room is None:
        raise NotFoundError
    site_for(session, room.site_id, by)
    return room


def _name(name: str, most: int, names: set[str]) -> str:
    tidy = " ".join(name.split())
    wrong = None
    if not tidy:
        wrong = TrackerError("units.no_name")
    elif len(tidy) > most:
        wrong = TrackerError("imports.too_long", most=most)
    elif tidy.casefold() in names:
        wrong = TrackerError("units.place_taken", name=tidy)
    if wrong is not None:
        raise InvalidError({"name": wrong})
    return tidy


def save_site(session: Session, command: SaveSite, *, by: Viewer, now: datetime) -> int:
    """Add or change a site; its id. A site that changes unit needs the right over both.

    Raises:
        InvalidError: the name is missing or taken, or the unit is a class.
        NotFoundError, StaleError: as they say.
    """

    def act() -> dict[str, object]:
        unit = unit_for(session, command.unit_id, by)
        if unit.kind is UnitKind.CLASS:
            raise InvalidError({"unit": TrackerError("units.class_holds_people")})
        others = select(Site.name, Site.id)
        names = {name.casefold() for name, known in session.exec(others) if known != command.site_id}
        name = _name(command.name, MOST_SITE, names)
        if command.site_id is None:
            site = Site(name=name, sort_key=sort_key(name, PLACE_KEY), unit_id=command.unit_id)
            session.add(site)
            session.flush()
        else:
            site = site_for(session, command.site_id, by)
            change(
                session,
                site,
                command.version,
                name=name,
                sort_key=sort_key(name, PLACE_KEY),
                unit_id=command.unit_id,
            )
        what = "site:add:record" if command.site_id is None else "site:change:record"
        facts = {"name": name, "unit": command.unit_id}
        journal.record(session, what, f"site:{site.id}", by=by, now=now, facts=facts)
        return {"site": site.id}

    return int(once(session, command.request_id, by=by, what="site:save", now=now, act=act)["site"])


def save_room(session: Session, command: SaveRoom, *, by: Viewer, now: datetime) -> int:
    """Add or change a room; its id.

    Raises:
        InvalidError: the name is missing, or taken at the site.
        NotFoundError, StaleError: as they say.
    """

    def act() -> dict[str, object]:
        site = site_for(session, command.site_id, by)
        others = select(Room.name, Room.id).where(Room.site_id == site.id)
        names = {name.casefold() for name, known in session.exec(others) if known != command.room_id}
        name = _name(command.name, MOST_ROOM, names)
        values: dict[str, Any] = {
            "name": name,
            "sort_key": sort_key(name, ROOM_KEY),
            "is_secured": command.is_secured,
        }
        if command.room_id is None:
            room = Room(site_id=site.id or 0, **values)
            session.add(room)
            session.flush()
        else:
            room = room_for(session, command.room_id, by)
            if room.site_id != site.id:
                raise NotFoundError
            change(session, room, command.version, **values)
        what = "room:add:record" if command.room_id is None else "room:change:record"
        facts = {"name": name, "site": site.id, "secured": command.is_secured}
        journal.record(session, what, f"room:{room.id}", by=by, now=now, facts=facts)
        return {"room": room.id}

    return int(once(session, command.request_id, by=by, what="room:save", now=now, act=act)["room"])


def remove_site(session: Session, command: Remove, *, by: Viewer, now: datetime) -> int:
    """Take the site away; the id of its unit.

    Raises:
        RefusedError: something hangs on it.
        NotFoundError, StaleError: as they say.
    """

    def act() -> dict[str, object]:
        site = site_for(session, command.row_id, by)
        if hanging_on(session, site):
            raise RefusedError("units.holds", name=site.name)
        facts = {"name": site.name, "unit": site.unit_id}
        remove(session, site, command.version)
        journal.record(session, "site:remove:record", f"site:{command.row_id}", by=by, now=now, facts=facts)
        return {"site": facts}

    answer = once(session, command.request_id, by=by, what="site:remove", now=now, act=act)
    return int(answer["site"]["unit"])


def remove_room(session: Session, command: Remove, *, by: Viewer, now: datetime) -> int:
    """Take the room away; the id of its site.

    Raises:
        RefusedError: something hangs on it.
        NotFoundError, StaleError: as they say.
    """

    def act() -> dict[str, object]:
        room = room_for(session, command.row_id, by)
        if hanging_on(session, room):
            raise RefusedError("units.holds", name=room.name)
        facts = {"name": room.name, "site": room.site_id, "secured": room.is_secured}
        remove(session, room, command.version)
        journal.record(session, "room:remove:record", f"room:{command.row_id}", by=by, now=now, facts=facts)
        return {"room": facts}

    answer = once(session, command.request_id, by=by, what="room:remove", now=now, act=act)
    return int(answer["room"]["site"])
