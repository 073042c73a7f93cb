"""Scans: each network's last look and its nights, one scan as it runs, and asking for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, g, redirect, render_template, url_for

from tracker import scans_asked
from tracker.queries import scans as queries
from tracker.texts import has_text
from tracker.words import Permission, ScanState
from web import doors
from web.access import allow
from web.shown import t

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

bp = Blueprint("scans", __name__)

RUNNING = frozenset({ScanState.WANTED, ScanState.RUNNING})


def reason_text(reason: str | None) -> str:
    """A coverage reason in words: a code, perhaps with a figure behind a colon."""
    if not reason:
        return ""
    name, _, figure = reason.partition(":")
    code = f"scanpages.reason.{name.replace('-', '_')}"
    return t(code, n=int(figure) if figure.isdecimal() else 0) if has_text(code) else reason


def method_text(name: str) -> str:
    """A method's name in words."""
    code = f"scanpages.method.{name}"
    return t(code) if has_text(code) else name


@bp.get("/scans", endpoint="list")
@allow(Permission.SCAN_VIEW)
def list_() -> ResponseReturnValue:
    """The networks."""
    zone = doors.doors().zone
    with doors.reading() as session:
        rows = queries.networks(session, g.viewer, doors.now(), zone)
    return render_template("scans/list.html", rows=rows)


def _parts(scan_id: int) -> dict[str, object]:
    with doors.reading() as session:
        page = queries.scan_page(session, g.viewer, scan_id)
    return {
        "page": page,
        "is_running": page.scan.state in RUNNING,
        "reason_text": reason_text,
        "method_text": method_text,
    }


@bp.get("/scans/<int:scan_id>")
@allow(Permission.SCAN_VIEW)
def show(scan_id: int) -> ResponseReturnValue:
    """One scan: its progress while it runs, its coverage when it is done."""
    return render_template("scans/show.html", **_parts(scan_id))


@bp.get("/scans/<int:scan_id>/now")
@allow(Permission.SCAN_VIEW)
def now(scan_id: int) -> ResponseReturnValue:
    """The part of the page that changes, for the script."""
    return render_template("scans/_now.html", **_parts(scan_id))


@bp.post("/networks/<int:network_id>/scan")
@allow(Permission.SCAN_START)
def start(network_id: int) -> ResponseReturnValue:
    """Ask for a scan; the scheduler takes it within a second or two."""
    with doors.writing() as session:
        scan_id = scans_asked.ask_for_scan(
            session, network_id, g.viewer.user_id, doors.now(), doors.doors().zone
        )
    return redirect(url_for("scans.show", scan_id=scan_id), 303)


@bp.post("/scans/<int:scan_id>/stop")
@allow(Permission.SCAN_START)
def stop(scan_id: int) -> ResponseReturnValue:
    """Ask a scan to stop."""
    with doors.writing() as session:
        scans_asked.ask_to_stop(session, scan_id, doors.now())
    return redirect(url_for("scans.show", scan_id=scan_id), 303)
