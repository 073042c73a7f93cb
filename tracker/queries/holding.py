"""Who holds what: one person with what was handed out and taken back, and everyone of one class or unit."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from tracker.errors import NotFoundError
from tracker.makes import make_text
from tracker.names import shown_name
from tracker.queries.narrowing import within
from tracker.queries.people import HELD, masked, unit_seen
from tracker.tables import Asset, DeviceModel, Movement, Person, Unit, User
from tracker.words import AssetStatus, Condition, MovementKind, Permission

if TYPE_CHECKING:
    from tracker.roles import Viewer
    from tracker.words import Language

MOST_EVENTS = 200
MOST_IN_UNIT = 1_000
"""Rows of a unit's list: a class has thirty pupils, a school a hundred of staff, and each a device or two."""


@dataclass(frozen=True, slots=True)
class HeldAsset:
    """Something a person has. Another unit's is there (``asset_id`` and ``tag`` None), but not which."""

    asset_id: int | None
    tag: str | None
    model: str
    status: AssetStatus
    since: datetime | None

    @property
    def is_here(self) -> bool:
        """Whether it is there to be returned: neither lost nor stolen."""
        return self.status in HELD


@dataclass(frozen=True, slots=True)
class PersonEvent:
    """One handover, return or other step with something the person held."""

    at: datetime
    kind: MovementKind
    asset_id: int
    tag: str
    model: str
    who: str | None
    condition: Condition | None
    has_charger: bool | None
    receipt: str | None


@dataclass(frozen=True, slots=True)
class PersonPage:
    """One person.

    Attributes:
        person: the row; of a person who is not `is_named` only what is not personal may be shown.
        name: as this viewer may see it.
        unit, above: where the person belongs, and what that belongs to; None for a masked person.
        may_change, may_hand_out: this viewer may edit the person, hand out to the person.
    """

    person: Person
    name: str
    is_named: bool
    unit: Unit | None
    above: Unit | None
    held: tuple[HeldAsset, ...]
    events: tuple[PersonEvent, ...]
    may_change: bool
    may_hand_out: bool

    @property
    def to_return(self) -> int:
        """How many things the person has to return."""
        return sum(one.is_here for one in self.held)


@dataclass(slots=True)
class MemberLine:
    """One person and what the person has."""

    id: int
    name: str
    is_active: bool
    held: list[HeldAsset] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class UnitList:
    """Those who belong right to a unit, most of the time a class; `is_cut` where there are more than are shown."""

    unit: Unit
    above: Unit | None
    lines: tuple[MemberLine, ...]
    is_cut: bool

    @property
    def holding(self) -> int:
        """How many have something."""
        return sum(bool(line.held) for line in self.lines)


_OWNERS = aliased(Unit)


def _asset_columns() -> tuple[Any, ...]:
    handed_out = (
        sa.select(sa.func.max(col(Movement.at)))
        .where(
            col(Movement.asset_id) == col(Asset.id),
            col(Movement.holder_id) == col(Asset.holder_id),
            col(Movement.kind) == MovementKind.HANDED_OUT,
        )
        .correlate(Asset)
    )
    return (
        col(Asset.id).label("asset_id"),
        col(Asset.tag),
        col(Asset.status),
        col(DeviceModel.vendor),
        col(DeviceModel.name).label("model"),
        col(_OWNERS.path).label("owner"),
        handed_out.scalar_subquery().label("since"),
    )


def _model(found: Any) -> str:
    return make_text(found.vendor, found.model) if found.model is not None else ""


def _held(found: Any, viewer: Viewer) -> HeldAsset:
    if not viewer.may(Permission.ASSET_VIEW, found.owner):
        return HeldAsset(None, None, "", found.status, None)
    return HeldAsset(found.asset_id, found.tag, _model(found), found.status, found.since)


def _held_by(session: Session, person_id: int, viewer: Viewer) -> tuple[HeldAsset, ...]:
    rows = session.execute(
        sa.select(*_asset_columns())
        .select_from(Asset)
        .join(_OWNERS, col(Asset.unit_id) == col(_OWNERS.id))
        .join(DeviceModel, col(Asset.model_id) == col(DeviceModel.id), isouter=True)
        .where(col(Asset.holder_id) == person_id)
        .order_by(col(Asset.sort_key), col(Asset.id))
    ).all()
    return tuple(_held(row, viewer) for row in rows)


def _events(session: Session, person_id: int, viewer: Viewer) -> tuple[PersonEvent, ...]:
    rows = session.execute(
        sa.select(
            Movement,
            col(Asset.tag),
            col(DeviceModel.vendor),
            col(DeviceModel.name).label("model"),
            col(User.name).label("who"),
        )
        .join(Asset, col(Movement.asset_id) == col(Asset.id))
        .join(DeviceModel, col(Asset.model_id) == col(DeviceModel.id), isouter=True)
        .join(User, col(Movement.by_id) == col(User.id), isouter=True)
        .where(
            col(Movement.holder_id) == person_id, within(viewer, Permission.ASSET_VIEW, col(Asset.unit_id))
        )
        .order_by(col(Movement.id).desc())
        .limit(MOST_EVENTS)
    ).all()
    return tuple(
        PersonEvent(
            at=row.Movement.at,
            kind=row.Movement.kind,
            asset_id=row.Movement.asset_id,
            tag=row.tag,
            model=_model(row),
            who=row.who,
            condition=row.Movement.condition,
            has_charger=row.Movement.has_charger,
            receipt=row.Movement.receipt,
        )
        for row in rows
    )


def person_page(session: Session, viewer: Viewer, person_id: int, language: Language) -> PersonPage:
    """One person.

    Raises:
        NotFoundError: there is none, or not for this viewer.
    """
    person = session.get(Person, person_id)
    if person is None:
        raise NotFoundError
    unit = unit_seen(session, viewer, person.unit_id)
    name = shown_name(person, unit.path, viewer, language)
    is_named = name == person.name
    above = session.get(Unit, unit.parent_id) if unit.parent_id is not None else None
    return PersonPage(
        person=person,
        name=name,
        is_named=is_named,
        unit=unit if is_named else None,
        above=above if is_named else None,
        held=_held_by(session, person_id, viewer),
        events=_events(session, person_id, viewer),
        may_change=is_named and viewer.may(Permission.PERSON_EDIT, unit.path),
        may_hand_out=person.is_active and viewer.may(Permission.HANDOVER_MAKE, unit.path),
    )


def unit_list(session: Session, viewer: Viewer, unit_id: int, language: Language) -> UnitList:
    """Who belongs to a class or unit itself, and who left it with something.

    Nobody who would be masked: whose name is missing in a printed list with one protected person is soon worked out.

    Raises:
        NotFoundError: there is no such unit for this viewer.
    """
    unit = unit_seen(session, viewer, unit_id)
    has = sa.and_(col(Asset.holder_id) == col(Person.id), col(Asset.status).in_(HELD))
    rows = session.execute(
        sa.select(
            col(Person.id),
            col(Person.name),
            col(Person.is_protected),
            col(Person.is_active),
            *_asset_columns(),
        )
        .select_from(Person)
        .join(Asset, has, isouter=True)
        .join(_OWNERS, col(Asset.unit_id) == col(_OWNERS.id), isouter=True)
        .join(DeviceModel, col(Asset.model_id) == col(DeviceModel.id), isouter=True)
        .where(
            col(Person.unit_id) == unit_id,
            sa.or_(col(Person.is_active), col(Asset.id).is_not(None)),
            sa.not_(masked(viewer)),
        )
        .order_by(col(Person.sort_key), col(Person.id), col(Asset.sort_key))
        .limit(MOST_IN_UNIT)
    ).all()
    lines: dict[int, MemberLine] = {}
    for row in rows:
        name = shown_name(row, unit.path, viewer, language)
        line = lines.setdefault(row.id, MemberLine(row.id, name, row.is_active))
        if row.asset_id is not None:
            line.held.append(_held(row, viewer))
    above = session.get(Unit, unit.parent_id) if unit.parent_id is not None else None
    return UnitList(unit, above, tuple(lines.values()), len(rows) == MOST_IN_UNIT)
