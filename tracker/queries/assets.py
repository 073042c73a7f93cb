"""The asset list, by pages of keys, and the asset's own page with its history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from discovery.sighting import DeviceClass
from tracker.errors import NotFoundError
from tracker.names import shown_name
from tracker.queries.narrowing import PAGE, Page, contains, cursor_of, one_of, paged, sees_all, within
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
    Site,
    Unit,
    User,
)
from tracker.words import AssetStatus, IdentifierKind, Language, Permission

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tracker.roles import Viewer

SORTS = ("tag", "-tag")
EXPORTED_AT_ONCE = 500
"""Rows of an export that are held in memory."""


@dataclass(frozen=True, slots=True)
class AssetFilter:
    """What a link to the list says; unknown values are refused, not ignored."""

    text: str = ""
    status: str | None = None
    site: str | None = None
    device_class: str | None = None
    sort: str = "tag"
    cursor: str | None = None
    tag: str | None = None
    identifier: tuple[IdentifierKind, str] | None = None
    size: int = PAGE


@dataclass(frozen=True, slots=True)
class AssetRow:
    """One row of the list."""

    id: int
    tag: str
    status: AssetStatus
    model: str
    device_class: DeviceClass
    unit: str
    site: str
    holder: str | None
    support_ends: date | None


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
    """All that the asset's page shows."""

    row: AssetRow
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


def _conditions(viewer: Viewer, chosen: AssetFilter) -> list[sa.ColumnElement[bool]]:
    status = one_of(chosen.status, [s.value for s in AssetStatus], "status")
    kind = one_of(chosen.device_class, [c.value for c in DeviceClass], "device_class")
    found = [within(viewer, Permission.ASSET_VIEW, col(Asset.unit_id))]
    if chosen.text.strip():
        found.append(contains(col(Asset.search_key), chosen.text))
    if status:
        found.append(col(Asset.status) == AssetStatus(status))
    if kind:
        models = sa.select(col(DeviceModel.id)).where(col(DeviceModel.device_class) == DeviceClass(kind))
        found.append(col(Asset.model_id).in_(models))
    if chosen.tag:
        found.append(col(Asset.tag) == chosen.tag)
    if chosen.identifier:
        kind_of, value = chosen.identifier
        owners = sa.select(col(AssetIdentifier.asset_id)).where(
            col(AssetIdentifier.kind) == kind_of, col(AssetIdentifier.value) == value
        )
        found.append(col(Asset.id).in_(owners))
    if chosen.site:
        found.append(col(Asset.site_id).in_(sa.select(col(Site.id)).where(col(Site.name) == chosen.site)))
    return found


_HOLDERS = aliased(Unit)


def _statement() -> Any:
    """Columns, not objects: a list makes fifty rows and an export a hundred thousand."""
    return (
        sa.select(
            col(Asset.id),
            col(Asset.tag),
            col(Asset.status),
            col(Asset.sort_key),
            sa.func.coalesce(col(Asset.support_ends), col(DeviceModel.support_ends)).label("support_ends"),
            col(DeviceModel.vendor),
            col(DeviceModel.name).label("model"),
            col(DeviceModel.device_class),
            col(Unit.name).label("unit"),
            col(Site.name).label("site"),
            col(Person.name),
            col(Person.is_protected),
            col(_HOLDERS.path).label("path"),
        )
        .select_from(Asset)
        .join(Unit, col(Asset.unit_id) == col(Unit.id))
        .join(DeviceModel, col(Asset.model_id) == col(DeviceModel.id), isouter=True)
        .join(Site, col(Asset.site_id) == col(Site.id), isouter=True)
        .join(Person, col(Asset.holder_id) == col(Person.id), isouter=True)
        .join(_HOLDERS, col(Person.unit_id) == col(_HOLDERS.id), isouter=True)
    )


def _row(found: Any, viewer: Viewer, language: Language) -> AssetRow:
    # The row itself has the person's name and whether it is protected, which is all that a name is shown by.
    holder = shown_name(found, found.path or "", viewer, language) if found.name is not None else None
    return AssetRow(
        id=found.id,
        tag=found.tag,
        status=found.status,
        model=f"{found.vendor} {found.model}".strip() if found.model is not None else "",
        device_class=found.device_class or DeviceClass.UNKNOWN,
        unit=found.unit,
        site=found.site or "",
        holder=holder,
        support_ends=found.support_ends,
    )


def _order(*, descending: bool) -> tuple[Any, Any]:
    key, number = col(Asset.sort_key), col(Asset.id)
    return (key.desc(), number.desc()) if descending else (key, number)


def list_assets(session: Session, viewer: Viewer, chosen: AssetFilter, language: Language) -> Page[AssetRow]:
    """One page of the list."""
    sort = one_of(chosen.sort, SORTS, "sort") or "tag"
    backwards, key, number = cursor_of(chosen.cursor)
    descending = sort.startswith("-") != backwards
    conditions = _conditions(viewer, chosen)
    statement = (
        _statement().where(*conditions).order_by(*_order(descending=descending)).limit(chosen.size + 1)
    )
    if key is not None:
        place = sa.tuple_(col(Asset.sort_key), col(Asset.id))
        here = sa.tuple_(sa.literal(key), sa.literal(number))
        statement = statement.where(place < here if descending else place > here)
    found = session.execute(statement).all()
    rows = [_row(one, viewer, language) for one in found]
    cursors = [f"{one.sort_key}|{one.id}" for one in found]
    kept, following, previous = paged(rows, cursors, before=backwards, cursor=chosen.cursor, size=chosen.size)
    total = session.exec(select(sa.func.count()).select_from(Asset).where(*conditions)).one()
    mine = within(viewer, Permission.ASSET_VIEW, col(Asset.unit_id))
    whole = session.exec(select(sa.func.count()).select_from(Asset).where(mine)).one()
    return Page(kept, following, previous, total, whole)


def every_asset(
    session: Session, viewer: Viewer, chosen: AssetFilter, language: Language
) -> Iterator[AssetRow]:
    """All rows of the list, for export, read in pieces."""
    sort = one_of(chosen.sort, SORTS, "sort") or "tag"
    statement = (
        _statement().where(*_conditions(viewer, chosen)).order_by(*_order(descending=sort.startswith("-")))
    )
    for found in session.execute(statement.execution_options(yield_per=EXPORTED_AT_ONCE)):
        yield _row(found, viewer, language)


def count_assets(session: Session, viewer: Viewer, chosen: AssetFilter) -> int:
    """How many rows the filter has."""
    return session.exec(select(sa.func.count()).select_from(Asset).where(*_conditions(viewer, chosen))).one()


def slice_ids(session: Session, viewer: Viewer, chosen: AssetFilter, *, offset: int, limit: int) -> list[int]:
    """The ids of so many rows from a place on, for scripts that count their pages."""
    sort = one_of(chosen.sort, SORTS, "sort") or "tag"
    order = _order(descending=sort.startswith("-"))
    statement = select(Asset.id).where(*_conditions(viewer, chosen)).order_by(*order)
    return [number or 0 for number in session.exec(statement.offset(offset).limit(limit))]


def sites(session: Session, viewer: Viewer) -> tuple[str, ...]:
    """Sites that the viewer has assets at, for the filter."""
    here = sa.select(col(Asset.site_id)).where(within(viewer, Permission.ASSET_VIEW, col(Asset.unit_id)))
    has_any = (
        here.where(col(Asset.site_id) == col(Site.id)).exists()  # the first asset of a site settles it
        if sees_all(viewer, Permission.ASSET_VIEW)
        else col(Site.id).in_(here)
    )
    rows = session.exec(select(Site).where(has_any).order_by(col(Site.sort_key))).all()
    return tuple(site.name for site in rows)


def _events(session: Session, asset_id: int, viewer: Viewer, language: Language) -> tuple[AssetEvent, ...]:
    rows = session.execute(
        sa.select(
            Movement, col(User.name).label("who"), col(Person.name), col(Person.is_protected), col(Unit.path)
        )
        .join(User, col(Movement.by_id) == col(User.id), isouter=True)
        .join(Person, col(Movement.holder_id) == col(Person.id), isouter=True)
        .join(Unit, col(Person.unit_id) == col(Unit.id), isouter=True)
        .where(col(Movement.asset_id) == asset_id)
        .order_by(col(Movement.id).desc())
        .limit(200)
    ).all()
    return tuple(
        AssetEvent(
            at=one.Movement.at,
            kind=one.Movement.kind.value,
            who=one.who,
            holder=shown_name(one, one.path or "", viewer, language) if one.name is not None else None,
            before=one.Movement.before,
            after=one.Movement.after,
            condition=one.Movement.condition.value if one.Movement.condition else None,
            has_charger=one.Movement.has_charger,
            receipt=one.Movement.receipt,
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


def asset_page(session: Session, viewer: Viewer, asset_id: int, language: Language) -> AssetPage:
    """The asset's page.

    Raises:
        NotFoundError: it is not there, or not for this viewer.
    """
    found = session.execute(
        _statement().where(
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
    return AssetPage(
        row=_row(found, viewer, language),
        version=asset.version,
        name=asset.name,
        note=asset.note,
        room=room.name if room is not None else None,
        purchased_on=asset.purchased_on,
        support_basis=model.support_basis if model is not None else None,
        created_at=asset.created_at,
        identifiers=tuple(sorted((row.kind.value, row.value) for row in identifiers)),
        events=_events(session, asset_id, viewer, language),
        findings=findings,
        places=places,
        devices=devices,
    )


def id_of_tag(session: Session, viewer: Viewer, tag: str) -> int:
    """The asset a label's short link names.

    Raises:
        NotFoundError: none, or not for this viewer.
    """
    mine = within(viewer, Permission.ASSET_VIEW, col(Asset.unit_id))
    found = session.exec(select(Asset.id).where(Asset.tag == tag, mine)).first()
    if found is None:
        raise NotFoundError
    return found
