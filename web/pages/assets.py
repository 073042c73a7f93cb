"""The register: the list, one asset with its history, the export of what is shown, the label's short link."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from flask import Blueprint, Response, g, redirect, render_template, request, stream_with_context, url_for

from discovery.sighting import DeviceClass
from tracker import lifecycle
from tracker.errors import InvalidError, TrackerError
from tracker.findings_text import sentence
from tracker.imports.cells import safe_cell
from tracker.queries import assets as queries
from tracker.queries.asset_page import EVENTS, EVENTS_WHOLE, asset_page
from tracker.words import AssetStatus, Permission
from web import doors
from web.access import allow
from web.forms.reading import LONGEST, number
from web.shown import t, word_code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask.typing import ResponseReturnValue

    from tracker.tables import Finding

bp = Blueprint("assets", __name__)

PIECE = 32_000
"""Characters of an export that are sent at a time."""


def _unit() -> int | None:
    said, found = request.args.get("unit"), number(request.args, "unit")
    if said and found is None:
        raise InvalidError({"unit": TrackerError("error.unknown_filter", value=said[:40])})
    return found


def _filter() -> queries.AssetFilter:
    return queries.AssetFilter(
        text=request.args.get("q", "")[:LONGEST],
        status=request.args.get("status") or None,
        site=request.args.get("site") or None,
        device_class=request.args.get("class") or None,
        unit=_unit(),
        sort=request.args.get("sort") or "tag",
        cursor=request.args.get("cursor") or None,
    )


@bp.get("/assets", endpoint="list")
@allow(Permission.ASSET_VIEW)
def list_() -> ResponseReturnValue:
    """The list; its sort and filter stand in the address, so that a link is a view."""
    chosen = _filter()
    with doors.reading() as session:
        page = queries.list_assets(session, g.viewer, chosen, g.language)
        sites = queries.sites(session, g.viewer)
        unit = queries.unit_named(session, g.viewer, chosen.unit) if chosen.unit is not None else None
    return render_template(
        "assets/list.html",
        page=page,
        chosen=chosen,
        sites=sites,
        unit=unit,
        statuses=tuple(AssetStatus),
        classes=tuple(DeviceClass),
    )


def _csv(chosen: queries.AssetFilter) -> Iterator[str]:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    names = ("tag", "model", "class", "status", "unit", "site", "holder", "support_ends")
    writer.writerow([t(f"assets.column.{name}") for name in names])
    # Excel reads UTF-8 as such only with a byte order mark.
    yield "\ufeff" + out.getvalue()
    out.seek(0)
    out.truncate()
    # Once, not for each row.
    classes = {word: t(word_code(word)) for word in DeviceClass}
    statuses = {word: t(word_code(word)) for word in AssetStatus}
    with doors.reading() as session:
        for row in queries.every_asset(session, g.viewer, chosen, g.language):
            cells = (
                row.tag,
                row.model,
                classes[row.device_class],
                statuses[row.status],
                row.unit,
                row.site,
                row.holder or "",
                row.support_ends.isoformat() if row.support_ends else "",
            )
            writer.writerow([safe_cell(cell) for cell in cells])
            if out.tell() > PIECE:
                yield out.getvalue()
                out.seek(0)
                out.truncate()
        yield out.getvalue()


@bp.get("/assets.csv")
@allow(Permission.ASSET_VIEW)
def export() -> ResponseReturnValue:
    """Exactly what the list shows, all of it, streamed."""
    answer = Response(stream_with_context(_csv(_filter())), mimetype="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="enhetskoll.csv"'
    return answer


def _say(finding: Finding) -> str:
    return sentence(finding, g.language, doors.doors().zone)


@bp.get("/assets/<int:asset_id>")
@allow(Permission.ASSET_VIEW)
def show(asset_id: int) -> ResponseReturnValue:
    """One asset."""
    with doors.reading() as session:
        most = EVENTS_WHOLE if request.args.get("history") == "all" else EVENTS
        page = asset_page(session, g.viewer, asset_id, g.language, most_events=most)
    return render_template(
        "assets/show.html",
        page=page,
        say=_say,
        may_hand_out=lifecycle.may(lifecycle.HAND_OUT, page.row.status),
        may_take_back=lifecycle.may(lifecycle.TAKE_BACK, page.row.status),
    )


@bp.get("/a/<path:tag>")
@allow(Permission.ASSET_VIEW)
def by_tag(tag: str) -> ResponseReturnValue:
    """The short link on a label."""
    with doors.reading() as session:
        asset_id = queries.id_of_tag(session, g.viewer, tag)
    return redirect(url_for("assets.show", asset_id=asset_id), 302)
