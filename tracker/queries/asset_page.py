"""The asset's own page with its history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlmodel import Session, col, select

from tracker.errors import NotFoundError
from tracker.names import shown_name
from tracker.queries.assets import AssetRow, row_of, rows_statement
from tracker.queries.narrowing import within
from tracker.queries.reach import unit_path
from tracker.tables import (
    Asset,
    AssetIdentifier,
    Device,
    DeviceModel,
    Finding,
    Movement,
    Network,
    Person,
    Room,
    Sighting,
    Unit,
    User,
)
from tracker.words import AssetStatus, Language, Permission

if TYPE_CHECKING:
    from tracker.roles import Viewer

EVENTS = 50
"""Events of an asset's history that its page shows; `EVENTS_WHOLE` when all is asked for."""
EVENTS_WHOLE = 5_000


@dataclass(frozen=True, slots=True)
class AssetEvent:
    """One line of an asset's history."""

    at: datetime
    kind: str
    who: str | None
    holder: str | None
    before: AssetStatus | None
    after: AssetStatus | None
    condition: str | None
    has_charger: bool | None
    receipt: str | None
    fields: tuple[str, ...]
    """Which of the asset's own fields the step changed."""


@dataclass(frozen=True, slots=True)
class AssetPlace:
    """Where the asset was on the network, from when to when."""

    network: str
    ip: str
    mac: str
    first_seen: datetime
    last_seen: datetime


@dataclass(frozen=True, slots=True)
class AssetPage:
    """All that the asset's page shows; `holder_id` where the viewer may open the holder's page."""

    row: AssetRow
    holder_id: int | None
    version: int
    name: str | None
    note: str | None
    room: str | None
    purchased_on: date | None
    support_basis: str | None
    created_at: datetime
    identifiers: tuple[tuple[str, str], ...]
    events: tuple[AssetEvent, ...]
    findings: tuple[Finding, ...]
    places: tuple[AssetPlace, ...]
    devices: tuple[Device, ...]
    unit_id: int
    site_id: int | None
    room_id: int | None
    price_ore: int | None
    warranty_ends: date | None
    own_support_ends: date | None
    """The asset's own date, which goes before its model's."""
    expected_online: bool
    is_editable: bool
    """Whether the viewer may change it."""
    has_older: bool = False
    """Whether the history has more events than are here."""


def _events(
    session: Session, asset_id: int, viewer: Viewer, language: Language, most: int
) -> tuple[AssetEvent, ...]:
    rows = session.execute(
        sa.select(
            col(Movement.at),
            col(Movement.kind),
            col(Movement.before),
            col(Movement.after),
            col(Movement.condition),
            col(Movement.has_charger),
            col(Movement.receipt),
            col(Movement.facts),
            col(User.name).label("who"),
            col(Person.name),
            col(Person.is_protected),
            col(Unit.path),
        )
        .join(User, col(Movement.by_id) == col(User.id), isouter=True)
        .join(Person, col(Movement.holder_id) == col(Person.id), isouter=True)
        .join(Unit, col(Person.unit_id) == col(Unit.id), isouter=True)
        .where(col(Movement.asset_id) == asset_id)
        .order_by(col(Movement.id).desc())
        .limit(most)
    ).all()
    return tuple(
        AssetEvent(
            at=one.at,
            kind=one.kind.value,
            who=one.who,
            holder=shown_name(one, one.path or "", viewer, language) if one.name is not None else None,
            before=one.before,
            after=one.after,
            condition=one.condition.value if one.condition else None,
            has_charger=one.has_charger,
            receipt=one.receipt,
            fields=tuple(one.facts.get("fields", ())),
        )
        for one in rows
    )


def _places(session: Session, device_ids: list[int]) -> tuple[AssetPlace, ...]:
    rows = session.exec(
        select(Sighting, Network)
        .join(Network, col(Sighting.network_id) == col(Network.id))
        .where(col(Sighting.device_id).in_(device_ids))
        .order_by(col(Sighting.last_seen).desc())
        .limit(50)
    ).all()
    return tuple(AssetPlace(n.name, s.ip, s.mac, s.first_seen, s.last_seen) for s, n in rows)


def asset_page(
    session: Session, viewer: Viewer, asset_id: int, language: Language, *, most_events: int = EVENTS
) -> AssetPage:
    """The asset's page with the newest of its history.

    Raises:
        NotFoundError: it is not there, or not for this viewer.
    """
    found = session.execute(
        rows_statement().where(
            col(Asset.id) == asset_id, within(viewer, Permission.ASSET_VIEW, col(Asset.unit_id))
        )
    ).first()
    if found is None:
        raise NotFoundError
    asset = session.get_one(Asset, asset_id)
    model = session.get(DeviceModel, asset.model_id) if asset.model_id is not None else None
    room = session.get(Room, asset.room_id) if asset.room_id is not None else None
    identifiers = session.exec(select(AssetIdentifier).where(AssetIdentifier.asset_id == asset_id)).all()
    devices: tuple[Device, ...] = ()
    places: tuple[AssetPlace, ...] = ()
    if viewer.may(Permission.DEVICE_VIEW):
        devices = tuple(session.exec(select(Device).where(Device.asset_id == asset_id)))
        places = _places(session, [device.id or 0 for device in devices])
    findings: tuple[Finding, ...] = ()
    if viewer.may(Permission.FINDING_VIEW):
        live = col(Finding.closed_at).is_(None)
        findings = tuple(session.exec(select(Finding).where(Finding.asset_id == asset_id, live)))
    events = _events(session, asset_id, viewer, language, most_events + 1)
    return AssetPage(
        row=row_of(found, viewer, language),
        holder_id=asset.holder_id if viewer.may(Permission.PERSON_VIEW, found.path or "") else None,
        version=asset.version,
        name=asset.name,
        note=asset.note,
        room=room.name if room is not None else None,
        purchased_on=asset.purchased_on,
        support_basis=model.support_basis if model is not None else None,
        created_at=asset.created_at,
        identifiers=tuple(sorted((row.kind.value, row.value) for row in identifiers)),
        events=events[:most_events],
        has_older=len(events) > most_events,
        findings=findings,
        places=places,
        devices=devices,
        unit_id=asset.unit_id,
        site_id=asset.site_id,
        room_id=asset.room_id,
        price_ore=asset.price_ore,
        warranty_ends=asset.warranty_ends,
        own_support_ends=asset.support_ends,
        expected_online=asset.expected_online,
        is_editable=viewer.may(Permission.ASSET_EDIT, unit_path(session, asset.unit_id)),
    )
