"""What the return box shows: what this person took back today, and what is left to return, class by class."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, or_
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from tracker.errors import NotFoundError
from tracker.names import shown_name
from tracker.tables import Asset, Device, DeviceModel, Movement, Person, Unit
from tracker.words import AssetStatus, Condition, Language, MovementKind, Permission, UnitKind

if TYPE_CHECKING:
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
    """A class and what it has left to return."""

    name: str
    holders: list[LeftHolder] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many assets are still out."""
        return len(self.holders)


def _holder(
    session: Session, holder_id: int | None, viewer: Viewer, language: Language
) -> tuple[str | None, str | None]:
    person = session.get(Person, holder_id) if holder_id is not None else None
    unit = session.get(Unit, person.unit_id) if person is not None else None
    if person is None or unit is None:
        return None, None
    name = shown_name(person, unit.path, viewer, language)
    return name, unit.name if name == person.name else None


def line(session: Session, movement_id: int, viewer: Viewer, language: Language) -> ReturnLine:
    """One return or find of this viewer's.

    Raises:
        NotFoundError: no such movement within the units where the viewer takes back.
    """
    movement = session.get(Movement, movement_id)
    unit = session.get(Unit, movement.unit_id) if movement is not None else None
    if movement is None or unit is None or not viewer.may(Permission.RETURN_MAKE, unit.path):
        raise NotFoundError
    return _line(session, movement, viewer, language)


def _line(session: Session, movement: Movement, viewer: Viewer, language: Language) -> ReturnLine:
    asset = session.get(Asset, movement.asset_id) if movement.asset_id is not None else None
    if asset is None:
        return ReturnLine(movement.id or 0, movement.at, code=str(movement.facts.get("code", "")))
    model = session.get(DeviceModel, asset.model_id) if asset.model_id is not None else None
    later = session.exec(
        select(Movement.facts).where(
            Movement.asset_id == asset.id, col(Movement.id) > movement.id, Movement.kind != MovementKind.FIND
        )
    ).all()
    holder, unit = _holder(session, movement.holder_id, viewer, language)
    return ReturnLine(
        movement_id=movement.id or 0,
        at=movement.at,
        asset_id=asset.id,
        tag=asset.tag,
        model=f"{model.vendor} {model.name}" if model is not None else None,
        holder=holder,
        unit=unit,
        condition=movement.condition,
        has_charger=movement.has_charger,
        receipt=movement.receipt,
        is_undone=any(facts.get("undone") == movement.id for facts in later),
        can_undo=not later and asset.status is AssetStatus.RETURNED,
    )


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
    shown: dict[int | str, ReturnLine] = {}
    for movement in movements:
        key = movement.asset_id or f"find {movement.id}"
        if key not in shown:
            shown[key] = _line(session, movement, viewer, language)
    return list(shown.values())


def _classes(session: Session, since: datetime, viewer: Viewer) -> list[Unit]:
    """The classes that the viewer takes back from, in Swedish order."""
    paths = viewer.paths(Permission.RETURN_MAKE)
    if not paths:
        return []
    mine = (
        select(Unit)
        .where(Unit.kind == UnitKind.CLASS, or_(*(col(Unit.path).startswith(path) for path in paths)))
        .order_by(col(Unit.sort_key))
    )
    found = session.exec(mine.limit(MOST_UNITS + 1)).all()
    if len(found) <= MOST_UNITS:
        return list(found)
    busy = (
        select(Person.unit_id)
        .join(Movement, col(Movement.holder_id) == col(Person.id))
        .where(Movement.kind == MovementKind.RETURNED, Movement.at >= since)
    )
    return list(session.exec(mine.where(col(Unit.id).in_(busy)).limit(MOST_UNITS)).all())


def left(session: Session, since: datetime, viewer: Viewer, language: Language) -> list[LeftUnit]:
    """Each class and who has something left to return, with when it was last seen on a network."""
    units = {unit.id: unit for unit in _classes(session, since, viewer)}
    if not units:
        return []
    # One look along an index for each unit that is out; a sum over all devices costs as much as the school is small.
    seen = (
        select(func.max(Device.last_seen))
        .where(col(Device.asset_id) == col(Asset.id))
        .correlate(Asset)
        .scalar_subquery()
    )
    # From the persons to what they hold: asked for by status too, the database would walk all that is out.
    rows = session.execute(
        sa_select(
            col(Person.name),
            col(Person.is_protected),
            col(Person.unit_id),
            col(Asset.id),
            col(Asset.tag),
            col(Asset.status),
            seen.label("last_seen"),
        )
        .join(Asset, col(Asset.holder_id) == col(Person.id))
        .where(col(Person.unit_id).in_(units))
        .order_by(col(Person.sort_key), col(Asset.sort_key))
    ).all()
    holders: dict[int, list[LeftHolder]] = defaultdict(list)
    for row in rows:
        if row.status is AssetStatus.HANDED_OUT:
            name = shown_name(row, units[row.unit_id].path, viewer, language)
            holders[row.unit_id].append(LeftHolder(name, row.tag, row.id, row.last_seen))
    return [LeftUnit(unit.name, holders[unit.id or 0]) for unit in units.values()]
