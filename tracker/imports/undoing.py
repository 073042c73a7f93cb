"""An import taken back: new assets go, changed fields get their earlier values; what has been touched since is left and told."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import bindparam, delete, insert, update
from sqlmodel import Session, col, select

from tracker import journal
from tracker.errors import NotFoundError, RefusedError
from tracker.imports.diff import Outcome
from tracker.imports.known import COLUMNS
from tracker.imports.preparing import plain
from tracker.swedish import search_key
from tracker.tables import (
    Asset,
    AssetIdentifier,
    Device,
    DeviceModel,
    ImportLine,
    ImportRun,
    Movement,
    Unit,
    metadata,
)
from tracker.words import AssetStatus, IdentifierKind, ImportState, ImportWhat, MovementKind, Permission

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from tracker.roles import Viewer

TOGETHER = 500
MOST_LEFT = 500
"""Tags that were left, told by name; all are counted."""
_DATES = frozenset({"purchased_on", "warranty_ends", "support_ends"})
_OURS = frozenset({"asset_identifier", "movement", "device"})
"""Tables whose rows about a new asset go with it or let go of it."""


@dataclass(slots=True)
class Undone:
    """What taking back did. `left`: tags touched since, wholly or in part as they are now."""

    removed: int = 0
    restored: int = 0
    left: list[str] = field(default_factory=list)


def pointing_at(table: str, besides: Iterable[str] = ()) -> Iterator[sa.Column[Any]]:
    """Every column of the register that points at rows of the table."""
    for other in metadata.sorted_tables:
        for key in other.foreign_keys:
            if key.column.table.name == table and other.name not in besides:
                yield key.parent


def in_use(session: Session, table: str, ids: list[int], besides: Iterable[str] = ()) -> set[int]:
    """Which of these rows of the table something points at."""
    used: set[int] = set()
    for column in pointing_at(table, besides):
        used |= set(session.execute(sa.select(column).where(column.in_(ids)).distinct()).scalars())
    return used


class _Taking:
    def __init__(self, session: Session, run: ImportRun, by: Viewer | None, now: datetime) -> None:
        self._session = session
        self._run = run
        self._by = by
        self._now = now
        self._paths: dict[int | None, str] = {unit.id: unit.path for unit in session.exec(select(Unit))}
        self.done = Undone()

    def _is_mine(self, asset: Any) -> bool:
        path = self._paths.get(asset.unit_id, "")
        return self._by is None or self._by.may(Permission.ASSET_IMPORT, path)

    def _assets(self, lines: list[Any]) -> dict[int, Any]:
        columns = [getattr(Asset, name) for name in ("id", "version", "tag", *COLUMNS)]
        wanted = (
            select(*columns).where(col(Asset.id).in_([line.asset_id for line in lines])).with_for_update()
        )
        return {row.id: row for row in self._session.execute(wanted) if self._is_mine(row)}

    def _steps(self, ids: list[int]) -> tuple[set[int], Counter[int]]:
        """(new assets that somebody has done something with, how many steps of each that have been taken back)."""
        undone = select(ImportRun.id).where(col(ImportRun.state) == ImportState.UNDONE)
        gone = set(self._session.exec(undone)) - {self._run.id}
        touched: set[int] = set()
        steps: Counter[int] = Counter()
        moved = sa.select(col(Movement.asset_id), col(Movement.facts)).where(
            col(Movement.asset_id).in_(ids), col(Movement.kind) != MovementKind.IMPORTED
        )
        for asset_id, facts in self._session.execute(moved):
            if "undone" in facts or facts.get("import") in gone:
                steps[asset_id] += 1
            else:
                touched.add(asset_id)
        return touched, steps

    def new(self, lines: list[Any]) -> None:
        """Take away the assets that the import made."""
        assets = self._assets(lines)
        touched, steps = self._steps(list(assets))
        gone = []
        for line in lines:
            asset = assets.get(line.asset_id or 0)
            if asset is None or asset.version != line.version + steps[asset.id] or asset.id in touched:
                self.done.left.append(line.tag)
            else:
                gone.append(asset)
        ids = [asset.id for asset in gone]
        kept = in_use(self._session, "asset", ids, _OURS)
        run = self._session.execute
        run(update(Device).where(col(Device.asset_id).in_(ids)).values(asset_id=None))
        run(delete(AssetIdentifier).where(col(AssetIdentifier.asset_id).in_(ids)))
        away = [number for number in ids if number not in kept]
        run(delete(Movement).where(col(Movement.asset_id).in_(away)))
        run(delete(Asset).where(col(Asset.id).in_(away)))
        self._mark_deleted([asset for asset in gone if asset.id in kept])
        self.done.removed += len(ids)

    def _mark_deleted(self, assets: list[Any]) -> None:
        """What a finding speaks of stays as a deleted asset, so that the finding can still be read."""
        values = {"status": AssetStatus.DELETED, "version": col(Asset.version) + 1, "changed_at": self._now}
        self._session.execute(
            update(Asset).where(col(Asset.id).in_([asset.id for asset in assets])).values(**values)
        )
        self._moved([(asset, asset.status, AssetStatus.DELETED, asset.unit_id) for asset in assets])

    def _moved(self, rows: list[tuple[Any, AssetStatus, AssetStatus, int]]) -> None:
        values = [
            {
                "asset_id": asset.id,
                "kind": MovementKind.CHANGED,
                "at": self._now,
                "by_id": self._by.user_id if self._by is not None else None,
                "unit_id": unit_id,
                "before": before,
                "after": after,
                "facts": {"undone": self._run.id},
            }
            for asset, before, after, unit_id in rows
        ]
        if values:
            self._session.execute(insert(Movement), values)

    def changed(self, lines: list[Any]) -> None:
        """Give changed fields their earlier values, each where it is still as the import left it."""
        assets = self._assets(lines)
        have = self._identifiers(list(assets))
        rows, dropped = [], []
        for line in lines:
            asset = assets.get(line.asset_id or 0)
            values, is_whole = _earlier(line, asset) if asset is not None else ({}, False)
            mine = have.get(line.asset_id or 0, {})
            drop = [mine[kind, value] for kind, value in line.facts.get("added", ()) if (kind, value) in mine]
            if not is_whole or len(drop) != len(line.facts.get("added", ())):
                self.done.left.append(line.tag)
            if asset is not None and (values or drop):
                kept = sorted(value for known, value in mine if mine[known, value] not in drop)
                rows.append((asset, values, kept))
                dropped += drop
        self._session.execute(delete(AssetIdentifier).where(col(AssetIdentifier.id).in_(dropped)))
        self._restore(rows)
        self.done.restored += len(rows)

    def _identifiers(self, ids: list[int]) -> dict[int, dict[tuple[str, str], int]]:
        found: dict[int, dict[tuple[str, str], int]] = {}
        for row in self._session.exec(select(AssetIdentifier).where(col(AssetIdentifier.asset_id).in_(ids))):
            found.setdefault(row.asset_id, {})[IdentifierKind(row.kind).value, row.value] = row.id or 0
        return found

    def _restore(self, rows: list[tuple[Any, dict[str, Any], list[str]]]) -> None:
        if not rows:
            return
        models = {m.id: f"{m.vendor} {m.name}" for m in self._session.exec(select(DeviceModel))}
        values, moved = [], []
        for asset, earlier, known_by in rows:
            full = {name: earlier.get(name, getattr(asset, name)) for name in COLUMNS}
            words = search_key(asset.tag, full["name"], models.get(full["model_id"]), *known_by)
            values.append({**full, "search_key": words[:800], "asset": asset.id, "was": asset.version})
            moved.append((asset, asset.status, full["status"], full["unit_id"]))
        names: dict[str, Any] = {name: bindparam(name) for name in (*COLUMNS, "search_key")}
        statement = (
            update(Asset)
            .where(col(Asset.id) == bindparam("asset"), col(Asset.version) == bindparam("was"))
            .values({**names, "version": bindparam("was") + 1, "changed_at": self._now})
        )
        self._session.connection().execute(statement, values)
        self._moved(moved)

    def places(self) -> None:
        """Take away the rooms, sites, models and units that the import made and nothing uses."""
        for table, ids in self._run.facts.get("made", {}).items():
            unused = set(ids) - in_use(self._session, table, ids)
            rows = metadata.tables[table]
            self._session.execute(rows.delete().where(rows.c.id.in_(unused)))


def _earlier(line: Any, asset: Any) -> tuple[dict[str, Any], bool]:
    """(columns to set back, whether that is all that the import changed)."""
    columns = line.facts.get("columns", {})
    back = {
        name: _value(name, before)
        for name, (before, after) in columns.items()
        if plain(getattr(asset, name)) == after
    }
    return back, len(back) == len(columns)


def _value(name: str, said: Any) -> Any:
    if said is None:
        return None
    if name == "status":
        return AssetStatus(said)
    return date.fromisoformat(said) if name in _DATES else said


def stored_run(session: Session, import_id: int, by: Viewer | None) -> ImportRun:
    """A stored or undone import over whose units the actor holds the right.

    Raises:
        NotFoundError: it is not there, or not for this actor.
    """
    run = session.get(ImportRun, import_id)
    if run is None or run.what is not ImportWhat.ASSETS or run.state is ImportState.DRAFT:
        raise NotFoundError
    if by is not None and not by.may(Permission.ASSET_IMPORT, run.unit_path):
        raise NotFoundError
    return run


def take_back(session: Session, import_id: int, *, by: Viewer | None, now: datetime) -> Undone:
    """Undo an import, in the caller's transaction.

    Raises:
        NotFoundError: it is not there, or not for this actor.
        RefusedError: it has been taken back already, or is so old that its rows are gone.
    """
    run = stored_run(session, import_id, by)
    claimed = session.connection().execute(
        update(ImportRun)
        .where(col(ImportRun.id) == import_id, col(ImportRun.state) == ImportState.STORED)
        .values(
            state=ImportState.UNDONE,
            version=col(ImportRun.version) + 1,
            undone_at=now,
            undone_by_id=by.user_id if by is not None else None,
        )
    )
    if claimed.rowcount != 1:
        raise RefusedError("imports.undone_before")
    if run.facts.get("expired"):
        raise RefusedError("imports.too_old")
    taking = _Taking(session, run, by, now)
    for outcome, take in ((Outcome.NEW, taking.new), (Outcome.CHANGED, taking.changed)):
        for lines in _lines(session, import_id, outcome):
            take(lines)
    taking.places()
    done = taking.done
    session.refresh(run)
    left = {"left": done.left[:MOST_LEFT], "left_count": len(done.left)}
    run.facts = {**run.facts, **left, "removed": done.removed, "restored": done.restored}
    session.add(run)
    facts = {"file": run.file, "removed": done.removed, "restored": done.restored, "left": len(done.left)}
    journal.record(session, "asset:import:undo", f"import:{import_id}", by=by, now=now, facts=facts)
    return done


def _lines(session: Session, import_id: int, outcome: Outcome) -> Iterator[list[Any]]:
    """The import's lines of an outcome, some at a time: a row of columns each, for none is to be kept in the session."""
    after = 0
    columns = [getattr(ImportLine, name) for name in ("number", "tag", "asset_id", "version", "facts")]
    wanted = (
        sa.select(*columns)
        .where(col(ImportLine.import_id) == import_id, col(ImportLine.outcome) == outcome.value)
        .order_by(col(ImportLine.number))
        .limit(TOGETHER)
    )
    while lines := list(session.execute(wanted.where(col(ImportLine.number) > after))):
        after = lines[-1].number
        yield lines
