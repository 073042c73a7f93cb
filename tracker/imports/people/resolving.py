"""What a row means for the person it is about: the unit, and everything that would be another than it is. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tracker.imports.people.checking import Checked
from tracker.imports.people.diff import NewClass, Outcome
from tracker.imports.people.known import FIELDS, Standing, class_key
from tracker.words import Permission

if TYPE_CHECKING:
    from tracker.imports.people.known import Known

Changes = dict[str, tuple[Any, Any]]
"""Column → (before, after); before is None for a new person, `unit_id` after is None for a class that is to be made."""


@dataclass(slots=True)
class Line:
    """One person: what the file does to it. `number` is the row, 0 for somebody who is not in the file."""

    number: int
    outcome: Outcome
    row: Checked | None = None
    person: Standing | None = None
    changes: Changes = field(default_factory=dict)
    made: NewClass | None = None
    home: tuple[int, bool] | None = None
    """(school or other unit, whether a pupil) that the row shows the file to be about."""


class Resolver:
    """Resolves rows, and gathers the classes that are not there."""

    def __init__(self, known: Known, *, is_pupil: bool | None) -> None:
        self._known = known
        self._is_pupil = is_pupil
        self.classes: dict[tuple[int, str], NewClass] = {}
        self.kindless = 0
        self.guarded = 0

    def _school(self, row: Checked, person: Standing | None) -> int | None:
        if not row.school:
            if person is None:
                row.complain("school", "people_files.no_school")
                return None
            return self._known.home(person.unit_id)
        found = self._known.schools(row.school)
        if len(found) == 1:
            return found[0]
        if found:
            row.complain("school", "people_files.many_schools", value=row.school)
        elif self._known.is_elsewhere(row.school):
            row.complain("school", "people_files.school_elsewhere", value=row.school)
        elif near := self._known.near(row.school):
            row.complain("school", "people_files.school_near", value=row.school, near=", ".join(near))
        else:
            row.complain("school", "people_files.no_such_school", value=row.school)
        return None

    def _class(self, row: Checked, school_id: int) -> tuple[int | None, NewClass | None]:
        known, named = self._known, class_key(row.school_class)
        if found := known.classes.get((school_id, named)):
            return found, None
        made = self.classes.get((school_id, named))
        if made is None:
            near = known.near_class(school_id, row.school_class)
            made = NewClass(school_id, known.units[school_id].name, row.school_class, near)
            self.classes[school_id, named] = made
        return None, made

    def _unit(self, row: Checked, person: Standing | None) -> tuple[int | None, int | None, NewClass | None]:
        """(the unit, the school, the class to be made)."""
        school_id = self._school(row, person)
        if school_id is None:
            return None, None, None
        if row.school_class:
            unit_id, made = self._class(row, school_id)
            return unit_id, school_id, made
        # No class is said: who is at the school stays in the class.
        is_there = person is not None and self._known.home(person.unit_id) == school_id
        return (person.unit_id if person is not None and is_there else school_id), school_id, None

    def _kind(self, row: Checked, person: Standing | None) -> bool | None:
        if row.is_pupil is not None:
            return row.is_pupil
        if person is not None:
            return person.is_pupil
        if self._is_pupil is None:
            self.kindless += 1
        return self._is_pupil

    def _reveals(self, person: Standing, unit_id: int) -> bool:
        """Whether the move would show the importer a name that is hidden where the person is now."""
        wanted = Permission.PERSON_VIEW_PROTECTED if person.is_protected else Permission.PERSON_VIEW
        return not self._known.may(wanted, person.unit_id) and self._known.may(wanted, unit_id)

    def _protected(self, row: Checked, person: Standing | None) -> bool:
        was = person is not None and person.is_protected
        said = row.is_protected if row.is_protected is not None else was
        if person is not None and was and not said:
            # Whoever may not see the name could see it by this.
            if self._known.may(Permission.PERSON_VIEW_PROTECTED, person.unit_id):
                return False
            self.guarded += 1
            return True
        return said

    def _check_reach(self, row: Checked, person: Standing | None, school_id: int | None) -> None:
        if person is None:
            if not row.name and not row.complaints:
                row.complain("name", "people_files.no_name")
        elif not self._known.in_reach(person.unit_id):
            row.complain("id", "people_files.person_elsewhere")
        elif school_id is not None and self._reveals(person, school_id):
            row.complain("school", "people_files.move_shows")

    def resolve(self, row: Checked) -> Line:
        """What becomes of the person that the row names."""
        person = self._known.person(row.code)
        if row.is_active is False and (person is None or not person.is_active) and not row.complaints:
            return Line(row.number, Outcome.SKIPPED if person is None else Outcome.SAME, row, person)
        unit_id, school_id, made = self._unit(row, person)
        self._check_reach(row, person, school_id)
        is_pupil = self._kind(row, person)
        if row.complaints or school_id is None:
            return Line(row.number, Outcome.WRONG, row, person)
        home = (school_id, bool(is_pupil))
        if row.is_active is False:
            return Line(row.number, Outcome.LEAVES, row, person, {"is_active": (True, False)}, home=home)
        after: dict[str, Any] = {
            "name": row.name or (person.name if person is not None else ""),
            "unit_id": unit_id,
            "is_pupil": bool(is_pupil),
            "is_protected": self._protected(row, person),
            "is_active": True,
        }
        changes = {
            name: (getattr(person, name, None), after[name])
            for name in FIELDS
            if person is None or getattr(person, name) != after[name]
        }
        return Line(row.number, judge(person, changes), row, person, changes, made, home)


def judge(person: Standing | None, changes: Changes) -> Outcome:
    """The weightiest of what changes."""
    if person is None:
        return Outcome.NEW
    if "is_protected" in changes:
        return Outcome.PROTECTED if changes["is_protected"][1] else Outcome.UNPROTECTED
    if "is_active" in changes:
        return Outcome.RETURNING
    if "unit_id" in changes:
        return Outcome.MOVED
    return Outcome.CHANGED if changes else Outcome.SAME
