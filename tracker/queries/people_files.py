"""Imports of people as the pages show them: who would change how, with names as this viewer may see them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from tracker.imports.people.diff import WRITTEN, Emptying, NewClass, Outcome
from tracker.names import shown_name
from tracker.queries.imports import run_for, user_name
from tracker.tables import Asset, ImportLine, ImportRun, Person, Unit
from tracker.words import EXPECTED_ON_NETWORK, ImportState, ImportWhat, Permission, UnitKind

if TYPE_CHECKING:
    from tracker.roles import Viewer
    from tracker.words import Language

SHOWN = 50
"""People shown of each outcome; all are counted."""


@dataclass(frozen=True, slots=True)
class Held:
    """A device that somebody who leaves has. `id` None: of a unit whose assets the viewer does not see."""

    id: int | None
    tag: str


@dataclass(frozen=True, slots=True)
class PersonChange:
    """One person. `changes`: (field, before, after), without values for somebody whose name is masked."""

    row: int
    person_id: int | None
    name: str
    unit: str
    changes: tuple[tuple[str, str, str], ...]
    held: tuple[Held, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """The people with one outcome: the first of them, and how many more there are."""

    outcome: str
    total: int
    people: tuple[PersonChange, ...]

    @property
    def more(self) -> int:
        """Those that are not shown."""
        return self.total - len(self.people)


@dataclass(frozen=True, slots=True)
class PeopleRun:
    """One import: its figures, and who changes."""

    run: ImportRun
    is_draft: bool
    who: str | None
    undone_by: str | None
    sections: tuple[Section, ...]
    complaints: tuple[tuple[int, str, str, dict[str, Any]], ...]
    """(row, column, code, data), the first of them."""
    classes: tuple[NewClass, ...]
    emptying: tuple[Emptying, ...]
    left: tuple[PersonChange, ...]


class _Shower:
    """Shows lines of one import to one viewer."""

    def __init__(self, session: Session, viewer: Viewer, language: Language) -> None:
        self._session = session
        self._viewer = viewer
        self._language = language
        self._units = {unit.id: unit for unit in session.exec(select(Unit))}

    def _path(self, unit_id: int | None) -> str:
        unit = self._units.get(unit_id)
        return unit.path if unit is not None else ""

    def unit(self, unit_id: int | None) -> str:
        """What a unit is called, a class with its school."""
        unit = self._units.get(unit_id)
        if unit is None:
            return ""
        above = self._units.get(unit.parent_id)
        return f"{above.name} {unit.name}" if unit.kind is UnitKind.CLASS and above is not None else unit.name

    def _where(self, facts: dict[str, Any], person: Person | None) -> str:
        if made := facts.get("class"):
            return f"{self.unit(made[0])} {made[1]}"
        _, after = facts["columns"].get("unit_id", (None, None))
        return self.unit(after or (person.unit_id if person is not None else None))

    def _is_masked(self, facts: dict[str, Any], person: Person | None) -> bool:
        """Whether the name is hidden at any of the units, or by a protection before or after."""
        columns = facts["columns"]
        units = {unit_id for unit_id in columns.get("unit_id", ()) if unit_id}
        units |= {person.unit_id} if person is not None else set()
        units |= {facts["class"][0]} if "class" in facts else set()
        protected = any(columns.get("is_protected", ())) or (person is not None and person.is_protected)
        wanted = Permission.PERSON_VIEW_PROTECTED if protected else Permission.PERSON_VIEW
        return not all(self._viewer.may(wanted, self._path(unit_id)) for unit_id in units)

    def _value(self, field: str, value: Any) -> str:
        if value is None:
            return ""
        if field == "unit_id":
            return self.unit(value)
        return str(value) if field == "name" else f"{field}.{'yes' if value else 'no'}"

    def _changes(
        self, facts: dict[str, Any], where: str, *, masked: bool
    ) -> tuple[tuple[str, str, str], ...]:
        found = []
        for field, (before, after) in facts["columns"].items():
            said = where if field == "unit_id" else self._value(field, after)
            is_hidden = masked and field in {"name", "unit_id"}
            found.append((field, "" if is_hidden else self._value(field, before), "" if is_hidden else said))
        return tuple(found)

    def _masked_name(self, facts: dict[str, Any], person: Person | None) -> str:
        protected = any(facts["columns"].get("is_protected", ())) or (
            person is not None and person.is_protected
        )
        hidden = Person(name="", unit_id=0, sort_key="", search_key="", is_protected=protected)
        return shown_name(hidden, "", self._viewer, self._language)

    def one(self, line: Any, person: Person | None, held: tuple[Held, ...]) -> PersonChange:
        """One line."""
        facts, masked = line.facts, self._is_masked(line.facts, person)
        where = self._where(facts, person)
        _, name = facts["columns"].get("name", (None, None))
        if masked:
            name = self._masked_name(facts, person)
        elif person is not None and name is None:
            name = person.name
        is_new = line.outcome == Outcome.NEW.value
        changes = () if is_new else self._changes(facts, where, masked=masked)
        if is_new and any(facts["columns"].get("is_protected", ())):
            changes = (("is_protected", "", "is_protected.yes"),)
        person_id = person.id if person is not None else None
        return PersonChange(line.number, person_id, str(name), "" if masked else where, changes, held)

    def held(self, ids: list[int]) -> dict[int, tuple[Held, ...]]:
        """What these people have."""
        found: dict[int, list[Held]] = defaultdict(list)
        columns = (Asset.holder_id, Asset.id, Asset.tag, Asset.unit_id, Asset.status)
        rows = self._session.execute(
            sa.select(*map(col, columns)).where(col(Asset.holder_id).in_(ids)).order_by(col(Asset.sort_key))
        )
        for holder_id, asset_id, tag, unit_id, status in rows:
            if status in EXPECTED_ON_NETWORK:
                sees = self._viewer.may(Permission.ASSET_VIEW, self._path(unit_id))
                found[holder_id].append(Held(asset_id if sees else None, tag if sees else ""))
        return {person_id: tuple(held) for person_id, held in found.items()}


def _lines(session: Session, run: ImportRun, outcome: str) -> list[ImportLine]:
    mine = (col(ImportLine.import_id) == run.id, col(ImportLine.outcome) == outcome)
    ordered = select(ImportLine).where(*mine).order_by(col(ImportLine.number), col(ImportLine.id))
    return list(session.exec(ordered.limit(SHOWN)))


def _people(session: Session, ids: set[int | None]) -> dict[int | None, Person]:
    return {one.id: one for one in session.exec(select(Person).where(col(Person.id).in_(ids)))}


def _section(session: Session, shower: _Shower, run: ImportRun, outcome: Outcome) -> Section:
    lines = _lines(session, run, outcome.value)
    people = _people(session, {line.person_id for line in lines})
    leaving = [one.id or 0 for one in people.values()] if outcome is Outcome.LEAVES else []
    held = shower.held(leaving)
    shown = tuple(
        shower.one(line, people.get(line.person_id), held.get(line.person_id or 0, ())) for line in lines
    )
    return Section(outcome.value, int(run.counts.get(outcome.value, 0)), shown)


def _left(session: Session, shower: _Shower, run: ImportRun) -> tuple[PersonChange, ...]:
    """Those whom taking back left as they are."""
    people = _people(session, set(run.facts.get("left", ())[:SHOWN]))
    nothing = ImportLine(
        import_id=run.id or 0, number=0, outcome=Outcome.SAME.value, tag="", facts={"columns": {}}
    )
    return tuple(shower.one(nothing, person, ()) for person in people.values())


def people_run(session: Session, viewer: Viewer, import_id: int, language: Language) -> PeopleRun:
    """One import of people.

    Raises:
        NotFoundError: it is not there, or not for this viewer.
    """
    run = run_for(session, viewer, import_id, ImportWhat.PEOPLE)
    shower = _Shower(session, viewer, language)
    complaints = [
        (line.number, *complaint)
        for line in _lines(session, run, Outcome.WRONG.value)
        for complaint in line.facts.get("complaints", ())
    ]
    return PeopleRun(
        run,
        run.state is ImportState.DRAFT,
        user_name(session, run.by_id),
        user_name(session, run.undone_by_id),
        tuple(_section(session, shower, run, one) for one in WRITTEN if run.counts.get(one.value)),
        tuple(complaints),
        tuple(NewClass(*one) for one in run.facts.get("classes", ())),
        tuple(Emptying(*one) for one in run.facts.get("emptying", ())),
        _left(session, shower, run),
    )
