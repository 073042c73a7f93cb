"""Assets with the ids of all that they point at, a slice at a time, for programs: three statements however many rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from discovery.sighting import DeviceClass
from tracker.names import hides_unit, is_shown, shown_name
from tracker.queries.assets import HOLDERS, AssetFilter, conditions, count_assets, joined, order
from tracker.tables import Asset, AssetIdentifier, DeviceModel, Person, Site, Unit
from tracker.texts import text
from tracker.words import AssetStatus, IdentifierKind, Language

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tracker.roles import Viewer


@dataclass(frozen=True, slots=True)
class Related:
    """What an asset points at. `id` None: it has a name, but not for this viewer to know whose."""

    id: int | None
    name: str


@dataclass(frozen=True, slots=True)
class HardwareRow:
    """One asset."""

    id: int
    tag: str
    name: str
    status: AssetStatus
    serial: str | None
    model: Related | None
    device_class: DeviceClass
    unit: Related
    site: Related | None
    holder: Related | None
    note: str | None
    purchased_on: date | None
    support_ends: date | None
    created_at: datetime
    changed_at: datetime


def _statement() -> Any:
    model = sa.func.trim(col(DeviceModel.vendor) + " " + col(DeviceModel.name))
    return joined(
        Asset,
        model.label("model"),
        col(DeviceModel.device_class),
        sa.func.coalesce(col(Asset.support_ends), col(DeviceModel.support_ends)).label("support_ends"),
        col(Unit.name).label("unit"),
        col(Unit.path).label("unit_path"),
        col(Site.name).label("site"),
        col(Person.name),
        col(Person.is_protected),
        col(HOLDERS.path).label("path"),
    )


def _serials(session: Session, ids: Iterable[int]) -> dict[int, str]:
    wanted = select(AssetIdentifier.asset_id, AssetIdentifier.value).where(
        col(AssetIdentifier.asset_id).in_(ids), AssetIdentifier.kind == IdentifierKind.SERIAL
    )
    # Of several the first, each time the same.
    return dict(session.exec(wanted.order_by(col(AssetIdentifier.value).desc())).all())


def _holder(found: Any, viewer: Viewer, language: Language) -> Related | None:
    if found.name is None:
        return None
    path = found.path or ""
    number = found.Asset.holder_id if is_shown(found, path, viewer) else None
    return Related(number, shown_name(found, path, viewer, language))


def _unit(found: Any, viewer: Viewer, language: Language) -> Related:
    if hides_unit(found, found.path or "", found.unit_path, viewer):
        return Related(None, text("person.protected_unit", language))
    return Related(found.Asset.unit_id, found.unit)


def _row(found: Any, serial: str | None, viewer: Viewer, language: Language) -> HardwareRow:
    asset: Asset = found.Asset
    return HardwareRow(
        id=asset.id or 0,
        tag=asset.tag,
        name=asset.name or "",
        status=asset.status,
        serial=serial,
        model=Related(asset.model_id, found.model) if found.model is not None else None,
        device_class=found.device_class or DeviceClass.UNKNOWN,
        unit=_unit(found, viewer, language),
        site=Related(asset.site_id, found.site) if found.site is not None else None,
        holder=_holder(found, viewer, language),
        note=asset.note,
        purchased_on=asset.purchased_on,
        support_ends=found.support_ends,
        created_at=asset.created_at,
        changed_at=asset.changed_at,
    )


def hardware(
    session: Session, viewer: Viewer, language: Language, chosen: AssetFilter, *, offset: int, limit: int
) -> tuple[tuple[HardwareRow, ...], int]:
    """So many rows from a place on, by tag, and how many the filter has."""
    place = order(descending=chosen.sort.startswith("-"))
    statement = _statement().where(*conditions(session, viewer, chosen)).order_by(*place)
    found = session.execute(statement.offset(offset).limit(limit)).all()
    serials = _serials(session, [one.Asset.id for one in found])
    rows = tuple(_row(one, serials.get(one.Asset.id), viewer, language) for one in found)
    return rows, count_assets(session, viewer, chosen)
