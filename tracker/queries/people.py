"""People: suggestions to hand out to, and the list, as this viewer may see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from tracker.errors import InvalidError, NotFoundError, TrackerError
from tracker.names import shown_name
from tracker.queries.by_words import Shape, by_words, holds, shaped
from tracker.queries.narrowing import PAGE, Page, cursor_of, one_of, paged, within
from tracker.tables import Asset, Person, Unit
from tracker.words import EXPECTED_ON_NETWORK, Language, Permission, UnitKind

if TYPE_CHECKING:
    from tracker.roles import Viewer

MOST = 12
KINDS = ("pupil", "staff")
STATES = ("active", "holding", "left_holding", "left", "all")
HELD = EXPECTED_ON_NETWORK
"""Statuses of an asset that its holder has: a lost or stolen one is not there to be returned."""


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One person in a list of suggestions."""

    id: int
    name: str
    unit: str
    is_pupil: bool


@dataclass(frozen=True, slots=True)
class PeopleFilter:
    """What a link to the list says, and a name, which is never in a link.

    Attributes:
        text: words of a name, or a whole id.
        unit_id: this unit and everything below it.
        kind: one of `KINDS`; `state`: one of `STATES`.
    """

    text: str = ""
    unit_id: int | None = None
    kind: str | None = None
    state: str = "active"
    cursor: str | None = None
    size: int = PAGE


@dataclass(frozen=True, slots=True)
class PersonLine:
    """One row of the list; a masked person has neither class nor unit."""

    id: int
    name: str
    class_name: str
    unit: str
    is_pupil: bool
    is_active: bool
    left_on: date | None
    held: int


def named(session: Session, person_id: int | None, viewer: Viewer, language: Language) -> str | None:
    """A person's name as this viewer may see it, None for nobody."""
    person = session.get(Person, person_id) if person_id is not None else None
    unit = session.get(Unit, person.unit_id) if person is not None else None
    if person is None:
        return None
    return shown_name(person, unit.path if unit is not None else "", viewer, language)


def masked(viewer: Viewer) -> sa.ColumnElement[bool]:
    """The protected persons whose name this viewer may not see."""
    seen = within(viewer, Permission.PERSON_VIEW_PROTECTED, col(Person.unit_id))
    return sa.and_(col(Person.is_protected), sa.not_(seen))


@lru_cache(maxsize=256)
def _named_like(viewer: Viewer, shape: Shape) -> Any:
    # Put in order within an index first, joined then: many bear a first name, and few are said.
    first = (
        sa.select(col(Person.id))
        .where(
            holds(Person, shape),
            within(viewer, Permission.PERSON_VIEW, col(Person.unit_id)),
            col(Person.is_active).is_(True),
            sa.not_(masked(viewer)),
        )
        .order_by(col(Person.sort_key), col(Person.id))
        .limit(MOST)
    )
    said = (col(Person.name), col(Person.is_protected), col(Person.is_pupil))
    return (
        sa.select(col(Person.id), *said, col(Unit.name).label("unit"), col(Unit.path))
        .join(Unit, col(Person.unit_id) == col(Unit.id))
        .where(col(Person.id).in_(first))
        .order_by(col(Person.sort_key), col(Person.id))
    )


def search(session: Session, viewer: Viewer, text: str, language: Language) -> tuple[PersonRow, ...]:
    """People whose name holds every word. A protected person is found only by those who may see the name."""
    if not text.strip():
        return ()
    shape, words = shaped(session, text, Person)
    return tuple(
        PersonRow(row.id, shown_name(row, row.path, viewer, language), row.unit, row.is_pupil)
        for row in session.execute(_named_like(viewer, shape), words)
    )


def unit_seen(session: Session, viewer: Viewer, unit_id: int) -> Unit:
    """A unit whose people this viewer sees.

    Raises:
        NotFoundError: it is not there for this viewer.
    """
    unit = session.get(Unit, unit_id)
    if unit is None or not viewer.may(Permission.PERSON_VIEW, unit.path):
        raise NotFoundError
    return unit


@dataclass(frozen=True, slots=True)
class Narrowed:
    """The unit that the list is narrowed to, and the classes right below it."""

    unit: Unit
    classes: tuple[Unit, ...]


def narrowing(session: Session, viewer: Viewer, unit_id: int | None) -> Narrowed | None:
    """What the list is narrowed to, None for nothing.

    Raises:
        NotFoundError: the unit is not there for this viewer.
    """
    if unit_id is None:
        return None
    unit = unit_seen(session, viewer, unit_id)
    below = select(Unit).where(Unit.parent_id == unit_id, Unit.kind == UnitKind.CLASS)
    return Narrowed(unit, tuple(session.exec(below.order_by(col(Unit.sort_key), col(Unit.id)))))


_HOLDS = col(Asset.holder_id) == col(Person.id)
_IS_HELD = col(Asset.status).in_(HELD)
_PARENTS = aliased(Unit)


def _conditions(session: Session, viewer: Viewer, chosen: PeopleFilter) -> list[sa.ColumnElement[bool]]:
    kind = one_of(chosen.kind, KINDS, "kind")
    state = one_of(chosen.state, STATES, "state") or "active"
    found = [within(viewer, Permission.PERSON_VIEW, col(Person.unit_id))]
    if kind:
        found.append(col(Person.is_pupil).is_(kind == "pupil"))
    if state in {"active", "left", "left_holding"}:
        found.append(col(Person.is_active).is_(state == "active"))
    if state in {"holding", "left_holding"}:
        found.append(sa.exists().where(_HOLDS, _IS_HELD))
    # Whoever may not see a protected person's name may not find out class or school by narrowing, nor the name by trying.
    if chosen.unit_id is not None:
        unit = unit_seen(session, viewer, chosen.unit_id)
        below = sa.select(col(Unit.id)).where(col(Unit.path).startswith(unit.path))
        found += [col(Person.unit_id).in_(below), sa.not_(masked(viewer))]
    if text := chosen.text.strip():
        is_named = by_words(session, Person, text).condition
        found += [sa.or_(is_named, col(Person.external_id) == text), sa.not_(masked(viewer))]
    return found


def _place(viewer: Viewer) -> Any:
    """What the list is ordered by: those without a name first, so that their place does not give it away."""
    return sa.case((masked(viewer), ""), else_=col(Person.sort_key))


def _statement(place: Any) -> Any:
    held = sa.select(sa.func.count()).select_from(Asset).where(_HOLDS, _IS_HELD).correlate(Person)
    return (
        sa.select(
            col(Person.id),
            col(Person.name),
            col(Person.is_protected),
            col(Person.is_pupil),
            col(Person.is_active),
            col(Person.left_on),
            col(Unit.name).label("unit"),
            col(Unit.kind),
            col(Unit.path),
            col(_PARENTS.name).label("above"),
            held.scalar_subquery().label("held"),
            place.label("place"),
        )
        .select_from(Person)
        .join(Unit, col(Person.unit_id) == col(Unit.id))
        .join(_PARENTS, col(Unit.parent_id) == col(_PARENTS.id), isouter=True)
    )


def where_of(found: Any, *, is_named: bool) -> tuple[str, str]:
    """Class and unit of a row with `unit`, `kind` and `above`; both empty for a masked person."""
    if not is_named:
        return "", ""
    return (found.unit, found.above or "") if found.kind is UnitKind.CLASS else ("", found.unit)


def _line(found: Any, viewer: Viewer, language: Language) -> PersonLine:
    name = shown_name(found, found.path, viewer, language)
    class_name, unit = where_of(found, is_named=name == found.name)
    return PersonLine(
        found.id, name, class_name, unit, found.is_pupil, found.is_active, found.left_on, found.held
    )


def list_people(
    session: Session, viewer: Viewer, chosen: PeopleFilter, language: Language
) -> Page[PersonLine]:
    """One page of the list. A cursor holds a person's id alone: a sort key would put the name in the address.

    Raises:
        InvalidError: a filter or cursor that there is none of.
        NotFoundError: the unit is not there for this viewer.
    """
    backwards, _, number = cursor_of(chosen.cursor)
    conditions, place = _conditions(session, viewer, chosen), _place(viewer)
    order = (place.desc(), col(Person.id).desc()) if backwards else (place, col(Person.id))
    statement = _statement(place).where(*conditions).order_by(*order).limit(chosen.size + 1)
    mine = within(viewer, Permission.PERSON_VIEW, col(Person.unit_id))
    if chosen.cursor:
        here = session.execute(sa.select(place).where(col(Person.id) == number, mine)).scalar()
        if here is None:
            raise InvalidError({"cursor": TrackerError("error.unknown_filter", value=chosen.cursor[:40])})
        there, at = sa.tuple_(place, col(Person.id)), sa.tuple_(sa.literal(here), sa.literal(number))
        statement = statement.where(there < at if backwards else there > at)
    found = session.execute(statement).all()
    rows = [_line(one, viewer, language) for one in found]
    kept, following, previous = paged(
        rows, [f"|{one.id}" for one in found], before=backwards, cursor=chosen.cursor, size=chosen.size
    )
    counted = select(sa.func.count()).select_from(Person)
    return Page(
        kept,
        following,
        previous,
        session.exec(counted.where(*conditions)).one(),
        session.exec(counted.where(mine)).one(),
    )
