"""A compared file into the register: in bulk, all of it in the caller's transaction or nothing."""

from __future__ import annotations

from os.path import commonpath
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, literal, select, update
from sqlmodel import Session, col

from tracker import journal
from tracker.aside import uncollected
from tracker.errors import StaleError
from tracker.imports.comparing import Compared, Comparison
from tracker.imports.diff import Diff, Outcome
from tracker.imports.known import COLUMNS, MOST_KEY
from tracker.imports.making import Maker
from tracker.imports.questions import as_json
from tracker.inserting import insert_numbered
from tracker.swedish import search_key, sort_key
from tracker.tables import Asset, AssetIdentifier, ImportLine, ImportRun, Movement
from tracker.words import AssetStatus, ImportState, MovementKind

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from tracker.imports.questions import Answers
    from tracker.roles import Viewer

_WRITTEN = frozenset({Outcome.NEW, Outcome.CHANGED})
Values = dict[str, Any]
_UNSAID: Values = dict.fromkeys(COLUMNS) | {"status": AssetStatus.IN_STOCK}
"""What a new asset is where the row says nothing."""
Written = tuple[Compared, Values]


def plain(value: Any) -> Any:
    """A column's value for JSON: ids and texts as they are, dates as ISO."""
    return value if value is None or isinstance(value, int) else str(value)


def common(paths: set[str]) -> str:
    """The lowest path that all of these lie below. Pure."""
    shared = commonpath(paths).strip("/")
    return f"/{shared}/" if shared else "/"


class _Writer:
    def __init__(self, session: Session, work: Comparison, run: ImportRun, now: datetime) -> None:
        self._connection = session.connection()
        self._known = work.known
        self._run = run
        self._now = now
        self._by_id = work.known.by.user_id if work.known.by is not None else None
        self.maker = Maker(session, work.known)
        self.units: set[int] = set()

    def _values(self, one: Compared) -> Values:
        """The asset's columns after the import: what the row says, else what was."""
        row, meant, asset = one.row, one.meant, one.asset
        was = _UNSAID if asset is None else {name: getattr(asset, name) for name in COLUMNS}
        unit_id = self.maker.unit(meant.unit) or was["unit_id"]
        site_id = self.maker.site(meant.site, unit_id) or was["site_id"]
        kept_room = was["room_id"] if site_id == was["site_id"] else None
        said: Values = {
            "status": meant.status,
            "site_id": site_id,
            "unit_id": unit_id,
            "holder_id": meant.holder.id if meant.holder is not None else None,
            "model_id": self.maker.model(row, meant),
            "name": row.name,
            "note": row.note,
            "purchased_on": row.purchased,
            "support_ends": row.support_ends,
        }
        values: Values = {name: said.get(name) or was[name] for name in COLUMNS}
        values["room_id"] = self.maker.room(meant.room, site_id) or kept_room
        model = self._known.model_names.get(values["model_id"])
        known_by = sorted(value for _, value in one.row.identifiers | one.have)
        tag = asset.tag if asset is not None else row.tag
        values["search_key"] = search_key(tag, values["name"], model, *known_by)[:800]
        self.units.add(unit_id)
        if asset is not None:
            self.units.add(asset.unit_id)
        return values

    def _new(self, rows: list[Written]) -> list[int]:
        values = [
            {
                **values,
                "tag": one.row.tag,
                "sort_key": sort_key(one.row.tag)[:MOST_KEY],
                "version": 1,
                "expected_online": True,
                "created_at": self._now,
                "changed_at": self._now,
            }
            for one, values in rows
        ]
        return insert_numbered(self._connection, Asset, values)

    def _changed(self, rows: list[Written]) -> None:
        if not rows:
            return
        statement = (
            update(Asset)
            .where(col(Asset.id) == bindparam("asset"), col(Asset.version) == bindparam("was"))
            .values({"version": bindparam("was") + 1, "changed_at": self._now})
        )
        values = [{**values, "asset": one.asset.id, "was": one.asset.version} for one, values in rows]
        names: Values = {name: bindparam(name) for name in (*COLUMNS, "search_key")}
        self._connection.execute(statement.values(names), values)

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
        movements = [
            {
                "asset_id": one.asset.id,
                "kind": MovementKind.CHANGED,
                "at": self._now,
                "by_id": self._by_id,
                "unit_id": values["unit_id"],
                "before": one.asset.status,
                "after": values["status"],
                "facts": {"import": self._run.id},
            }
            for one, values in rows
        ]
        self._insert(Movement, movements)

    def _insert(self, table: Any, rows: list[Values]) -> None:
        if rows:
            self._connection.execute(insert(table), rows)

    def _line(self, one: Compared, asset_id: int, values: Values) -> Values:
        columns = {
            name: [plain(getattr(one.asset, name)), plain(values[name])]
            for name in COLUMNS
            if one.asset is not None and getattr(one.asset, name) != values[name]
        }
        added = sorted([kind.value, value] for kind, value in one.row.identifiers - one.have)
        return {
            "import_id": self._run.id,
            "number": one.row.number,
            "outcome": one.outcome.value,
            "tag": one.row.tag,
            "asset_id": asset_id,
            "version": one.asset.version + 1 if one.asset is not None else 1,
            "facts": {"fields": one.changes, "columns": columns, "added": added},
        }

    def write(self, together: list[Compared]) -> None:
        """Write the new and changed rows among these."""
        rows = [(one, self._values(one)) for one in together if one.outcome in _WRITTEN]
        new = [row for row in rows if row[0].asset is None]
        old = [row for row in rows if row[0].asset is not None]
        made = self._new(new)
        self._move_new(made)
        self._changed(old)
        self._move_changed(old)
        numbered = [*zip(made, new, strict=True), *((row[0].asset.id, row) for row in old)]
        identifiers = [
            {"asset_id": asset_id, "kind": kind, "value": value}
            for asset_id, (one, _) in numbered
            for kind, value in sorted(one.row.identifiers - one.have)
        ]
        self._insert(AssetIdentifier, identifiers)
        self._insert(ImportLine, [self._line(one, number, values) for number, (one, values) in numbered])


def _finish(
    session: Session, run: ImportRun, diff: Diff, writer: _Writer, now: datetime, work: Comparison
) -> None:
    run.state = ImportState.STORED
    run.stored_at = now
    run.format, run.seen = diff.format, diff.seen
    run.counts = {outcome.value: n for outcome, n in diff.counts.items()}
    run.facts = {"made": {table: ids for table, ids in writer.maker.made.items() if ids}}
    run.unit_path = common({work.known.paths[unit_id] for unit_id in writer.units}) if writer.units else ""
    session.add(run)
    session.flush()
    facts = {"file": run.file, "new": diff.counts[Outcome.NEW], "changed": diff.counts[Outcome.CHANGED]}
    journal.record(session, "asset:import:store", f"import:{run.id}", by=work.known.by, now=now, facts=facts)


def store_into(  # noqa: PLR0913 -- the file and its answers, by whom and when
    session: Session,
    run: ImportRun,
    path: Path,
    answers: Answers,
    *,
    by: Viewer | None,
    now: datetime,
    told: Callable[[int], None] = lambda _rows: None,
) -> Diff:
    """Compare the file once more and write it; what was compared is what is stored.

    Raises:
        RefusedError: there are complaints or questions.
        StaleError: the register is no longer what it was when the comparison was shown.
    """
    work = Comparison(session, answers, by, lock=True)
    writer = _Writer(session, work, run, now)
    with uncollected():
        for together in work.rows(path):
            if work.diff.complained or work.asks:
                continue  # read on, to say how many; the transaction ends with nothing
            writer.write(together)
            told(work.diff.rows)
    work.diff.must_be_ready()
    if run.seen and work.diff.seen != run.seen:
        raise StaleError("imports.compared_before")
    run.answers = as_json(answers)
    _finish(session, run, work.diff, writer, now, work)
    return work.diff


def store(  # noqa: PLR0913 -- whose file with which answers, by whom and when
    session: Session,
    path: Path,
    source: str,
    answers: Answers,
    *,
    by: Viewer | None,
    now: datetime,
    told: Callable[[int], None] = lambda _rows: None,
) -> tuple[int, Diff]:
    """Store a file straight away; the import's id, by which it can be taken back.

    Raises:
        RefusedError: there are complaints or questions.
    """
    run = ImportRun(
        state=ImportState.DRAFT, file=source[:160], by_id=by.user_id if by is not None else None, at=now
    )
    session.add(run)
    session.flush()
    return run.id or 0, store_into(session, run, path, answers, by=by, now=now, told=told)
