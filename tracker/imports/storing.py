"""A prepared file into the register: in bulk, all of it in the caller's transaction or nothing."""

from __future__ import annotations

from os.path import commonpath
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, literal, select, update
from sqlmodel import Session, col

from tracker import journal
from tracker.aside import uncollected
from tracker.errors import StaleError
from tracker.imports.diff import Diff, Outcome
from tracker.imports.making import settled
from tracker.imports.preparing import SET, Prepared, Ready, prepare
from tracker.imports.questions import as_json
from tracker.inserting import insert_numbered_rows, insert_rows
from tracker.tables import Asset, AssetIdentifier, ImportLine, ImportRun, Movement
from tracker.words import ImportState, MovementKind

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from tracker.imports.questions import Answers
    from tracker.roles import Viewer

TOGETHER = 2_000
"""Rows written at once."""
Values = dict[str, Any]
Written = tuple[Ready, tuple[Any, ...]]
_STATUS, _UNIT = SET.index("status"), SET.index("unit_id")
_LINE = ("import_id", "number", "outcome", "tag", "asset_id", "version", "facts")


def common(paths: set[str]) -> str:
    """The lowest path that all of these lie below. Pure."""
    shared = commonpath(paths).strip("/")
    return f"/{shared}/" if shared else "/"


class _Writer:
    def __init__(self, session: Session, run: ImportRun, by: Viewer | None, now: datetime) -> None:
        self._connection = session.connection()
        self._run = run
        self._now = now
        self._by_id = by.user_id if by is not None else None

    def _new(self, rows: list[Written]) -> list[int]:
        names = (*SET, "tag", "sort_key", "version", "expected_online", "created_at", "changed_at")
        values = [(*values, one.tag, one.key, 1, True, self._now, self._now) for one, values in rows]
        return insert_numbered_rows(self._connection, Asset, names, values)

    def _changed(self, rows: list[Written]) -> None:
        if not rows:
            return
        statement = (
            update(Asset)
            .where(col(Asset.id) == bindparam("asset"), col(Asset.version) == bindparam("was"))
            .values({"version": bindparam("was") + 1, "changed_at": self._now})
        )
        values = [
            {**dict(zip(SET, values, strict=True)), "asset": one.asset.id, "was": one.asset.version}
            for one, values in rows
        ]
        self._connection.execute(statement.values({name: bindparam(name) for name in SET}), values)

    def _move_new(self, asset_ids: list[int]) -> None:
        """The movements of new assets, out of what was just stored of them: nothing of it passes through here again."""
        said: Values = {
            "kind": MovementKind.IMPORTED,
            "at": self._now,
            "by_id": self._by_id,
            "facts": {"import": self._run.id},
        }
        names = [*said, "asset_id", "unit_id", "after"]
        values = [literal(value, getattr(Movement, name).type) for name, value in said.items()]
        rows = select(*values, col(Asset.id), col(Asset.unit_id), col(Asset.status))
        if asset_ids:
            made = rows.where(col(Asset.id).in_(asset_ids)).order_by(col(Asset.id))
            self._connection.execute(insert(Movement).from_select(names, made))

    def _move_changed(self, rows: list[Written]) -> None:
        names = ("asset_id", "kind", "at", "by_id", "unit_id", "before", "after", "facts")
        facts, kind = {"import": self._run.id}, MovementKind.CHANGED
        movements = (
            (
                one.asset.id,
                kind,
                self._now,
                self._by_id,
                values[_UNIT],
                one.asset.status,
                values[_STATUS],
                facts,
            )
            for one, values in rows
        )
        insert_rows(self._connection, Movement, names, movements)

    def _line(self, one: Ready, asset_id: int, values: tuple[Any, ...]) -> tuple[Any, ...]:
        version = one.asset.version + 1 if one.asset is not None else 1
        facts = one.told or one.facts(values)
        return (self._run.id, one.number, one.outcome, one.tag, asset_id, version, facts)

    def write(self, together: list[Ready]) -> None:
        """Write these rows."""
        rows = [(one, tuple([settled(value) for value in one.values])) for one in together]
        new = [row for row in rows if row[0].asset is None]
        old = [row for row in rows if row[0].asset is not None]
        made = self._new(new)
        self._move_new(made)
        self._changed(old)
        self._move_changed(old)
        numbered = [*zip(made, new, strict=True), *((row[0].asset.id, row) for row in old)]
        identifiers = ((asset_id, *each) for asset_id, (one, _) in numbered for each in one.added)
        insert_rows(self._connection, AssetIdentifier, ("asset_id", "kind", "value"), identifiers)
        lines = (self._line(one, number, values) for number, (one, values) in numbered)
        insert_rows(self._connection, ImportLine, _LINE, lines)


def _write(session: Session, run: ImportRun, ready: Prepared, by: Viewer | None, now: datetime) -> None:
    with uncollected():
        ready.maker.make(session)
        writer = _Writer(session, run, by, now)
        for start in range(0, len(ready.rows), TOGETHER):
            writer.write(ready.rows[start : start + TOGETHER])


def _finish(session: Session, run: ImportRun, ready: Prepared, by: Viewer | None, now: datetime) -> None:
    diff = ready.diff
    run.state = ImportState.STORED
    run.stored_at = now
    run.format, run.seen = diff.format, diff.seen
    run.counts = {outcome.value: n for outcome, n in diff.counts.items()}
    run.facts = {"made": {table: ids for table, ids in ready.maker.made.items() if ids}}
    paths = {ready.work.known.paths[settled(unit)] for unit in ready.units}
    run.unit_path = common(paths) if paths else ""
    session.add(run)
    session.flush()
    facts = {"file": run.file, "new": diff.counts[Outcome.NEW], "changed": diff.counts[Outcome.CHANGED]}
    journal.record(session, "asset:import:store", f"import:{run.id}", by=by, now=now, facts=facts)


def store_into(
    session: Session, run: ImportRun, ready: Prepared, *, by: Viewer | None, now: datetime
) -> Diff:
    """Write what was made ready of a file, and still holds, as this import.

    Raises:
        RefusedError: there are complaints or questions.
        StaleError: the register is no longer what it was when the comparison was shown.
    """
    ready.diff.must_be_ready()
    if run.seen and ready.diff.seen != run.seen:
        raise StaleError("imports.compared_before")
    run.answers = as_json(ready.work.answers)
    _write(session, run, ready, by, now)
    _finish(session, run, ready, by, now)
    return ready.diff


def store(  # noqa: PLR0913 -- whose file with which answers, by whom and when, and what was made ready of it
    session: Session,
    path: Path,
    source: str,
    answers: Answers,
    *,
    by: Viewer | None,
    now: datetime,
    ready: Prepared | None = None,
) -> tuple[int, Diff]:
    """Store a file straight away; the import's id, by which it can be taken back.

    Args:
        session: inside `tracker.db.writing`.
        path: the file.
        source: what it is called in the list of imports.
        answers: what to do about what is unknown.
        by: whose reach limits it; None is the operator at the machine.
        now: when.
        ready: what was made ready before the transaction. Where it no longer holds, the file is compared again, here.

    Raises:
        RefusedError: there are complaints or questions.
    """
    if ready is None or not ready.holds(session):
        ready = prepare(session, path, answers, by=by, lock=True)
    run = ImportRun(
        state=ImportState.DRAFT, file=source[:160], by_id=by.user_id if by is not None else None, at=now
    )
    session.add(run)
    session.flush()
    return run.id or 0, store_into(session, run, ready, by=by, now=now)
