"""People by hand: a new one, and one that is changed. No personal identity number enters, and none is repeated."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, func, select

from tracker import journal
from tracker.errors import InvalidError, NotFoundError, RefusedError, TrackerError
from tracker.movements.units import unit_for
from tracker.movements.versions import change
from tracker.personal_numbers import holds_personal_number
from tracker.requests import once
from tracker.swedish import search_key, sort_key
from tracker.tables import Asset, Person
from tracker.words import Permission

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from tracker.roles import Viewer

MOST_NAME, MOST_ID = 160, 120

Wrong = dict[str, TrackerError]


class Described(BaseModel):
    """What a form about a person says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    external_id: str = ""
    """What other systems call the person."""
    unit_id: int
    is_pupil: bool | None
    """None: not said, which is refused together with whatever else is wrong."""
    is_protected: bool = False
    request_id: str


class AddPerson(Described):
    """A new person."""


class ChangePerson(Described):
    """A person as it shall be.

    Attributes:
        version: as the form showed it.
        left_on: when the person left, as it was written; `today` where nothing is, nothing for one who is active.
        today: the local date.
    """

    person_id: int
    version: int
    is_active: bool
    left_on: str = ""
    today: date


def line_complaint(text: str, most: int) -> TrackerError | None:
    """What is wrong with a name or an id. A text that holds a personal identity number is not in the complaint. Pure."""
    if holds_personal_number(text):
        return TrackerError("people.personal_number")
    if len(text) > most:
        return TrackerError("imports.too_long", most=most)
    return None if text.isprintable() else TrackerError("people.unseen_marks")


def _check_lines(command: Described) -> tuple[str, str | None, Wrong]:
    name, external_id = " ".join(command.name.split()), " ".join(command.external_id.split())
    complaints = {
        "name": line_complaint(name, MOST_NAME) if name else TrackerError("people.no_name"),
        "external_id": line_complaint(external_id, MOST_ID),
        "kind": TrackerError("people.no_kind") if command.is_pupil is None else None,
    }
    return name, external_id or None, {key: said for key, said in complaints.items() if said is not None}


def _check_unit(session: Session, unit_id: int, by: Viewer, wrong: Wrong) -> None:
    try:
        unit_for(session, unit_id, by, Permission.PERSON_EDIT)
    except NotFoundError:
        wrong["unit"] = TrackerError("people.no_unit")


def _check_id(session: Session, external_id: str | None, but: int | None, wrong: Wrong) -> None:
    taken = select(Person.id).where(Person.external_id == external_id, Person.id != but)
    if but is None:
        taken = select(Person.id).where(Person.external_id == external_id)
    if external_id is not None and session.exec(taken).first() is not None:
        wrong.setdefault("external_id", TrackerError("people.id_taken", value=external_id))


@contextmanager
def _keeping_ids_apart(session: Session, external_id: str | None) -> Iterator[None]:
    """Of two people who write one id at the same moment the second is told so."""
    try:
        with session.begin_nested():
            yield
    except IntegrityError as error:
        raise InvalidError(
            {"external_id": TrackerError("people.id_taken", value=external_id or "")}
        ) from error


def add_person(session: Session, command: AddPerson, *, by: Viewer, now: datetime) -> int:
    """Add the person; its id.

    Raises:
        InvalidError: a name, id or unit that cannot be taken.
    """

    def act() -> dict[str, object]:
        name, external_id, wrong = _check_lines(command)
        _check_unit(session, command.unit_id, by, wrong)
        _check_id(session, external_id, None, wrong)
        if wrong:
            raise InvalidError(wrong)
        said: dict[str, Any] = {
            "name": name,
            "external_id": external_id,
            "unit_id": command.unit_id,
            "is_pupil": command.is_pupil,
            "is_protected": command.is_protected,
        }
        person = Person(sort_key=sort_key(name), search_key=search_key(name), **said)
        with _keeping_ids_apart(session, external_id):
            session.add(person)
            session.flush()
        journal.record(session, "person:add:record", f"person:{person.id}", by=by, now=now, personal=said)
        return {"person": person.id}

    return int(once(session, command.request_id, by=by, what="person:add", now=now, act=act)["person"])


def person_to_change(session: Session, person_id: int, by: Viewer) -> Person:
    """The person, when the actor may edit it.

    Raises:
        NotFoundError: it is not there for this actor.
        RefusedError: protected, and the actor may not see the name that the form would show.
    """
    person = session.get(Person, person_id)
    if person is None:
        raise NotFoundError
    unit = unit_for(session, person.unit_id, by, Permission.PERSON_EDIT)
    unit_for(session, person.unit_id, by, Permission.PERSON_VIEW)
    if person.is_protected and not by.may(Permission.PERSON_VIEW_PROTECTED, unit.path):
        raise RefusedError("people.protected_stays")
    return person


def _left_on(command: ChangePerson, wrong: Wrong) -> date | None:
    try:
        left_on = date.fromisoformat(command.left_on) if command.left_on else command.today
    except ValueError:
        wrong["left_on"] = TrackerError("people.no_day")
        return None
    if command.is_active:
        return None
    if left_on > command.today:
        wrong["left_on"] = TrackerError("people.left_in_future")
    return left_on


def _held(session: Session, person: Person) -> int:
    return session.exec(select(func.count()).select_from(Asset).where(Asset.holder_id == person.id)).one()


def change_person(session: Session, command: ChangePerson, *, by: Viewer, now: datetime) -> None:
    """Set what the form says. A person who holds devices may become inactive; the journal says how many they were.

    Raises:
        InvalidError: a name, id, unit or day that cannot be taken.
        NotFoundError, RefusedError, StaleError: as they say.
    """

    def act() -> dict[str, object]:
        person = person_to_change(session, command.person_id, by)
        name, external_id, wrong = _check_lines(command)
        _check_unit(session, command.unit_id, by, wrong)
        _check_id(session, external_id, person.id, wrong)
        meant: dict[str, Any] = {
            "name": name,
            "external_id": external_id,
            "unit_id": command.unit_id,
            "is_pupil": command.is_pupil,
            "is_protected": command.is_protected,
            "is_active": command.is_active,
            "left_on": _left_on(command, wrong),
        }
        if wrong:
            raise InvalidError(wrong)
        _set(session, person, command.version, meant, by, now)
        return {}

    once(session, command.request_id, by=by, what="person:change", now=now, act=act)


def _set(
    session: Session, person: Person, version: int, meant: dict[str, Any], by: Viewer, now: datetime
) -> None:
    before = {key: getattr(person, key) for key in meant}
    changed = [key for key in meant if before[key] != meant[key]]
    ended = bool(before["is_active"]) and not meant["is_active"]
    keys = {"sort_key": sort_key(meant["name"]), "search_key": search_key(meant["name"])}
    with _keeping_ids_apart(session, meant["external_id"]):
        change(session, person, version, **meant, **keys)
    facts: dict[str, Any] = {"changed": changed}
    if ended:
        facts["held"] = _held(session, person)
    personal = {
        "before": {key: _plain(before[key]) for key in changed},
        "after": {key: _plain(meant[key]) for key in changed},
    }
    about = f"person:{person.id}"
    journal.record(
        session,
        "person:change:record",
        about,
        by=by,
        now=now,
        facts=facts,
        personal=personal if changed else None,
    )


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value
