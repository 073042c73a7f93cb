"""The register in the shape that scripts written for Snipe-IT read: ``{"total", "rows"}``, its field names, reading only.

Field names and the shape of dates and relations are those of Snipe-IT's ``/api/v1/hardware`` (its API reference, "hardware").
Unlike it, an error is an HTTP error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import RootModel

from discovery.address import normalise_serial
from discovery.sighting import DeviceClass
from tracker.errors import NotFoundError
from tracker.queries.assets import AssetFilter
from tracker.queries.hardware import HardwareRow, Related, hardware
from tracker.words import AssetStatus, IdentifierKind, Permission
from web import doors
from web.api import event_shapes as shapes
from web.api.calling import Call, operation

if TYPE_CHECKING:
    from datetime import datetime

_META = {
    AssetStatus.HANDED_OUT: "deployed",
    AssetStatus.IN_USE: "deployed",
    AssetStatus.IN_STOCK: "deployable",
    AssetStatus.RESERVED: "deployable",
    AssetStatus.ORDERED: "pending",
    AssetStatus.RETURNED: "pending",
    AssetStatus.IN_REPAIR: "pending",
    AssetStatus.LOST: "undeployable",
    AssetStatus.STOLEN: "undeployable",
}
"""Snipe-IT's kinds of status; what is none of these is ``archived``."""


_STATUS_IDS = {
    AssetStatus.ORDERED: 1,
    AssetStatus.IN_STOCK: 2,
    AssetStatus.RESERVED: 3,
    AssetStatus.HANDED_OUT: 4,
    AssetStatus.IN_USE: 5,
    AssetStatus.RETURNED: 6,
    AssetStatus.IN_REPAIR: 7,
    AssetStatus.LOST: 8,
    AssetStatus.STOLEN: 9,
    AssetStatus.RETIRED: 10,
    AssetStatus.DISPOSED: 11,
    AssetStatus.DELETED: 12,
}
_CATEGORY_IDS = {
    DeviceClass.COMPUTER: 1,
    DeviceClass.CHROMEBOOK: 2,
    DeviceClass.PHONE: 3,
    DeviceClass.TABLET: 4,
    DeviceClass.NETWORK: 5,
    DeviceClass.SERVER: 6,
    DeviceClass.PRINTER: 7,
    DeviceClass.CAMERA: 8,
    DeviceClass.ACCESS_CONTROL: 9,
    DeviceClass.BUILDING_AUTOMATION: 10,
    DeviceClass.AV: 11,
    DeviceClass.VOIP: 12,
    DeviceClass.POWER: 13,
    DeviceClass.IOT_SENSOR: 14,
    DeviceClass.STORAGE: 15,
    DeviceClass.MEDICAL: 16,
    DeviceClass.OTHER: 17,
    DeviceClass.UNKNOWN: 18,
}
"""Statuses and classes are words here, rows with numbers there: scripts keep the numbers, so none is ever given anew."""


class Hardware(RootModel[dict[str, Any]]):
    """One row."""


def _moment(moment: datetime) -> dict[str, str]:
    local = moment.astimezone(doors.doors().zone).strftime("%Y-%m-%d %H:%M:%S")
    return {"datetime": local, "formatted": local}


def _related(one: Related | None) -> dict[str, Any] | None:
    return {"id": one.id, "name": one.name} if one is not None else None


def _row(row: HardwareRow) -> dict[str, Any]:
    ends, meta = row.support_ends, _META.get(row.status, "archived")
    holder = _related(row.holder)
    return {
        "id": row.id,
        "name": row.name,
        "asset_tag": row.tag,
        "serial": row.serial,
        "model": _related(row.model),
        "category": {"id": _CATEGORY_IDS[row.device_class], "name": row.device_class.value},
        "status_label": {
            "id": _STATUS_IDS[row.status],
            "name": row.status.value,
            "status_type": meta,
            "status_meta": meta,
        },
        "company": _related(row.unit),
        "location": _related(row.site),
        "rtd_location": _related(row.site),
        "assigned_to": {**holder, "type": "user"} if holder is not None else None,
        "notes": row.note,
        "purchase_date": str(row.purchased_on) if row.purchased_on else None,
        "asset_eol_date": {"date": str(ends), "formatted": str(ends)} if ends else None,
        "created_at": _moment(row.created_at),
        "updated_at": _moment(row.changed_at),
    }


def _page(call: Call, chosen: AssetFilter, offset: int, limit: int) -> shapes.HardwarePage:
    rows, total = hardware(call.session, call.viewer, call.language, chosen, offset=offset, limit=limit)
    return shapes.HardwarePage(total=total, rows=[_row(row) for row in rows])


def _one(call: Call, chosen: AssetFilter) -> Hardware:
    page = _page(call, chosen, 0, 1)
    if not page.rows:
        raise NotFoundError
    return Hardware(page.rows[0])


@operation("GET", "/hardware", Permission.ASSET_VIEW, shapes.HardwarePage, query=shapes.HardwareQuery)
def list_hardware(call: Call) -> shapes.HardwarePage:
    """Assets in Snipe-IT's shape."""
    asked: shapes.HardwareQuery = call.asked
    sort = "tag" if asked.order == "asc" else "-tag"
    return _page(call, AssetFilter(text=asked.search or "", sort=sort), asked.offset, asked.limit)


@operation("GET", "/hardware/<int:asset_id>", Permission.ASSET_VIEW, Hardware)
def show_hardware(call: Call, asset_id: int) -> Hardware:
    """One asset in Snipe-IT's shape."""
    return _one(call, AssetFilter(asset_id=asset_id))


@operation("GET", "/hardware/bytag/<tag>", Permission.ASSET_VIEW, Hardware)
def show_hardware_by_tag(call: Call, tag: str) -> Hardware:
    """The asset with this tag in Snipe-IT's shape."""
    return _one(call, AssetFilter(tag=tag))


@operation("GET", "/hardware/byserial/<serial>", Permission.ASSET_VIEW, shapes.HardwarePage)
def list_hardware_by_serial(call: Call, serial: str) -> shapes.HardwarePage:
    """The assets with this serial number in Snipe-IT's shape."""
    value = normalise_serial(serial) or serial
    return _page(call, AssetFilter(identifier=(IdentifierKind.SERIAL, value)), 0, 50)
