"""What the return box shows: what this person took back today, and how much is left to return, class by class."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import func, or_
from sqlalchemy import select as sa_select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from tracker.errors import NotFoundError
from tracker.makes import make_text
from tracker.names import shown_name
from tracker.queries.people import masked
from tracker.tables import Asset, Device, DeviceModel, Movement, Person, Unit
from tracker.words import AssetStatus, Condition, Language, MovementKind, Permission, UnitKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

    from tracker.roles import Viewer

MOST_LINES = 50
MOST_UNITS = 60
"""Above so many classes only those that someone returned to today are listed."""


@dataclass(frozen=True, slots=True)
class ReturnLine:
    """One return, or one find (a code that could not be taken back; no asset).

    Attributes:
        holder: whose it was, as this viewer may see it.
        unit: the holder's class or unit, None where the person is masked.
        is_undone: whether it was taken back again.
        can_undo: whether nothing has happened to the asset since.
    """

    movement_id: int
    at: datetime
    asset_id: int | None = None
    tag: str | None = None
    model: str | None = None
    code: str | None = None
    holder: str | None = None
    unit: str | None = None
    condition: Condition | None = None
    has_charger: bool | None = None
    receipt: str | None = None
    is_undone: bool = False
    can_undo: bool = False


@dataclass(frozen=True, slots=True)
class LeftHolder:
    """One asset that is still out; `last_seen` on any network."""

    name: str
    tag: str
    asset_id: int
    last_seen: datetime | None


@dataclass(frozen=True, slots=True)
class LeftUnit:
    """A class and how many assets it has left to return; of no id and name: the protected persons of all of them."""

    id: int | None
    name: str
    count: int


_HOLDERS = aliased(Unit)
_ONE = (
    sa_select(Movement, col(Unit.path), Asset, DeviceModel, Person, _HOLDERS)
    .join(Unit, col(Movement.unit_id) == col(Unit.id))
    .join(Asset, col(Movement.asset_id) == col(Asset.id), isouter=True)
    .join(DeviceModel, col(Asset.model_id) == col(DeviceModel.id), isouter=True)
    .join(Person, col(Movement.holder_id) == col(Person.id), isouter=True)
    .join(_HOLDERS, col(Person.unit_id) == col(_HOLDERS.id), isouter=True)
    .where(col(Movement.id) == sa.bindparam("number"))
)
"""One movement with all that stands behind it."""


def line(session: Session, movement_id: int, viewer: Viewer, language: Language) -> ReturnLine:
    """One return or find of this viewer's.

    Raises:
        NotFoundError: no such movement within the units where the viewer takes back.
    """
    found = session.execute(_ONE, {"number": movement_id}).first()
    if found is None or not viewer.may(Permission.RETURN_MAKE, found.path):
        raise NotFoundError
    movement, _, asset, model, person, unit = found
    behind = _Behind(
        {asset.id: (asset, model)} if asset is not None else {},
        {person.id: (person, unit)} if person is not None else {},
        _later(session, {movement.asset_id} - {None}, movement_id),
    )
    return _line(behind, movement, viewer, language)


@dataclass(frozen=True, slots=True)
class _Behind:
    """What stands behind some movements, by id: read in a few questions however many they are."""

    assets: dict[int, tuple[Asset, DeviceModel | None]]
    holders: dict[int, tuple[Person, Unit]]
    later: dict[int, list[tuple[int, dict[str, Any]]]]
    """By asset: each movement since the first of these that changed it, with its facts."""


def _behind(session: Session, movements: Sequence[Movement]) -> _Behind:
    asset_ids = {one.asset_id for one in movements if one.asset_id is not None}
    holder_ids = {one.holder_id for one in movements if one.holder_id is not None}
    assets = session.exec(
        select(Asset, DeviceModel)
        .join(DeviceModel, col(Asset.model_id) == col(DeviceModel.id), isouter=True)
        .where(col(Asset.id).in_(asset_ids))
    ).all()
    holders = session.exec(
        select(Person, Unit)
        .join(Unit, col(Person.unit_id) == col(Unit.id))
        .where(col(Person.id).in_(holder_ids))
    ).all()
    return _Behind(
        {asset.id or 0: (asset, model) for asset, model in assets},
        {person.id or 0: (person, unit) for person, unit in holders},
        _later(session, asset_ids, min((one.id or 0 for one in movements), default=0)),
    )


_LATER = sa_select(col(Movement.asset_id), col(Movement.id), col(Movement.facts)).where(
    col(Movement.asset_id).in_(sa.bindparam("assets", expanding=True)),
    col(Movement.id) > sa.bindparam("since"),
    col(Movement.kind) != MovementKind.FIND,
)


def _later(
    session: Session, asset_ids: AbstractSet[int], since: int
) -> dict[int, list[tuple[int, dict[str, Any]]]]:
    later: dict[int, list[tuple[int, dict[str, Any]]]] = defaultdict(list)
    for asset_id, number, facts in session.execute(_LATER, {"assets": list(asset_ids), "since": since}):
        later[asset_id].append((number, facts))
    return later


def _holder(
    behind: _Behind, movement: Movement, viewer: Viewer, language: Language
) -> tuple[str | None, str | None]:
    found = behind.holders.get(movement.holder_id or 0)
    if found is None:
        return None, None
    person, unit = found
    name = shown_name(person, unit.path, viewer, language)
    return name, unit.name if name == person.name else None


def _line(behind: _Behind, movement: Movement, viewer: Viewer, language: Language) -> ReturnLine:
    found = behind.assets.get(movement.asset_id or 0)
    if found is None:
        return ReturnLine(movement.id or 0, movement.at, code=str(movement.facts.get("code", "")))
    asset, model = found
    later = [facts for number, facts in behind.later.get(asset.id or 0, []) if number > (movement.id or 0)]
    holder, unit = _holder(behind, movement, viewer, language)
    return ReturnLine(
        movement_id=movement.id or 0,
        at=movement.at,
        asset_id=asset.id,
        tag=asset.tag,
        model=make_text(model.vendor, model.name) if model is not None else None,
        holder=holder,
        unit=unit,
        condition=movement.condition,
        has_charger=movement.has_charger,
        receipt=movement.receipt,
        is_undone=any(facts.get("undone") == movement.id for facts in later),
        can_undo=not later and asset.status is AssetStatus.RETURNED,
    )


def _lines(
    session: Session, movements: Sequence[Movement], viewer: Viewer, language: Language
) -> list[ReturnLine]:
    behind = _behind(session, movements)
    return [_line(behind, movement, viewer, language) for movement in movements]


def lines_since(session: Session, since: datetime, viewer: Viewer, language: Language) -> list[ReturnLine]:
    """What this person took back or found since a moment, newest first; each asset once."""
    movements = session.exec(
        select(Movement)
        .where(
            Movement.by_id == viewer.user_id,
            Movement.at >= since,
            col(Movement.kind).in_([MovementKind.RETURNED, MovementKind.FIND]),
        )
        .order_by(col(Movement.id).desc())
        .limit(MOST_LINES)
    ).all()
    newest: dict[int | str, Movement] = {}
    for movement in movements:
        newest.setdefault(movement.asset_id or f"find {movement.id}", movement)
    return _lines(session, list(newest.values()), viewer, language)


@lru_cache(maxsize=256)
def _mine(viewer: Viewer) -> Any:
    paths = viewer.paths(Permission.RETURN_MAKE)
    below = or_(sa.false(), *(col(Unit.path).startswith(path) for path in paths))
    return (
        sa_select(col(Unit.id), col(Unit.name))
        .where(col(Unit.kind) == UnitKind.CLASS, below)
        .order_by(col(Unit.sort_key))
    )


def _classes(session: Session, since: datetime, viewer: Viewer) -> Sequence[Any]:
    """Id and name of the classes that the viewer takes back from, in Swedish order."""
    mine = _mine(viewer)
    found = session.execute(mine.limit(MOST_UNITS + 1)).all()
    if len(found) <= MOST_UNITS:
        return found
    busy = (
        select(Person.unit_id)
        .join(Movement, col(Movement.holder_id) == col(Person.id))
        .where(Movement.kind == MovementKind.RETURNED, Movement.at >= since)
    )
    return session.execute(mine.where(col(Unit.id).in_(busy)).limit(MOST_UNITS)).all()


_OUT = func.sum(
    sa_select(func.count())
    .where(col(Asset.holder_id) == col(Person.id), col(Asset.status) == AssetStatus.HANDED_OUT)
    .correlate(Person)
    .scalar_subquery()
)
"""Counted person by person, along the index of holders: joined, the database may walk all that is out."""


@lru_cache(maxsize=256)
def _out(viewer: Viewer) -> Any:
    is_masked = masked(viewer)
    of_units = col(Person.unit_id).in_(sa.bindparam("units", expanding=True))
    return (
        sa_select(col(Person.unit_id), is_masked, _OUT)
        .where(of_units)
        .group_by(col(Person.unit_id), is_masked)
    )


def left(session: Session, since: datetime, viewer: Viewer) -> list[LeftUnit]:
    """Each class and how many assets it has left to return.

    What protected persons have stands by itself, under no class: the class, too, is theirs to keep.
    """
    units = _classes(session, since, viewer)
    counted = session.execute(_out(viewer), {"units": [unit.id for unit in units]})
    out: dict[int | None, int] = defaultdict(int)
    for unit_id, is_hidden, count in counted:
        out[None if is_hidden else unit_id] += int(count)
    found = [LeftUnit(unit.id, unit.name, out[unit.id]) for unit in units]
    return [*found, LeftUnit(None, "", out[None])] if out[None] else found


def _holders(
    session: Session, whose: sa.ColumnElement[bool], viewer: Viewer, language: Language
) -> list[LeftHolder]:
    # One look along an index for each unit that is out; a sum over all devices costs as much as the school is small.
    seen = (
        select(func.max(Device.last_seen))
        .where(col(Device.asset_id) == col(Asset.id))
        .correlate(Asset)
        .scalar_subquery()
    )
    rows = session.execute(
        sa_select(
            col(Person.name),
            col(Person.is_protected),
            col(Unit.path),
            col(Asset.id),
            col(Asset.tag),
            col(Asset.status),
            seen.label("last_seen"),
        )
        .join(Asset, col(Asset.holder_id) == col(Person.id))
        .join(Unit, col(Person.unit_id) == col(Unit.id))
        .where(whose)
        .order_by(col(Person.sort_key), col(Asset.sort_key))
    )
    return [
        LeftHolder(shown_name(row, row.path, viewer, language), row.tag, row.id, row.last_seen)
        for row in rows
        if row.status is AssetStatus.HANDED_OUT
    ]


def left_in(
    session: Session, unit_id: int, viewer: Viewer, language: Language
) -> tuple[str, list[LeftHolder]]:
    """A class's or another unit's name, and who in it has something left to return, with when it was last seen on a network.

    Raises:
        NotFoundError: no such unit within the units where the viewer takes back.
    """
    unit = session.get(Unit, unit_id)
    if unit is None or not viewer.may(Permission.RETURN_MAKE, unit.path):
        raise NotFoundError
    whose = sa.and_(col(Person.unit_id) == unit_id, sa.not_(masked(viewer)))
    return unit.name, _holders(session, whose, viewer, language)


def left_masked(session: Session, since: datetime, viewer: Viewer, language: Language) -> list[LeftHolder]:
    """What the protected persons of the classes that are shown have left to return, by asset."""
    units = [unit.id for unit in _classes(session, since, viewer)]
    found = _holders(session, sa.and_(col(Person.unit_id).in_(units), masked(viewer)), viewer, language)
    return sorted(found, key=lambda one: one.tag)
