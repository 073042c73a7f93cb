"""A register from one kind of database to another, whole: from SQLite to PostgreSQL when it grows, or back."""

from __future__ import annotations

from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from tracker.backup.checking import check
from tracker.errors import RefusedError
from tracker.migrations import upgrade
from tracker.tables import metadata

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection, Engine, Table

BATCH = 1_000
"""Rows in one statement."""


def _parents_first(table: Table, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows in an order in which each comes after the row of the same table that it points to. Pure."""
    own = [key.parent.name for key in table.foreign_keys if key.column.table is table]
    if not own:
        return list(rows)
    by_id = {row["id"]: row for row in rows}
    order = TopologicalSorter({row["id"]: [row[name] for name in own if row[name]] for row in rows})
    return [by_id[number] for number in order.static_order()]


def _read(source: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    found = source.execution_options(yield_per=BATCH).execute(sa.select(table)).mappings()
    for part in found.partitions(BATCH):
        yield [dict(row) for row in part]


def _copy(source: Connection, target: Connection, table: Table) -> int:
    points_to_itself = any(key.column.table is table for key in table.foreign_keys)
    parts: Iterator[list[dict[str, Any]]] = _read(source, table)
    if points_to_itself:  # the tree of units: small, and needed whole
        parts = iter([_parents_first(table, [row for part in parts for row in part])])
    count = 0
    for part in parts:
        if part:
            target.execute(sa.insert(table), part)
        count += len(part)
    return count


def _count_on(target: Connection, table: Table) -> None:
    """Let PostgreSQL's next id come after those that were brought along."""
    column = table.primary_key.columns.get("id")
    if target.dialect.name != "postgresql" or column is None or not isinstance(column.type, sa.Integer):
        return
    sequence = target.execute(
        sa.text("SELECT pg_get_serial_sequence(:table, 'id')"), {"table": f'"{table.name}"'}
    ).scalar()
    highest = target.execute(sa.select(sa.func.max(column))).scalar()
    if sequence is not None and highest is not None:
        target.execute(
            sa.text("SELECT setval(:sequence, :highest)"), {"sequence": sequence, "highest": highest}
        )


def move(source: Engine, target: Engine) -> int:
    """Copy every row into an empty database, in one transaction; how many rows. The source is only read.

    Stop what writes to the register first: what is written meanwhile stays behind.

    Raises:
        RefusedError: the target holds something, or does not hold after the copy what the source holds.
    """
    if sa.inspect(target).get_table_names():
        raise RefusedError("backup.not_empty")
    upgrade(target)
    with source.connect() as reader, target.begin() as writer:
        tables = metadata.sorted_tables
        count = sum(_copy(reader, writer, table) for table in tables)
        for table in tables:
            _count_on(writer, table)
    before, after = check(source), check(target)
    if after.problems:
        raise RefusedError(after.problems[0].code, **after.problems[0].data)
    if (before.assets, before.entries, before.last) != (after.assets, after.entries, after.last):
        raise RefusedError("backup.moved_on")
    return count
