"""Many rows into a table at once, with their ids.

SQLAlchemy asks SQLite for each new row's id by a statement of its own (insertmanyvalues cannot tell there which id is whose),
ten times the cost of the row. Within `tracker.db.writing` nobody else numbers rows of SQLite's, so they are numbered here, as
it would itself: one above the highest (sqlite.org/autoinc.html). PostgreSQL numbers its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection


def insert_numbered(connection: Connection, table: Any, rows: Sequence[dict[str, Any]]) -> list[int]:
    """Insert the rows, none of which has an ``id``; their ids in the same order.

    Args:
        connection: inside `tracker.db.writing`.
        table: a table with a whole number ``id``.
        rows: values of the same columns each.
    """
    if not rows:
        return []
    if connection.dialect.name != "sqlite":
        statement = insert(table).returning(table.id, sort_by_parameter_order=True)
        return list(connection.execute(statement, rows).scalars())
    last = connection.execute(select(func.max(table.id))).scalar() or 0
    ids = list(range(last + 1, last + len(rows) + 1))
    connection.execute(insert(table), [{**row, "id": number} for number, row in zip(ids, rows, strict=True)])
    return ids
