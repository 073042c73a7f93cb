"""The organisation as this viewer may change it: the tree, one unit, one site."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlmodel import Session, col, func, select

from tracker.errors import NotFoundError
from tracker.queries.hanging import Hanging, hanging_on
from tracker.queries.narrowing import within
from tracker.queries.places import unit_choices
from tracker.swedish import search_key
from tracker.tables import Room, Site, Unit
from tracker.words import Permission, UnitKind

if TYPE_CHECKING:
    from tracker.roles import Viewer

Choices = tuple[tuple[int, str], ...]
_OPEN = frozenset({UnitKind.MUNICIPALITY, UnitKind.ADMINISTRATION})
"""Kinds that stand open in the tree; sixty schools with twenty classes each would not fit a screen otherwise."""


@dataclass(frozen=True, slots=True)
class SiteRow:
    """A site and how many rooms it has, of them secured."""

    id: int
    name: str
    rooms: int
    secured: int


@dataclass(slots=True)
class Node:
    """A unit in the tree. `is_open`: what is below it shows at once."""

    id: int
    name: str
    kind: UnitKind
    code: str | None
    sites: tuple[SiteRow, ...]
    below: list[Node] = field(default_factory=list)
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class UnitPage:
    """One unit.

    Attributes:
        above: from the municipality down, as (id, name, within the viewer's reach).
        moves: units it may be moved below; empty when it may not be moved.
        hanging: what keeps it from being removed.
        may_remove: nothing does, and the viewer changes what it hangs on.
    """

    unit: Unit
    above: tuple[tuple[int, str, bool], ...]
    below: tuple[Unit, ...]
    sites: tuple[SiteRow, ...]
    moves: Choices
    hanging: tuple[Hanging, ...]
    may_remove: bool


@dataclass(frozen=True, slots=True)
class RoomRow:
    """A room and whether nothing keeps it."""

    room: Room
    hanging: tuple[Hanging, ...]


@dataclass(frozen=True, slots=True)
class SitePage:
    """One site with its rooms."""

    site: Site
    unit: Unit
    rooms: tuple[RoomRow, ...]
    units: Choices
    hanging: tuple[Hanging, ...]


def _sites(session: Session, viewer: Viewer) -> dict[int, list[SiteRow]]:
    counts: dict[int, list[int]] = {}
    rooms = select(Room.site_id, Room.is_secured, func.count()).group_by(
        col(Room.site_id), col(Room.is_secured)
    )
    for site_id, is_secured, count in session.exec(rooms):
        own = counts.setdefault(site_id, [0, 0])
        own[0] += count
        own[1] += count if is_secured else 0
    found: dict[int, list[SiteRow]] = {}
    query = select(Site).where(within(viewer, Permission.UNIT_EDIT, col(Site.unit_id)))
    for site in session.exec(query.order_by(col(Site.sort_key), col(Site.id))):
        in_all, secured = counts.get(site.id or 0, [0, 0])
        found.setdefault(site.unit_id, []).append(SiteRow(site.id or 0, site.name, in_all, secured))
    return found


def _matches(node: Node, words: list[str]) -> bool:
    said = search_key(node.name, node.code, *(site.name for site in node.sites))
    return all(word in said for word in words)


def _prune(nodes: list[Node], words: list[str]) -> list[Node]:
    """What matches, with what is above it; below a match everything stays, closed."""
    kept = []
    for node in nodes:
        below = _prune(node.below, words)
        if below:
            node.below, node.is_open = below, True
        if below or _matches(node, words):
            kept.append(node)
    return kept


def tree(session: Session, viewer: Viewer, text: str = "") -> list[Node]:
    """The units that the viewer changes, as trees from the topmost; with a text, those that match and what is above."""
    sites = _sites(session, viewer)
    query = select(Unit).where(within(viewer, Permission.UNIT_EDIT, col(Unit.id)))
    units = session.exec(query.order_by(col(Unit.sort_key), col(Unit.id))).all()
    nodes = {
        unit.id: Node(unit.id or 0, unit.name, unit.kind, unit.code, tuple(sites.get(unit.id or 0, ())))
        for unit in units
    }
    roots: list[Node] = []
    for unit in units:
        above = nodes.get(unit.parent_id)
        (roots if above is None else above.below).append(nodes[unit.id])
    for node in nodes.values():
        # Classes last, after what is below beside them.
        node.below.sort(key=lambda one: one.kind is UnitKind.CLASS)
        node.is_open = node.kind in _OPEN or node in roots
    words = search_key(text).split()
    return _prune(roots, words) if words else roots


def _unit(session: Session, viewer: Viewer, unit_id: int) -> Unit:
    unit = session.get(Unit, unit_id)
    if unit is None or not viewer.may(Permission.UNIT_EDIT, unit.path):
        raise NotFoundError
    return unit


def _moves(session: Session, viewer: Viewer, unit: Unit, parent: Unit | None) -> Choices:
    if parent is None or not viewer.may(Permission.UNIT_EDIT, parent.path):
        return ()
    inside = set(session.exec(select(Unit.id).where(col(Unit.path).startswith(unit.path))).all())
    choices = unit_choices(session, viewer, Permission.UNIT_EDIT)
    return tuple(one for one in choices if one[0] not in inside and one[0] != parent.id)


def unit_page(session: Session, viewer: Viewer, unit_id: int) -> UnitPage:
    """One unit.

    Raises:
        NotFoundError: it is not there for this viewer.
    """
    unit = _unit(session, viewer, unit_id)
    ids = [int(part) for part in unit.path.split("/") if part][:-1]
    lines = session.exec(
        select(Unit).where(col(Unit.id).in_(ids)).order_by(func.length(col(Unit.path)))
    ).all()
    parent = session.get(Unit, unit.parent_id) if unit.parent_id is not None else None
    below = session.exec(
        select(Unit).where(Unit.parent_id == unit.id).order_by(col(Unit.sort_key), col(Unit.id))
    ).all()
    hanging = hanging_on(session, unit)
    may_change_parent = parent is not None and viewer.may(Permission.UNIT_EDIT, parent.path)
    return UnitPage(
        unit=unit,
        above=tuple((one.id or 0, one.name, viewer.may(Permission.UNIT_EDIT, one.path)) for one in lines),
        below=tuple(below),
        sites=tuple(_sites(session, viewer).get(unit.id or 0, ())),
        moves=_moves(session, viewer, unit, parent),
        hanging=hanging,
        may_remove=may_change_parent and not hanging,
    )


def site_page(session: Session, viewer: Viewer, site_id: int) -> SitePage:
    """One site.

    Raises:
        NotFoundError: it is not there for this viewer.
    """
    site = session.get(Site, site_id)
    if site is None:
        raise NotFoundError
    unit = _unit(session, viewer, site.unit_id)
    rooms = session.exec(
        select(Room).where(Room.site_id == site.id).order_by(col(Room.sort_key), col(Room.id))
    ).all()
    return SitePage(
        site=site,
        unit=unit,
        rooms=tuple(RoomRow(room, hanging_on(session, room)) for room in rooms),
        units=unit_choices(session, viewer, Permission.UNIT_EDIT),
        hanging=hanging_on(session, site),
    )


def site_of_room(session: Session, viewer: Viewer, room_id: int) -> int:
    """The site of a room that the viewer changes.

    Raises:
        NotFoundError: it is not there for this viewer.
    """
    room = session.get(Room, room_id)
    site = session.get(Site, room.site_id) if room is not None else None
    if site is None:
        raise NotFoundError
    _unit(session, viewer, site.unit_id)
    return site.id or 0
