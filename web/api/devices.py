"""Devices seen on the networks."""

from __future__ import annotations

from typing import Any

from tracker.queries import devices as queries
from tracker.words import Permission
from web.api import shapes
from web.api.calling import Call, following, operation


def _told(row: queries.DeviceRow) -> dict[str, Any]:
    names = shapes.DeviceTold.model_fields.keys() - {"asset", "network"}
    return {name: getattr(row.device, name) for name in names} | {"asset": row.tag, "network": row.network}


@operation("GET", "/devices", Permission.DEVICE_VIEW, shapes.DevicePage, query=shapes.DeviceQuery)
def list_devices(call: Call) -> shapes.DevicePage:
    """Devices by name, a page at a time."""
    asked: shapes.DeviceQuery = call.asked
    chosen = queries.DeviceFilter(
        text=asked.q or "",
        state=asked.state,
        network=asked.network,
        device_class=asked.device_class,
        cursor=asked.cursor,
        size=asked.limit,
    )
    page = queries.list_devices(call.session, call.viewer, chosen)
    return shapes.DevicePage(
        rows=[shapes.DeviceTold(**_told(row)) for row in page.rows],
        total=page.total,
        next=following(cursor=page.next_cursor) if page.next_cursor else None,
    )


@operation("GET", "/devices/<int:device_id>", Permission.DEVICE_VIEW, shapes.DeviceWhole)
def show_device(call: Call, device_id: int) -> shapes.DeviceWhole:
    """One device: why it is what it is, what identifies it, where it was."""
    page = queries.device_page(call.session, call.viewer, device_id)
    return shapes.DeviceWhole(
        **_told(page.row),
        because=page.row.device.because,
        identifiers=[shapes.Identified(kind=one.kind.value, value=one.value) for one in page.identifiers],
        seen=[
            shapes.Seen(
                network=network,
                ip=seen.ip,
                mac=seen.mac,
                source=seen.source,
                first_seen=seen.first_seen,
                last_seen=seen.last_seen,
                times=seen.times,
            )
            for seen, network in page.sightings
        ],
    )
