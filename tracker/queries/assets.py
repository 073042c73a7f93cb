"""The asset list, by pages of keys, and the asset's own page with its history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from discovery.sighting import DeviceClass
from tracker.errors import NotFoundError
from tracker.queries.narrowing import PAGE, Page, contains, cursor_of, one_of, paged, within
from tracker.queries.people import named
from tracker.tables import (
    Asset,
    AssetIdentifier,
    Device,
    DeviceModel,
    Finding,
    Movement,
    Network,
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


def _statement() -> Any:
    return (
        select(Asset, DeviceModel, Unit, Site)
        .join(Unit, col(Asset.unit_id) == col(Unit.id))
        .join(DeviceModel, col(Asset.model_id) == col(DeviceModel.id), isouter=True)
        .join(Site, col(Asset.site_id) == col(Site.id), isouter=True)
    )


def _row(found: Any, session: Session, viewer: Viewer, language: Language) -> AssetRow:
    asset, model, unit, site = found
    return AssetRow(
        id=asset.id,
        tag=asset.tag,
        status=asset.status,
        model=f"{model.vendor} {model.name}".strip() if model is not None else "",
        device_class=model.device_class if model is not None else DeviceClass.UNKNOWN,
        unit=unit.name,
        site=site.name if site is not None else "",
        holder=named(session, asset.holder_id, viewer, language),
        support_ends=asset.support_ends or (model.support_ends if model is not None else None),
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
    found = session.exec(statement).all()
    rows = [_row(one, session, viewer, language) for one in found]
    cursors = [f"{one[0].sort_key}|{one[0].id}" for one in found]
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
    for found in session.exec(statement.execution_options(yield_per=500)):
        yield _row(found, session, viewer, language)


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
    mine = within(viewer, Permission.ASSET_VIEW, col(Asset.unit_id))
    rows = session.exec(
        select(Site)
        .where(col(Site.id).in_(sa.select(col(Asset.site_id)).where(mine)))
        .order_by(col(Site.sort_key))
    ).all()
    return tuple(site.name for site in rows)


def _events(session: Session, asset_id: int, viewer: Viewer, language: Language) -> tuple[AssetEvent, ...]:
    rows = session.exec(
        select(Movement).where(Movement.asset_id == asset_id).order_by(col(Movement.id).desc()).limit(200)
    ).all()
    users = {user.id: user.name for user in session.exec(select(User))}
    return tuple(
        AssetEvent(
            at=row.at,
            kind=row.kind.value,
            who=users.get(row.by_id),
            holder=named(session, row.holder_id, viewer, language),
            before=row.before,
            after=row.after,
            condition=row.condition.value if row.condition else None,
            has_charger=row.has_charger,
            receipt=row.receipt,
        )
        for row in rows
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
    found = session.exec(
        _statement().where(
            col(Asset.id) == asset_id, within(viewer, Permission.ASSET_VIEW, col(Asset.unit_id))
        )
    ).first()
    if found is None:
        raise NotFoundError
    asset, model, _, _ = found
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
        row=_row(found, session, viewer, language),
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
