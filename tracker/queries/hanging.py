"""What hangs on a unit, a site or a room, table by table: while anything does, it stays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from tracker.tables import metadata

if TYPE_CHECKING:
    from sqlmodel import Session

    from tracker.tables import Room, Site, Unit


@dataclass(frozen=True, slots=True)
class Hanging:
    """How many rows of a table (``asset``, ``person`` …) point at the row."""

    what: str
    count: int


def hanging_on(session: Session, row: Unit | Site | Room) -> tuple[Hanging, ...]:
    """Everything that points at the row, by the foreign keys as the tables declare them: a new table is counted, too."""
    name = str(type(row).__tablename__)
    counts: dict[str, int] = {}
    for table in metadata.sorted_tables:
        for key in table.foreign_keys:
            if key.column.table.name != name:
                continue
            found = session.execute(select(func.count()).where(key.parent == row.id)).scalar_one()
            counts[table.name] = counts.get(table.name, 0) + found
    return tuple(Hanging(what, count) for what, count in counts.items() if count)
