"""The register in the shape that scripts written for Snipe-IT read: ``{"total", "rows"}``, its field names, reading only.

Field names and the shape of dates and relations are those of Snipe-IT's ``/api/v1/hardware`` (its API reference, "hardware").
Unlike it, an error is an HTTP error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import RootModel

from discovery.address import normalise_serial
from tracker.queries import assets as queries
from tracker.queries.asset_page import asset_page
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


class Hardware(RootModel[dict[str, Any]]):
    """One row."""


def _moment(moment: datetime) -> dict[str, str]:
    local = moment.astimezone(doors.doors().zone).strftime("%Y-%m-%d %H:%M:%S")
    return {"datetime": local, "formatted": local}


def _named(name: str | None) -> dict[str, Any] | None:
    return {"id": None, "name": name} if name else None


def _row(call: Call, asset_id: int) -> dict[str, Any]:
    page = asset_page(call.session, call.viewer, asset_id, call.language)
    row, serial = page.row, next((v for kind, v in page.identifiers if kind == "serial"), None)
    ends = row.support_ends
    return {
        "id": row.id,
        "name": page.name or "",
        "asset_tag": row.tag,
        "serial": serial,
        "model": _named(row.model),
        "category": _named(row.device_class.value),
        "status_label": {
            "id": None,
            "name": row.status.value,
            "status_type": _META.get(row.status, "archived"),
            "status_meta": _META.get(row.status, "archived"),
        },
        "company": _named(row.unit),
        "location": _named(row.site),
        "rtd_location": _named(row.site),
        "assigned_to": {**(_named(row.holder) or {}), "type": "user"} if row.holder else None,
        "notes": page.note,
        "purchase_date": str(page.purchased_on) if page.purchased_on else None,
        "asset_eol_date": {"date": str(ends), "formatted": str(ends)} if ends else None,
        "created_at": _moment(page.created_at),
    }


def _page(call: Call, chosen: queries.AssetFilter, offset: int, limit: int) -> shapes.HardwarePage:
    ids = queries.slice_ids(call.session, call.viewer, chosen, offset=offset, limit=limit)
    total = queries.count_assets(call.session, call.viewer, chosen)
    return shapes.HardwarePage(total=total, rows=[_row(call, number) for number in ids])


@operation("GET", "/hardware", Permission.ASSET_VIEW, shapes.HardwarePage, query=shapes.HardwareQuery)
def list_hardware(call: Call) -> shapes.HardwarePage:
    """Assets in Snipe-IT's shape."""
    asked: shapes.HardwareQuery = call.asked
    sort = "tag" if asked.order == "asc" else "-tag"
    return _page(call, queries.AssetFilter(text=asked.search or "", sort=sort), asked.offset, asked.limit)


@operation("GET", "/hardware/<int:asset_id>", Permission.ASSET_VIEW, Hardware)
def show_hardware(call: Call, asset_id: int) -> Hardware:
    """One asset in Snipe-IT's shape."""
    return Hardware(_row(call, asset_id))


@operation("GET", "/hardware/bytag/<tag>", Permission.ASSET_VIEW, Hardware)
def show_hardware_by_tag(call: Call, tag: str) -> Hardware:
    """The asset with this tag in Snipe-IT's shape."""
    return Hardware(_row(call, queries.id_of_tag(call.session, call.viewer, tag)))


@operation("GET", "/hardware/byserial/<serial>", Permission.ASSET_VIEW, shapes.HardwarePage)
def list_hardware_by_serial(call: Call, serial: str) -> shapes.HardwarePage:
    """The assets with this serial number in Snipe-IT's shape."""
    value = normalise_serial(serial) or serial
    return _page(call, queries.AssetFilter(identifier=(IdentifierKind.SERIAL, value)), 0, 50)
