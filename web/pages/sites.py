"""One site with its rooms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, g, redirect, request, url_for

from tracker.movements import places as deeds
from tracker.queries import units as queries
from tracker.words import Permission
from web import doors
from web.access import allow
from web.form_pages import attempt, form_page
from web.forms import units as forms
from web.forms.reading import line, number
from web.problems import complaints
from web.shown import hanging_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.typing import ResponseReturnValue
    from sqlmodel import Session

    from tracker.errors import TrackerError

bp = Blueprint("sites", __name__, url_prefix="/administration")


def _page(
    site_id: int, error: TrackerError | None = None, where: str = "name", part: str = "site"
) -> ResponseReturnValue:
    with doors.reading() as session:
        page = queries.site_page(session, g.viewer, site_id)
    errors = {f"{part}-{name}": said for name, said in complaints(error, where).items()}
    return form_page(
        "sites/show.html",
        error,
        page=page,
        errors=errors,
        part=part,
        hanging_text=hanging_text,
        removed=line(request.args, "removed"),
    )


def _shown(site_id: int, removed: str | None = None) -> ResponseReturnValue:
    return redirect(url_for("sites.show", site_id=site_id, removed=removed), 303)


@bp.get("/sites/<int:site_id>")
@allow(Permission.UNIT_EDIT)
def show(site_id: int) -> ResponseReturnValue:
    """One site with its rooms."""
    return _page(site_id)


def _do(site_id: int, part: str, deed: Callable[[Session], object]) -> ResponseReturnValue:
    return attempt(
        deed, then=lambda _: _shown(site_id), again=lambda error: _page(site_id, error, "name", part)
    )


@bp.post("/sites/<int:site_id>")
@allow(Permission.UNIT_EDIT)
def change(site_id: int) -> ResponseReturnValue:
    """Name and unit."""

    def deed(session: Session) -> None:
        command = forms.site(request.form, site_id, number(request.form, "unit"))
        deeds.save_site(session, command, by=g.viewer, now=doors.now())

    return _do(site_id, "site", deed)


@bp.post("/sites/<int:site_id>/rooms")
@allow(Permission.UNIT_EDIT)
def add_room(site_id: int) -> ResponseReturnValue:
    """A room at the site."""

    def deed(session: Session) -> None:
        deeds.save_room(session, forms.room(request.form, site_id, None), by=g.viewer, now=doors.now())

    return _do(site_id, "room", deed)


@bp.post("/sites/<int:site_id>/remove")
@allow(Permission.UNIT_EDIT)
def remove(site_id: int) -> ResponseReturnValue:
    """Take the site away, and go to its unit, where it can be taken back."""

    def deed(session: Session) -> int:
        command = forms.remove_place(request.form, site_id)
        return deeds.remove_site(session, command, by=g.viewer, now=doors.now())

    def then(unit_id: int) -> ResponseReturnValue:
        removed = request.form["request_id"]
        return redirect(url_for("units.show", unit_id=unit_id, removed=removed), 303)

    return attempt(
        deed,
        then=then,
        again=lambda error: _page(site_id, error, "hanging", "remove"),
    )


def _site_of(room_id: int) -> int:
    with doors.reading() as session:
        return queries.site_of_room(session, g.viewer, room_id)


@bp.post("/rooms/<int:room_id>")
@allow(Permission.UNIT_EDIT)
def change_room(room_id: int) -> ResponseReturnValue:
    """A room's name and whether it is secured."""
    site_id = _site_of(room_id)

    def deed(session: Session) -> None:
        deeds.save_room(session, forms.room(request.form, site_id, room_id), by=g.viewer, now=doors.now())

    return _do(site_id, f"room-{room_id}", deed)


@bp.post("/rooms/<int:room_id>/remove")
@allow(Permission.UNIT_EDIT)
def remove_room(room_id: int) -> ResponseReturnValue:
    """Take the room away; it can be taken back."""

    def deed(session: Session) -> int:
        command = forms.remove_place(request.form, room_id)
        return deeds.remove_room(session, command, by=g.viewer, now=doors.now())

    return attempt(
        deed,
        then=lambda site_id: _shown(site_id, request.form["request_id"]),
        again=lambda error: _page(_site_of(room_id), error, "name", f"room-{room_id}"),
    )
