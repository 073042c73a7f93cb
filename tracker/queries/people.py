"""People to hand out to, as this viewer may see them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlmodel import Session, col, select

from tracker.names import shown_name
from tracker.queries.narrowing import contains, within
from tracker.tables import Person, Unit
from tracker.words import Language, Permission

if TYPE_CHECKING:
    from tracker.roles import Viewer

MOST = 12


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One person in a list of suggestions."""

    id: int
    name: str
    unit: str
    is_pupil: bool


def named(session: Session, person_id: int | None, viewer: Viewer, language: Language) -> str | None:
    """A person's name as this viewer may see it, None for nobody."""
    person = session.get(Person, person_id) if person_id is not None else None
    unit = session.get(Unit, person.unit_id) if person is not None else None
    if person is None:
        return None
    return shown_name(person, unit.path if unit is not None else "", viewer, language)


def search(session: Session, viewer: Viewer, text: str, language: Language) -> tuple[PersonRow, ...]:
    """People whose name holds every word. A protected person is found only by those who may see the name."""
    if not text.strip():
        return ()
    rows = session.exec(
        select(Person, Unit)
        .join(Unit, col(Person.unit_id) == col(Unit.id))
        .where(
            contains(col(Person.search_key), text),
            within(viewer, Permission.PERSON_VIEW, col(Person.unit_id)),
            col(Person.is_active).is_(True),
        )
        .order_by(col(Person.sort_key), col(Person.id))
        .limit(MOST * 3)
    ).all()
    found = [
        PersonRow(person.id or 0, shown_name(person, unit.path, viewer, language), unit.name, person.is_pupil)
        for person, unit in rows
        if not person.is_protected or viewer.may(Permission.PERSON_VIEW_PROTECTED, unit.path)
    ]
    return tuple(found[:MOST])
