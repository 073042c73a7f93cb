"""A prepared file of people into the register: in bulk, all of it in the caller's transaction or nothing."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from tracker import journal
from tracker.aside import uncollected
from tracker.errors import RefusedError, StaleError
from tracker.imports.making import settled
from tracker.imports.people.diff import WRITTEN, Choices, Deed, Diff, Outcome
from tracker.imports.people.known import FIELDS
from tracker.imports.people.preparing import Prepared, Ready, Values, prepare
from tracker.imports.storing import common
from tracker.inserting import insert_numbered_rows, insert_rows
from tracker.setup import add_units
from tracker.tables import ImportLine, ImportRun, Person, Unit
from tracker.words import ImportState, ImportWhat, UnitKind

if TYPE_CHECKING:
    from pathlib import Path

_LINE = ("import_id", "number", "outcome", "tag", "person_id", "version", "facts")
_KEYS = ("sort_key", "search_key")


def update_people(session: Session, rows: list[Values]) -> None:
    """Set columns of many people whom this transaction has locked; a row has `person`, `was` (its version) and what is set.

    What is not set is not written: nothing has to be sorted or indexed anew for a name that stays.
    """
    alike: dict[tuple[str, ...], list[Values]] = defaultdict(list)
    for row in rows:
        alike[tuple(row)].append(row)
    for columns, some in alike.items():
        names: Values = {name: bindparam(name) for name in columns if name not in ("person", "was")}
        statement = (
            update(Person)
            .where(col(Person.id) == bindparam("person"), col(Person.version) == bindparam("was"))
            .values({**names, "version": bindparam("was") + 1})
        )
        session.connection().execute(statement, some)


class _Writer:
    def __init__(self, session: Session, run: ImportRun, ready: Prepared, deed: Deed) -> None:
        self._session = session
        self._connection = session.connection()
        self._run = run
        self._ready = ready
        self._deed = deed
        self.entries: list[journal.Entry | journal.Sealed] = []

    def classes(self) -> list[int]:
        """Make the classes; their ids."""
        wanted = list(self._ready.classes.values())
        named = [(one.name, settled(one.of)) for one in wanted]
        units = add_units(self._session, UnitKind.CLASS, named)
        for one, unit_id in zip(wanted, units, strict=True):
            if one.id not in {None, unit_id}:
                raise StaleError("imports.compared_before")
            one.id = unit_id
            facts = {"name": one.name, "kind": UnitKind.CLASS.value, "parent": one.of, "import": self._run.id}
            self.entries.append(journal.Entry("unit:add:record", f"unit:{unit_id}", facts))
        return units

    def _new(self, rows: list[Ready]) -> list[int]:
        values = [
            (
                1,
                one.code,
                *(settled(one.changes[name][1]) for name in FIELDS),
                *(one.columns[key] for key in _KEYS),
            )
            for one in rows
        ]
        names = ("version", "external_id", *FIELDS, *_KEYS)
        return insert_numbered_rows(self._connection, Person, names, values)

    def _old(self, rows: list[Ready]) -> None:
        update_people(
            self._session,
            [
                {
                    **{name: settled(after) for name, (_, after) in one.changes.items()},
                    **one.columns,
                    "person": one.person.id,
                    "was": one.person.version,
                }
                for one in rows
                if one.person is not None
            ],
        )

    def _tell(self, rows: list[tuple[int, Ready]]) -> None:
        facts = journal.seal(journal.Entry("", "", {"import": self._run.id}), self._deed.by).facts
        lines = []
        for person_id, one in rows:
            if one.entry is None:
                one.tell(self._deed)
            if one.entry is not None:
                one.entry.facts, one.entry.subject = facts, f"person:{person_id}"
                self.entries.append(one.entry)
            version = one.person.version + 1 if one.person is not None else 1
            lines.append((self._run.id, one.number, one.outcome.value, "", person_id, version, one.told))
        insert_rows(self._connection, ImportLine, _LINE, lines)

    def write(self) -> None:
        """Write the people."""
        rows = self._ready.rows
        new = [one for one in rows if one.person is None]
        made = self._new(new)
        self._old(rows)
        old = [(one.person.id, one) for one in rows if one.person is not None]
        self._tell([*zip(made, new, strict=True), *old])


def _finish(session: Session, run: ImportRun, ready: Prepared, made: list[int], deed: Deed) -> dict[str, Any]:
    """The import as it is kept; what the journal says of the whole."""
    diff = ready.diff
    run.state = ImportState.STORED
    run.stored_at = deed.now
    run.format, run.seen = diff.format, diff.seen
    counts = {outcome.value: ready.counts[outcome] for outcome in WRITTEN}
    run.counts = {**counts, Outcome.SAME.value: diff.counts[Outcome.SAME]}
    run.facts = {**diff.as_facts(), "made": {"unit": made}}
    units = {settled(unit) for unit in ready.units}
    paths = session.execute(select(col(Unit.path)).where(col(Unit.id).in_(units))).scalars()
    run.unit_path = common(set(paths)) if units else ""
    session.add(run)
    session.flush()
    return {**counts, "classes": len(made)}


def store_into(session: Session, run: ImportRun, ready: Prepared, deed: Deed) -> Diff:
    """Write what was made ready of a file, and still holds, as this import.

    Raises:
        RefusedError: rows have complaints, or there is nothing to do.
        InvalidError: something has to be ticked first, or the number of leavers is another.
        StaleError: the register is no longer what it was when the comparison was shown.
    """
    diff = ready.diff
    diff.must_be_ready()
    if run.seen and diff.seen != run.seen:
        raise StaleError("imports.compared_before")
    diff.check(ready.choices)
    if not ready.rows:
        raise RefusedError("people_files.nothing_ticked")
    writer = _Writer(session, run, ready, deed)
    try:
        with uncollected():
            made = writer.classes()
            writer.write()
    except IntegrityError as error:  # an id that somebody wrote by hand meanwhile
        raise StaleError("imports.compared_before") from error
    facts = _finish(session, run, ready, made, deed)
    whole = journal.Entry("people:import:store", f"import:{run.id}", facts)
    journal.record_all(session, [whole, *writer.entries], by=deed.by, now=deed.now)
    return diff


def store(
    session: Session,
    path: Path,
    choices: Choices,
    deed: Deed,
    *,
    is_pupil: bool | None = None,
    ready: Prepared | None = None,
) -> tuple[int, Diff]:
    """Store a file straight away; the import's id, by which it can be taken back.

    Args:
        session: inside `tracker.db.writing`.
        path: the file.
        choices: what was ticked.
        deed: by whom and when.
        is_pupil: what the rows are that say nothing about it.
        ready: what was made ready before the transaction. Where it no longer holds, the file is compared again, here.

    Raises:
        RefusedError, InvalidError: as `store_into` says.
    """
    if ready is None or not ready.holds(session):
        ready = prepare(session, path, choices, deed, is_pupil=is_pupil, lock=True)
    by_id = deed.by.user_id if deed.by is not None else None
    draft = ImportState.DRAFT
    run = ImportRun(what=ImportWhat.PEOPLE, state=draft, file=path.name[:160], by_id=by_id, at=deed.now)
    session.add(run)
    session.flush()
    return run.id or 0, store_into(session, run, ready, deed)
