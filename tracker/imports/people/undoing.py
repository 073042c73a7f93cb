"""An import of people taken back: new people go, changed ones get what they had; what has been touched since is left and told.

Protection that the import gave stays: only a person with that right takes it away, one by one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from tracker import journal
from tracker.errors import NotFoundError, RefusedError
from tracker.imports.people.diff import Outcome
from tracker.imports.people.known import FIELDS
from tracker.imports.people.preparing import keys_of
from tracker.imports.people.storing import update_people
from tracker.imports.undoing import in_use
from tracker.tables import ImportLine, ImportRun, Person, Unit
from tracker.words import ImportState, ImportWhat, Permission

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tracker.imports.people.diff import Deed
    from tracker.imports.people.preparing import Values
    from tracker.roles import Viewer

TOGETHER = 500
MOST_LEFT = 200
"""People that were left, told one by one; all are counted."""


@dataclass(slots=True)
class Undone:
    """What taking back did. `left`: ids of people that are, wholly or in part, as they are now."""

    removed: int = 0
    restored: int = 0
    left: list[int] = field(default_factory=list)


def _as_left(person: Any, line: Any) -> Values:
    """Field → its value before, of those that still are as the import left them."""
    columns = line.facts["columns"].items()
    return {name: before for name, (before, after) in columns if getattr(person, name) == after}


class _Taking:
    def __init__(self, session: Session, run: ImportRun, deed: Deed) -> None:
        self._session = session
        self._run = run
        self._deed = deed
        self._paths = {unit.id: unit.path for unit in session.exec(select(Unit))}
        self._entries: list[journal.Entry] = []
        self.done = Undone()

    def _is_mine(self, unit_id: int) -> bool:
        by, path = self._deed.by, self._paths.get(unit_id)
        return path is not None and (by is None or by.may(Permission.PERSON_EDIT, path))

    def _people(self, lines: list[Any]) -> dict[int, Any]:
        columns = [getattr(Person, name) for name in ("id", "version", "left_on", "external_id", *FIELDS)]
        ids = [line.person_id for line in lines]
        found = self._session.execute(sa.select(*columns).where(col(Person.id).in_(ids)).with_for_update())
        return {row.id: row for row in found if self._is_mine(row.unit_id)}

    def _tell(self, what: str, person_id: int, personal: Values) -> None:
        facts = {"undone": self._run.id}
        self._entries.append(journal.Entry(what, f"person:{person_id}", facts, personal))

    def new(self, lines: list[Any]) -> None:
        """Take away the people that the import made and nothing has been done with."""
        people = self._people(lines)
        used = in_use(self._session, "person", list(people))
        gone = []
        for line in lines:
            person = people.get(line.person_id)
            if person is None or person.id in used or len(_as_left(person, line)) != len(FIELDS):
                self.done.left.append(line.person_id)
            else:
                gone.append(person.id)
                self._tell(
                    "person:remove:record",
                    person.id,
                    {"external_id": person.external_id, "name": person.name},
                )
        self._session.execute(delete(Person).where(col(Person.id).in_(gone)))
        self.done.removed += len(gone)

    def _earlier(self, person: Any, line: Any) -> Values:
        """The fields to set back: those that still are as the import left them."""
        back = _as_left(person, line)
        if back.get("is_protected") is False:
            del back["is_protected"]
        if "unit_id" in back and not self._is_mine(back["unit_id"]):
            del back["unit_id"]
        return back

    def _restored(self, person: Any, line: Any, back: Values) -> Values:
        columns: Values = keys_of(back["name"]) if "name" in back else {}
        if "is_active" in back:
            was = line.facts.get("left_on")
            earlier = date.fromisoformat(was) if was else self._deed.today
            columns["left_on"] = None if back["is_active"] else earlier
        now = {name: getattr(person, name) for name in back}
        self._tell("person:change:record", person.id, {"before": now, "after": back})
        return {**back, **columns, "person": person.id, "was": person.version}

    def changed(self, lines: list[Any]) -> None:
        """Give changed people what they had."""
        people = self._people(lines)
        rows = []
        for line in lines:
            person = people.get(line.person_id)
            back = self._earlier(person, line) if person is not None else {}
            if len(back) != len(line.facts["columns"]):
                self.done.left.append(line.person_id)
            if back:
                rows.append(self._restored(person, line, back))
        update_people(self._session, rows)
        self.done.restored += len(rows)

    def classes(self) -> None:
        """Take away the classes that the import made and nothing hangs on."""
        made = set(self._run.facts.get("made", {}).get("unit", ()))
        unused = made - in_use(self._session, "unit", list(made))
        self._session.execute(delete(Unit).where(col(Unit.id).in_(unused)))
        facts = {"undone": self._run.id}
        self._entries += [journal.Entry("unit:remove:record", f"unit:{one}", facts) for one in sorted(unused)]

    def close(self) -> None:
        """Write down what was done."""
        done = self.done
        facts = {"removed": done.removed, "restored": done.restored, "left": len(done.left)}
        whole = journal.Entry("people:import:undo", f"import:{self._run.id}", facts)
        journal.record_all(self._session, [whole, *self._entries], by=self._deed.by, now=self._deed.now)
        self._session.refresh(self._run)
        told = {"left": done.left[:MOST_LEFT], "left_count": len(done.left)}
        self._run.facts = {**self._run.facts, **told, "removed": done.removed, "restored": done.restored}
        self._session.add(self._run)


def is_of_people(session: Session, import_id: int) -> bool:
    """Whether an import is one of people."""
    run = session.get(ImportRun, import_id)
    return run is not None and run.what is ImportWhat.PEOPLE


def stored_run(session: Session, import_id: int, by: Viewer | None) -> ImportRun:
    """A stored or undone import of people over whose units the actor holds the right.

    Raises:
        NotFoundError: it is not there, or not for this actor.
    """
    run = session.get(ImportRun, import_id)
    if run is None or run.what is not ImportWhat.PEOPLE or run.state is ImportState.DRAFT:
        raise NotFoundError
    if by is not None and not by.may(Permission.PERSON_EDIT, run.unit_path):
        raise NotFoundError
    return run


def _lines(session: Session, import_id: int, *, new: bool) -> Iterator[list[Any]]:
    """The import's lines, some at a time: rows of columns, for none is to be kept in the session."""
    columns = [getattr(ImportLine, name) for name in ("id", "person_id", "facts")]
    is_new = col(ImportLine.outcome) == Outcome.NEW.value
    of_it = (col(ImportLine.import_id) == import_id, is_new if new else sa.not_(is_new))
    chosen = sa.select(*columns).where(*of_it).order_by(col(ImportLine.id)).limit(TOGETHER)
    after = 0
    while lines := list(session.execute(chosen.where(col(ImportLine.id) > after))):
        after = lines[-1].id
        yield lines


def take_back(session: Session, import_id: int, deed: Deed) -> Undone:
    """Undo an import, in the caller's transaction.

    Raises:
        NotFoundError: it is not there, or not for this actor.
        RefusedError: it has been taken back already, or is so old that its rows are gone.
    """
    run = stored_run(session, import_id, deed.by)
    claimed = session.connection().execute(
        update(ImportRun)
        .where(col(ImportRun.id) == import_id, col(ImportRun.state) == ImportState.STORED)
        .values(
            state=ImportState.UNDONE,
            version=col(ImportRun.version) + 1,
            undone_at=deed.now,
            undone_by_id=deed.by.user_id if deed.by is not None else None,
        )
    )
    if claimed.rowcount != 1:
        raise RefusedError("imports.undone_before")
    if run.facts.get("expired"):
        raise RefusedError("imports.too_old")
    taking = _Taking(session, run, deed)
    for lines in _lines(session, import_id, new=True):
        taking.new(lines)
    for lines in _lines(session, import_id, new=False):
        taking.changed(lines)
    taking.classes()
    taking.close()
    return taking.done
