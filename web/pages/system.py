"""How the product itself is, for the people who run it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from flask import Blueprint, g, render_template

from tracker.clock import local_date
from tracker.narrowings import pauses
from tracker.queries.system import system
from tracker.words import Permission
from web import doors
from web.access import allow
from web.pages.scans import method_text, reason_text
from web.shown import language

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask.typing import ResponseReturnValue

bp = Blueprint("system", __name__)


def _lease_files() -> Iterator[tuple[str, datetime | None]]:
    config = doors.doors().config
    for harvest in config.harvest:
        if harvest.path is not None:
            path = config.beside(harvest.path)
            written = datetime.fromtimestamp(path.stat().st_mtime, UTC) if path.is_file() else None
            yield str(path), written


@bp.get("/system")
@allow(Permission.SYSTEM_VIEW)
def show() -> ResponseReturnValue:
    """The page."""
    with doors.reading() as session:
        page = system(session, g.viewer, _lease_files())
        paused = pauses(session, local_date(doors.now(), doors.doors().zone))
    failed = page.copy_failed.say(language()) if page.copy_failed is not None else None
    return render_template(
        "system/show.html",
        page=page,
        paused=paused,
        copy_failed=failed,
        backup=doors.doors().config.backup,
        reason_text=reason_text,
        method_text=method_text,
    )
