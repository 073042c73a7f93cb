"""Many rows into a table at once, with their ids.

SQLAlchemy asks SQLite for each new row's id by a statement of its own (insertmanyvalues cannot tell there which id is whose),
ten times the cost of the row. Within `tracker.db.writing` nobody else numbers rows of SQLite's, so they are numbered here, as
it would itself: one above the highest (sqlite.org/autoinc.html). PostgreSQL numbers its own.

SQLite keeps a copy of every page that a statement of a table with a trigger touches, in case the statement fails half-way. A
statement a row is a copy of a dozen pages a row; hundreds of rows in one statement cost a quarter of that.
"""

from __future__ import annotations

import json
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, func, insert, select

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sqlalchemy import Connection, Dialect

MOST_VALUES = 16_000
"""Values of one statement; SQLite takes 32,766 (sqlite.org/limits.html)."""


class AsJson(str):
    """What a JSON column gets, as text already: made before the transaction that nobody else may write during."""

    __slots__ = ()


def _bound_json(value: Any) -> str:
    return value if isinstance(value, AsJson) else json.dumps(value)


def _bind(column: Any, dialect: Dialect) -> Callable[[Any], Any] | None:
    """What makes a column's value one of the driver's; None where it is that already."""
    if isinstance(column.type, JSON):
        return _bound_json
    found: Callable[[Any], Any] | None = column.type.dialect_impl(dialect).bind_processor(dialect)
    return found


def _bind_all(rows: list[list[Any]], n: int, bind: Callable[[Any], Any]) -> None:
    """Make the rows' n-th values the driver's; of many of a deed, the moment and the status are one."""
    last: Any = None
    made = bind(last)
    for row in rows:
        if row[n] is not last:
            last, made = row[n], bind(row[n])
        row[n] = made


def _into_sqlite(
    connection: Connection, table: Any, names: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    columns = [table.__table__.c[name] for name in names]
    binds = [(n, bind) for n, one in enumerate(columns) if (bind := _bind(one, connection.dialect))]
    quote = connection.dialect.identifier_preparer.quote
    said = ", ".join(quote(column.name) for column in columns)
    begun = f"INSERT INTO {quote(table.__table__.name)} ({said}) VALUES "  # noqa: S608 -- our own tables and columns
    mark = f"({', '.join('?' * len(names))})"
    left = iter(rows)
    while some := [list(row) for row in islice(left, MOST_VALUES // len(names))]:
        for n, bind in binds:
            _bind_all(some, n, bind)
        statement = begun + ", ".join([mark] * len(some))
        connection.exec_driver_sql(statement, tuple(chain.from_iterable(some)))


def insert_rows(
    connection: Connection, table: Any, names: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Insert the rows, each a value for every name in their order.

    Args:
        connection: inside `tracker.db.writing`.
        table: a table's class.
        names: columns; those left out get what the database gives them.
        rows: a JSON column's value may be `AsJson`.
    """
    if connection.dialect.name == "sqlite":
        _into_sqlite(connection, table, names, rows)
        return
    values = [
        {
            name: json.loads(value) if isinstance(value, AsJson) else value
            for name, value in zip(names, row, strict=True)
        }
        for row in rows
    ]
    if values:
        connection.execute(insert(table), values)


def insert_numbered_rows(
    connection: Connection, table: Any, names: Sequence[str], rows: Sequence[Sequence[Any]]
) -> list[int]:
    """Insert the rows, as `insert_rows`, into a table with a whole number ``id``; their ids in the same order."""
    if not rows:
        return []
    if connection.dialect.name != "sqlite":
        statement = insert(table).returning(table.id, sort_by_parameter_order=True)
        return list(
            connection.execute(statement, [dict(zip(names, row, strict=True)) for row in rows]).scalars()
        )
    last = connection.execute(select(func.max(table.id))).scalar() or 0
    ids = list(range(last + 1, last + len(rows) + 1))
    numbered = ((number, *row) for number, row in zip(ids, rows, strict=True))
    _into_sqlite(connection, table, ("id", *names), numbered)
    return ids


def insert_numbered(connection: Connection, table: Any, rows: Sequence[dict[str, Any]]) -> list[int]:
    """Insert rows of the same columns each, none of which has an ``id``; their ids in the same order."""
    names = list(rows[0]) if rows else []
    return insert_numbered_rows(connection, table, names, [[row[name] for name in names] for row in rows])
