"""Units and sites to choose among in forms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlmodel import Session, col, select

from tracker.queries.narrowing import within
from tracker.tables import Site, Unit
from tracker.words import Permission, UnitKind

if TYPE_CHECKING:
    from tracker.roles import Viewer


def units_for(session: Session, viewer: Viewer, permission: Permission) -> tuple[tuple[int, str], ...]:
    """Units over which the viewer holds the permission, as (id, name), parents before children. Classes own nothing."""
    rows = session.exec(
        select(Unit)
        .where(within(viewer, permission, col(Unit.id)), Unit.kind != UnitKind.CLASS)
        .order_by(col(Unit.path))
    ).all()
    return tuple((unit.id or 0, unit.name) for unit in rows)


def sites_for(session: Session) -> tuple[tuple[int, str], ...]:
    """All sites, as (id, name)."""
    rows = session.exec(select(Site).order_by(col(Site.sort_key))).all()
    return tuple((site.id or 0, site.name) for site in rows)


def _path_name(unit: Unit, above: Unit | None, names: dict[int | None, str]) -> str:
    """The names down to the unit. A class's begin at its school: in a narrow field the end would not be seen."""
    # The root's name in front of every other would say nothing.
    if above is None or above.parent_id is None:
        return unit.name
    return f"{above.name if unit.kind is UnitKind.CLASS else names[above.id]} / {unit.name}"


def unit_choices(
    session: Session, viewer: Viewer, permission: Permission, *, classes: bool = False
) -> tuple[tuple[int, str], ...]:
    """Units over which the viewer holds the permission, as (id, path of names), in the tree's order; classes where asked for."""
    wanted = select(Unit) if classes else select(Unit).where(Unit.kind != UnitKind.CLASS)
    units = {unit.id: unit for unit in session.exec(wanted)}
    keys: dict[int | None, tuple[str, ...]] = {}
    names: dict[int | None, str] = {}
    for unit in sorted(units.values(), key=lambda one: one.path.count("/")):
        above = units.get(unit.parent_id)
        keys[unit.id] = (*(keys.get(unit.parent_id, ()) if above else ()), f"{unit.sort_key} {unit.id}")
        names[unit.id] = _path_name(unit, above, names)
    held = [unit for unit in units.values() if viewer.may(permission, unit.path)]
    held.sort(key=lambda unit: keys[unit.id])
    return tuple((unit.id or 0, names[unit.id]) for unit in held)
