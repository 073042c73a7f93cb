"""Scans: the list, one with its coverage, asking for one, stopping one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tracker import scans_asked
from tracker.queries import scans as queries
from tracker.words import Permission
from web import doors
from web.api import event_shapes as shapes
from web.api.calling import Call, following, operation
from web.api.shapes import Made

if TYPE_CHECKING:
    from tracker.tables import Scan


def _told(scan: Scan, network: str) -> dict[str, Any]:
    names = shapes.ScanTold.model_fields.keys() - {"network"}
    return {name: getattr(scan, name) for name in names} | {"network": network}


@operation("GET", "/scans", Permission.SCAN_VIEW, shapes.ScanPage, query=shapes.ScanQuery)
def list_scans(call: Call) -> shapes.ScanPage:
    """Scans, the newest first, a page at a time."""
    asked: shapes.ScanQuery = call.asked
    rows, more = queries.list_scans(
        call.session,
        call.viewer,
        network=asked.network,
        state=asked.state,
        before=asked.before,
        limit=asked.limit,
    )
    told = [shapes.ScanTold(**_told(scan, network)) for scan, network in rows]
    return shapes.ScanPage(rows=told, next=following(before=told[-1].id) if more else None)


@operation("GET", "/scans/<int:scan_id>", Permission.SCAN_VIEW, shapes.ScanWhole)
def show_scan(call: Call, scan_id: int) -> shapes.ScanWhole:
    """One scan with its coverage."""
    page = queries.scan_page(call.session, call.viewer, scan_id)
    methods = [
        shapes.MethodTold(name=m.name, state=m.state, targets=m.targets, answered=m.answered, reason=m.reason)
        for m in page.methods
    ]
    return shapes.ScanWhole(**_told(page.scan, page.network.name), methods=methods, busiest=page.scan.busiest)


@operation("POST", "/scans", Permission.SCAN_START, Made, content=shapes.ScanNew, status=202)
def ask_for_scan(call: Call) -> Made:
    """Ask for a scan of a network; a second ask joins the first."""
    number = scans_asked.ask_for_scan(
        call.session, call.content.network_id, call.viewer.user_id, call.now, doors.doors().zone
    )
    return Made(id=number)


@operation("POST", "/scans/<int:scan_id>/stop", Permission.SCAN_START, Made, status=202)
def stop_scan(call: Call, scan_id: int) -> Made:
    """Ask a scan to stop."""
    scans_asked.ask_to_stop(call.session, scan_id, call.now)
    return Made(id=scan_id)
