"""The units and the people that the register holds, as the importer may change them."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select
from sqlmodel import Session, col

from tracker.imports.questions import key, near
from tracker.tables import Asset, Person, Unit
from tracker.words import EXPECTED_ON_NETWORK, Permission, UnitKind

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from tracker.roles import Viewer

FIELDS = ("name", "unit_id", "is_pupil", "is_protected", "is_active")
"""A person's columns that a file sets."""
TOGETHER = 500
"""Ids asked for at once."""


class Standing(NamedTuple):
    """A person as the register has it."""

    id: int
    version: int
    code: str | None
    name: str
    unit_id: int
    is_pupil: bool
    is_protected: bool
    is_active: bool
    left_on: date | None


class UnitFact(NamedTuple):
    """A unit. `home_id` is the unit itself, for a class the school that it belongs to."""

    id: int
    name: str
    path: str
    home_id: int
    is_class: bool


def class_key(name: str) -> str:
    """A class's name as it is compared: *7 a* is 7A."""
    return "".join(name.casefold().split())


class Known:
    """Units by name and people by id (`by` None: the operator, who reaches all).

    Args:
        session: where they are read.
        by: whose reach limits it.
        lock: keep others from changing the tree or these people until the transaction ends.
    """

    def __init__(self, session: Session, by: Viewer | None, *, lock: bool = False) -> None:
        self._session = session
        self.by = by
        self._read_units(lock=lock)
        self._read_people(lock=lock)
        self._near: dict[str, tuple[str, ...]] = {}

    def is_as(self, other: Known) -> bool:
        """Whether units and people are what they were when the other was read."""
        mine = (self.units, self.classes, self._schools, self._elsewhere, self.people)
        return mine == (other.units, other.classes, other._schools, other._elsewhere, other.people)

    def _read_units(self, *, lock: bool) -> None:
        if lock:
            root = select(col(Unit.id)).where(col(Unit.parent_id).is_(None)).order_by(col(Unit.id))
            self._session.execute(root.with_for_update()).all()
        columns = (Unit.id, Unit.name, Unit.code, Unit.path, Unit.kind, Unit.parent_id)
        rows = self._session.execute(select(*map(col, columns)).order_by(col(Unit.path))).all()
        self.units: dict[int, UnitFact] = {}
        self.classes: dict[tuple[int, str], int] = {}
        self._schools: dict[str, list[int]] = defaultdict(list)
        self._elsewhere: set[str] = set()
        self._names: dict[str, str] = {}
        for row in rows:
            self._add(row)

    def _add(self, row: Any) -> None:
        is_class = row.kind is UnitKind.CLASS
        home_id = row.parent_id if is_class and row.parent_id is not None else row.id
        self.units[row.id] = UnitFact(row.id, row.name, row.path, home_id, is_class)
        if is_class:
            self.classes[home_id, class_key(row.name)] = row.id
            return
        for said in {key(row.name), key(row.code or "")} - {""}:
            if self.in_reach(row.id):
                self._schools[said].append(row.id)
            else:
                self._elsewhere.add(said)
        if self.in_reach(row.id):
            self._names[key(row.name)] = row.name

    def _read_people(self, *, lock: bool) -> None:
        columns = (Person.id, Person.version, Person.external_id, Person.name, Person.unit_id)
        more = (Person.is_pupil, Person.is_protected, Person.is_active, Person.left_on)
        found = select(*map(col, (*columns, *more)))
        rows = self._session.execute(found.with_for_update() if lock else found)
        self.people: dict[int, Standing] = {}
        self._exact: dict[str, int] = {}
        self._folded: dict[str, int] = {}
        for row in rows:
            one = Standing(*row)
            self.people[one.id] = one
            if one.code:
                self._exact[one.code] = one.id
                self._folded.setdefault(one.code.casefold(), one.id)

    def person(self, code: str) -> Standing | None:
        """Who has the id; written in other letters only where nobody has it as it is."""
        found = self._exact.get(code) or self._folded.get(code.casefold())
        return self.people[found] if found is not None else None

    def schools(self, name: str) -> list[int]:
        """The units within reach, classes apart, that are called so or have this code."""
        return self._schools.get(key(name), [])

    def is_elsewhere(self, name: str) -> bool:
        """Whether such a unit lies outside the importer's reach."""
        return key(name) in self._elsewhere

    def near(self, name: str) -> tuple[str, ...]:
        """Units within reach that are written nearly so."""
        said = key(name)
        if said not in self._near and len(self._near) < TOGETHER:
            self._near[said] = near(name, self._names)
        return self._near.get(said, ())

    def near_class(self, school_id: int, name: str) -> str:
        """A class of the school that is written nearly so, or nothing."""
        mine = {
            k: self.units[unit_id].name for (home, k), unit_id in self.classes.items() if home == school_id
        }
        found = near(class_key(name), mine)
        return found[0] if found else ""

    def in_reach(self, unit_id: int) -> bool:
        """Whether the importer may edit the unit's people."""
        return self.may(Permission.PERSON_EDIT, unit_id)

    def may(self, permission: Permission, unit_id: int) -> bool:
        """Whether the importer holds the permission over the unit."""
        return self.by is None or self.by.may(permission, self.units[unit_id].path)

    def home(self, unit_id: int) -> int:
        """The school of a class; any other unit itself."""
        return self.units[unit_id].home_id

    def holding(self, ids: Iterable[int]) -> dict[int, int]:
        """How many devices each of these people has."""
        found: dict[int, int] = defaultdict(int)
        wanted = list(ids)
        for start in range(0, len(wanted), TOGETHER):
            some = wanted[start : start + TOGETHER]
            held = select(col(Asset.holder_id), col(Asset.status)).where(col(Asset.holder_id).in_(some))
            for holder_id, status in self._session.execute(held):
                found[holder_id] += status in EXPECTED_ON_NETWORK
        return {person_id: n for person_id, n in found.items() if n}
