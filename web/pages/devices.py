"""What was seen on the networks, registered or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, g, render_template, request

from discovery.sighting import DeviceClass
from tracker.facts import bus_number
from tracker.findings_text import plugged_text, sentence
from tracker.queries import devices as queries
from tracker.words import IdentifierKind, Permission
from web import doors
from web.access import allow
from web.forms.reading import LONGEST

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from tracker.tables import Finding

bp = Blueprint("devices", __name__)


@bp.get("/devices", endpoint="list")
@allow(Permission.DEVICE_VIEW)
def list_() -> ResponseReturnValue:
    """The list."""
    chosen = queries.DeviceFilter(
        text=request.args.get("q", "")[:LONGEST],
        state=request.args.get("state") or None,
        network=request.args.get("network") or None,
        device_class=request.args.get("class") or None,
        cursor=request.args.get("cursor") or None,
    )
    with doors.reading() as session:
        page = queries.list_devices(session, g.viewer, chosen)
        networks = queries.networks(session)
    return render_template(
        "devices/list.html",
        page=page,
        chosen=chosen,
        networks=networks,
        classes=tuple(DeviceClass),
        states=queries.STATES,
    )


def _say(finding: Finding) -> str:
    return sentence(finding, g.language, doors.doors().zone)


@bp.get("/devices/<int:device_id>")
@allow(Permission.DEVICE_VIEW)
def show(device_id: int) -> ResponseReturnValue:
    """One device: what it is and why, where it was, what changed."""
    with doors.reading() as session:
        page = queries.device_page(session, g.viewer, device_id)
    plugged = plugged_text(page.row.device.plugged, g.language)
    number = bus_number(one.value for one in page.identifiers if one.kind is IdentifierKind.UUID)
    return render_template("devices/show.html", page=page, say=_say, plugged=plugged, number=number)
