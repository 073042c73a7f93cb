"""The start page: what needs me today?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, g, redirect, render_template, url_for

from tracker.findings_text import sentence
from tracker.queries.start import start
from tracker.words import Permission
from web import doors
from web.access import logged_in

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

bp = Blueprint("start", __name__)


@bp.get("/")
@logged_in
def index() -> ResponseReturnValue:
    """Who only takes back and hands out lands in the return box; others get their day."""
    if g.viewer.may(Permission.RETURN_MAKE) and not g.viewer.may(Permission.FINDING_VIEW):
        return redirect(url_for("returns.box"), 303)
    zone = doors.doors().zone
    with doors.reading() as session:
        today = start(session, g.viewer, doors.now(), zone)
    sentences = [
        (group, sentence(group.first, g.language, zone), len(group.marks) - 1) for group in today.top
    ]
    return render_template("start/index.html", today=today, sentences=sentences)
