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
