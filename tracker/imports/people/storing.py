"""A compared file of people into the register: in bulk, all of it in the caller's transaction or nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from tracker import journal
from tracker.errors import RefusedError, StaleError
from tracker.imports.people.comparing import Comparison
from tracker.imports.people.diff import WRITTEN, Choices, Diff, NewClass, Outcome
from tracker.imports.people.known import FIELDS, class_key
from tracker.imports.people.resolving import judge
from tracker.imports.storing import common
from tracker.roles import Viewer
from tracker.setup import add_unit
from tracker.swedish import search_key, sort_key
from tracker.tables import ImportLine, ImportRun, Person, Unit
from tracker.words import ImportState, ImportWhat, UnitKind

if TYPE_CHECKING:
    from pathlib import Path

    from tracker.imports.people.resolving import Changes, Line

MOST_KEY = 320
Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Deed:
    """By whom and when (`today`: the local date) a file is stored, or taken back."""

    by: Viewer | None
    now: datetime
    today: date


def keys_of(name: str) -> Values:
    """What a person's name is sorted and searched by."""
    return {"sort_key": sort_key(name)[:MOST_KEY], "search_key": search_key(name)[:MOST_KEY]}


def update_people(session: Session, rows: list[Values]) -> None:
    """Set columns of many people whom this transaction has locked; a row has `person`, `was` (its version) and every field."""
    if not rows:
        return
    names: Values = {name: bindparam(name) for name in (*FIELDS, "left_on", "sort_key", "search_key")}
    statement = (
        update(Person)
        .where(col(Person.id) == bindparam("person"), col(Person.version) == bindparam("was"))
        .values({**names, "version": bindparam("was") + 1})
    )
    session.connection().execute(statement, rows)


def wanted(line: Line, choices: Choices) -> Changes:
    """What of a line is written, as it was ticked. Pure."""
    if line.outcome is Outcome.LEAVES and not choices.end_leavers:
        return {}
    if line.outcome is Outcome.UNPROTECTED and not choices.clear_protection:
        return {name: pair for name, pair in line.changes.items() if name != "is_protected"}
    return line.changes


def became(line: Line, changes: Changes) -> Outcome:
    """What a line came to, once it was ticked what of it is done. Pure."""
    return line.outcome if line.outcome is Outcome.LEAVES else judge(line.person, changes)


class _Writer:
    def __init__(
        self, session: Session, work: Comparison, run: ImportRun, choices: Choices, deed: Deed
    ) -> None:
        self._session = session
        self._known = work.known
        self._run = run
        self._choices = choices
        self._deed = deed
        self._made: dict[tuple[int, str], int] = {}
        self.entries: list[journal.Entry] = []
        self.units: set[int] = set()
        self.counts: Counter[Outcome] = Counter()

    @property
    def made(self) -> list[int]:
        """Ids of the classes that were made."""
        return list(self._made.values())

    def _class(self, made: NewClass) -> int:
        named = (made.school_id, class_key(made.name))
        if named not in self._made:
            unit = add_unit(
                self._session, made.name, UnitKind.CLASS, self._session.get_one(Unit, made.school_id)
            )
            facts = {
                "name": made.name,
                "kind": unit.kind.value,
                "parent": made.school_id,
                "import": self._run.id,
            }
            self._made[named] = unit.id or 0
            self.entries.append(journal.Entry("unit:add:record", f"unit:{unit.id}", facts))
        return self._made[named]

    def _settled(self, line: Line, changes: Changes) -> Changes:
        """The changes, with the id of a class that had to be made."""
        if line.made is None or "unit_id" not in changes:
            return changes
        return {**changes, "unit_id": (changes["unit_id"][0], self._class(line.made))}

    def _new(self, rows: list[tuple[Line, Changes]]) -> list[int]:
        if not rows:
            return []
        values = [
            {
                "version": 1,
                "external_id": line.row.code if line.row is not None else None,
                **{name: after for name, (_, after) in changes.items()},
                **keys_of(changes["name"][1]),
            }
            for line, changes in rows
        ]
        statement = insert(Person).returning(col(Person.id), sort_by_parameter_order=True)
        return list(self._session.execute(statement, values).scalars())

    def _old(self, rows: list[tuple[Line, Changes]]) -> None:
        values = []
        for line, changes in rows:
            person = line.person
            if person is None:
                continue
            full = {name: changes[name][1] if name in changes else getattr(person, name) for name in FIELDS}
            left_on = None if full["is_active"] else self._deed.today
            row = {"person": person.id, "was": person.version, "left_on": left_on}
            values.append({**full, **keys_of(full["name"]), **row})
        update_people(self._session, values)

    def _tell(self, line: Line, person_id: int, changes: Changes) -> Values:
        is_new = line.person is None
        code = line.row.code if line.row is not None else None
        after = {name: after for name, (_, after) in changes.items()}
        personal: Values = {"external_id": code, **after}
        if not is_new:
            personal = {"before": {name: before for name, (before, _) in changes.items()}, "after": after}
        what = "person:add:record" if is_new else "person:change:record"
        facts = {"import": self._run.id}
        left_on = line.person.left_on if line.person is not None else None
        self.entries.append(journal.Entry(what, f"person:{person_id}", facts, personal))
        return {
            "import_id": self._run.id,
            "number": line.number,
            "outcome": became(line, changes).value,
            "tag": "",
            "person_id": person_id,
            "version": line.person.version + 1 if line.person is not None else 1,
            "facts": {
                "columns": {name: list(pair) for name, pair in changes.items()},
                "left_on": left_on.isoformat() if left_on is not None else None,
            },
        }

    def write(self, lines: list[Line]) -> None:
        """Write the people among these who change."""
        rows = [
            (line, self._settled(line, changes))
            for line in lines
            if line.outcome in WRITTEN and (changes := wanted(line, self._choices))
        ]
        new = [row for row in rows if row[0].person is None]
        old = [row for row in rows if row[0].person is not None]
        numbered = [
            *zip(self._new(new), new, strict=True),
            *((one[0].person.id, one) for one in old if one[0].person),
        ]
        self._old(old)
        told = [self._tell(line, number, changes) for number, (line, changes) in numbered]
        if told:
            self._session.execute(insert(ImportLine), told)
        for line, changes in rows:
            self.units |= {unit_id for unit_id in changes.get("unit_id", ()) if unit_id}
            self.units |= {line.person.unit_id} if line.person is not None else set()
            self.counts[became(line, changes)] += 1


def _finish(session: Session, run: ImportRun, diff: Diff, writer: _Writer, deed: Deed) -> None:
    run.state = ImportState.STORED
    run.stored_at = deed.now
    run.format, run.seen = diff.format, diff.seen
    counts = {outcome.value: writer.counts[outcome] for outcome in WRITTEN}
    run.counts = {**counts, Outcome.SAME.value: diff.counts[Outcome.SAME]}
    run.facts = {**diff.as_facts(), "made": {"unit": writer.made}}
    paths = session.execute(select(col(Unit.path)).where(col(Unit.id).in_(writer.units))).scalars()
    run.unit_path = common(set(paths)) if writer.units else ""
    session.add(run)
    session.flush()
    facts = {**counts, "classes": len(writer.made)}
    whole = journal.Entry("people:import:store", f"import:{run.id}", facts)
    journal.record_all(session, [whole, *writer.entries], by=deed.by, now=deed.now)


def store_into(
    session: Session,
    run: ImportRun,
    path: Path,
    choices: Choices,
    deed: Deed,
    *,
    is_pupil: bool | None = None,
) -> Diff:
    """Compare the file once more and write it; what was compared is what is stored.

    Raises:
        RefusedError: rows have complaints, or there is nothing to do.
        InvalidError: something has to be ticked first, or the number of leavers is another.
        StaleError: the register is no longer what it was when the comparison was shown.
    """
    work = Comparison(session, deed.by, is_pupil=is_pupil, lock=True)
    writer = _Writer(session, work, run, choices, deed)
    try:
        for lines in work.lines(path):
            if not work.diff.counts[Outcome.WRONG]:  # else read on, to say how many
                writer.write(lines)
    except IntegrityError as error:  # an id that somebody wrote by hand meanwhile
        raise StaleError("imports.compared_before") from error
    work.diff.must_be_ready()
    if run.seen and work.diff.seen != run.seen:
        raise StaleError("imports.compared_before")
    work.diff.check(choices)
    if not writer.counts:
        raise RefusedError("people_files.nothing_ticked")
    _finish(session, run, work.diff, writer, deed)
    return work.diff


def store(
    session: Session, path: Path, choices: Choices, deed: Deed, *, is_pupil: bool | None = None
) -> tuple[int, Diff]:
    """Store a file straight away; the import's id, by which it can be taken back.

    Raises:
        RefusedError, InvalidError: as `store_into` says.
    """
    by_id = deed.by.user_id if deed.by is not None else None
    draft = ImportState.DRAFT
    run = ImportRun(what=ImportWhat.PEOPLE, state=draft, file=path.name[:160], by_id=by_id, at=deed.now)
    session.add(run)
    session.flush()
    return run.id or 0, store_into(session, run, path, choices, deed, is_pupil=is_pupil)
