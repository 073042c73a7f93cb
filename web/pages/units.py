"""The organisation as a tree, and one unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, g, redirect, render_template, request, url_for

from tracker.movements import units as deeds
from tracker.movements.places import save_site
from tracker.movements.restoring import restore as restore_removed
from tracker.queries import units as queries
from tracker.queries.assets import AssetFilter, count_assets
from tracker.words import Permission, UnitKind
from web import doors
from web.access import allow
from web.form_pages import attempt, form_page
from web.forms import units as forms
from web.forms.reading import LONGEST, line, request_id
from web.problems import complaints
from web.shown import hanging_text, t

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.typing import ResponseReturnValue
    from sqlmodel import Session

    from tracker.errors import TrackerError

bp = Blueprint("units", __name__, url_prefix="/administration/units")

KINDS = (UnitKind.ADMINISTRATION, UnitKind.OPERATION, UnitKind.SCHOOL, UnitKind.CLASS)
"""What may stand below something; the municipality is the one root."""


def _below_text(node: queries.Node) -> str:
    classes = sum(one.kind is UnitKind.CLASS for one in node.below)
    counts = (("units.classes_count", classes), ("units.below_count", len(node.below) - classes))
    return ", ".join(t(code, n=count) for code, count in counts if count)


@bp.get("", endpoint="list")
@allow(Permission.UNIT_EDIT)
def list_() -> ResponseReturnValue:
    """The tree, or the part of it that matches."""
    text = request.args.get("q", "")[:LONGEST]
    with doors.reading() as session:
        roots = queries.tree(session, g.viewer, text)
    return render_template("units/list.html", roots=roots, text=text, below_text=_below_text)


def _page(
    unit_id: int, error: TrackerError | None = None, where: str = "name", part: str = "change"
) -> ResponseReturnValue:
    """The unit's page; after an error with the form that was sent (`part`) as it was filled in."""
    with doors.reading() as session:
        page = queries.unit_page(session, g.viewer, unit_id)
        may_see = g.viewer.may(Permission.ASSET_VIEW, page.unit.path)
        assets = count_assets(session, g.viewer, AssetFilter(unit=unit_id)) if may_see else None
    errors = complaints(error, where)
    if part != "change":  # the fields of the other forms have names of their own on the page
        errors = {f"{part}-{name}": said for name, said in errors.items()}
    return form_page(
        "units/show.html",
        error,
        page=page,
        assets=assets,
        errors=errors,
        part=part,
        kinds=KINDS,
        hanging_text=hanging_text,
        removed=line(request.args, "removed"),
    )


def _shown(unit_id: int, removed: str | None = None) -> ResponseReturnValue:
    return redirect(url_for("units.show", unit_id=unit_id, removed=removed), 303)


@bp.get("/<int:unit_id>")
@allow(Permission.UNIT_EDIT)
def show(unit_id: int) -> ResponseReturnValue:
    """One unit with its sites and what can be done."""
    return _page(unit_id)


def _do(unit_id: int, part: str, where: str, deed: Callable[[Session], object]) -> ResponseReturnValue:
    return attempt(
        deed, then=lambda _: _shown(unit_id), again=lambda error: _page(unit_id, error, where, part)
    )


@bp.post("/<int:unit_id>")
@allow(Permission.UNIT_EDIT)
def change(unit_id: int) -> ResponseReturnValue:
    """Name, kind and code."""

    def deed(session: Session) -> None:
        deeds.change_unit(session, forms.change(request.form, unit_id), by=g.viewer, now=doors.now())

    return _do(unit_id, "change", "name", deed)


@bp.post("/<int:unit_id>/units")
@allow(Permission.UNIT_EDIT)
def add(unit_id: int) -> ResponseReturnValue:
    """A unit below this one."""

    def deed(session: Session) -> None:
        deeds.add_unit(session, forms.add(request.form, unit_id), by=g.viewer, now=doors.now())

    return _do(unit_id, "add", "name", deed)


@bp.post("/<int:unit_id>/move")
@allow(Permission.UNIT_EDIT)
def move(unit_id: int) -> ResponseReturnValue:
    """To below another unit, with everything below it."""

    def deed(session: Session) -> None:
        deeds.move_unit(session, forms.move(request.form, unit_id), by=g.viewer, now=doors.now())

    return _do(unit_id, "move", "parent", deed)


@bp.post("/<int:unit_id>/sites")
@allow(Permission.UNIT_EDIT)
def add_site(unit_id: int) -> ResponseReturnValue:
    """A site of this unit."""

    def deed(session: Session) -> None:
        save_site(session, forms.site(request.form, None, unit_id), by=g.viewer, now=doors.now())

    return _do(unit_id, "site", "name", deed)


@bp.post("/<int:unit_id>/remove")
@allow(Permission.UNIT_EDIT)
def remove(unit_id: int) -> ResponseReturnValue:
    """Take the unit away, and go to what it hung on, where it can be taken back."""

    def deed(session: Session) -> int:
        return deeds.remove_unit(session, forms.remove(request.form, unit_id), by=g.viewer, now=doors.now())

    return attempt(
        deed,
        then=lambda parent_id: _shown(parent_id, request.form["request_id"]),
        again=lambda error: _page(unit_id, error, "hanging", "remove"),
    )


@bp.post("/restore")
@allow(Permission.UNIT_EDIT)
def restore() -> ResponseReturnValue:
    """Take back one's own removal of a unit, a site or a room."""
    with doors.writing() as session:
        removal = line(request.form, "removed") or ""
        what, row_id = restore_removed(
            session, removal, request_id(request.form), by=g.viewer, now=doors.now()
        )
        site_id = queries.site_of_room(session, g.viewer, row_id) if what == "room" else row_id
    if what == "unit":
        return _shown(row_id)
    return redirect(url_for("sites.show", site_id=site_id), 303)
