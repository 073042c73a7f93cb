"""What every register holds: the built-in roles as this version knows them, and the root of the tree of units. Idempotent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlmodel import Session, col, select

from tracker.inserting import insert_numbered_rows
from tracker.roles import BUILT_IN
from tracker.swedish import sort_key
from tracker.tables import Role, Unit
from tracker.tables.units import PLACE_KEY
from tracker.words import UnitKind

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT_NAME = "Kommunen"


def add_unit(session: Session, name: str, kind: UnitKind, parent: Unit | None = None) -> Unit:
    """A new unit with its place in the tree."""
    unit = Unit(
        name=name,
        kind=kind,
        sort_key=sort_key(name, PLACE_KEY),
        parent_id=parent.id if parent is not None else None,
    )
    session.add(unit)
    session.flush()
    unit.path = f"{parent.path if parent is not None else '/'}{unit.id}/"
    session.add(unit)
    session.flush()
    return unit


def add_units(session: Session, kind: UnitKind, named: Sequence[tuple[str, int]]) -> list[int]:
    """Many new units at once, each with its name and the id of the one above; their ids."""
    if not named:
        return []
    names = ("version", "parent_id", "path", "kind", "name", "sort_key")
    rows = [(1, parent_id, "", kind, name, sort_key(name)) for name, parent_id in named]
    numbers = insert_numbered_rows(session.connection(), Unit, names, rows)
    above = {parent_id for _, parent_id in named}
    found = session.execute(sa.select(col(Unit.id), col(Unit.path)).where(col(Unit.id).in_(above)))
    paths = {row.id: row.path for row in found}
    statement = sa.update(Unit).where(col(Unit.id) == sa.bindparam("unit")).values(path=sa.bindparam("place"))
    placed = zip(numbers, named, strict=True)
    session.connection().execute(
        statement, [{"unit": n, "place": f"{paths[parent_id]}{n}/"} for n, (_, parent_id) in placed]
    )
    return numbers


def seed(session: Session, municipality: str = ROOT_NAME) -> Unit:
    """The built-in roles as this version knows them, and the root unit where it is missing; the root."""
    known = {role.name: role for role in session.exec(select(Role))}
    for name, permissions in BUILT_IN.items():
        role = known.get(name.value) or Role(name=name.value)
        role.permissions = sorted(p.value for p in permissions)  # a newer version may know more of them
        session.add(role)
    root = session.exec(select(Unit).where(col(Unit.parent_id).is_(None)).order_by(col(Unit.id))).first()
    return root if root is not None else add_unit(session, municipality, UnitKind.MUNICIPALITY)
