"""What every register holds: the built-in roles as this version knows them, and the root of the tree of units. Idempotent."""

from __future__ import annotations

from sqlmodel import Session, col, select

from tracker.roles import BUILT_IN
from tracker.swedish import sort_key
from tracker.tables import Role, Unit
from tracker.tables.units import PLACE_KEY
from tracker.words import UnitKind

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


def seed(session: Session, municipality: str = ROOT_NAME) -> Unit:
    """The built-in roles as this version knows them, and the root unit where it is missing; the root."""
    known = {role.name: role for role in session.exec(select(Role))}
    for name, permissions in BUILT_IN.items():
        role = known.get(name.value) or Role(name=name.value)
        role.permissions = sorted(p.value for p in permissions)  # a newer version may know more of them
        session.add(role)
    root = session.exec(select(Unit).where(col(Unit.parent_id).is_(None)).order_by(col(Unit.id))).first()
    return root if root is not None else add_unit(session, municipality, UnitKind.MUNICIPALITY)
