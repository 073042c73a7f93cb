"""An asset's own fields: the form, and what it says when a field cannot be taken or someone was faster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, g, redirect, render_template, request, url_for

from discovery.sighting import DeviceClass
from tracker.errors import InvalidError, StaleError, TrackerError
from tracker.movements.editing import edit_asset
from tracker.queries import editing as queries
from tracker.words import Permission
from web import doors
from web.access import allow
from web.forms import assets as forms
from web.forms.reading import request_id
from web.problems import sentence_of
from web.shown import t

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from tracker.queries.editing import EditPage

bp = Blueprint("asset_edit", __name__)

BESIDE = {"site_id": "place", "room_id": "place", "price_ore": "price"}
"""Fields of the deed whose complaint stands beside another one of the form."""


def _choices(page: EditPage) -> list[tuple[str, str]]:
    return [(forms.place_value(site_id, room_id), name) for site_id, room_id, name in page.places]


def _said_now(page: EditPage, name: str, value: str) -> str:
    """A field's value in the register, as a sentence."""
    if name == "expected_online":
        return t("editing.now", value=t("editing.yes" if value else "editing.no"))
    if not value:
        return t("editing.now_empty")
    shown = dict(_choices(page)).get(value, value) if name == "place" else value
    return t("editing.now", value=shown)


def _errors(problem: InvalidError) -> dict[str, str]:
    return {BESIDE.get(name, name): sentence_of(one) for name, one in problem.fields.items()}


def _named(problem: InvalidError) -> dict[str, str]:
    """By field the tag of the asset that its complaint names, for a link to it."""
    codes = {"movements.taken", "movements.tag_taken"}
    return {name: str(one.data["tag"]) for name, one in problem.fields.items() if one.code in codes}


def _page(asset_id: int, problem: TrackerError | None = None) -> ResponseReturnValue:
    with doors.reading() as session:
        page = queries.edit_page(session, g.viewer, asset_id)
    stands = forms.filled(page)
    values, opened, both = stands, stands, frozenset[str]()
    if problem is not None:
        values, opened = forms.sent(request.form), forms.was(request.form)
    if isinstance(problem, StaleError):
        values, both = forms.merged(values, opened, stands)
        opened = stands
    is_invalid = isinstance(problem, InvalidError)
    body = render_template(
        "assets/edit.html",
        page=page,
        values=values,
        was=opened,
        version=request.form.get("version") if is_invalid else page.asset.version,
        now={name: _said_now(page, name, stands[name]) for name in forms.FIELDS if name in both},
        stale=sentence_of(TrackerError("editing.stale", **problem.data))
        if isinstance(problem, StaleError)
        else None,
        errors=_errors(problem) if isinstance(problem, InvalidError) else {},
        named=_named(problem) if isinstance(problem, InvalidError) else {},
        again=request_id(request.form) if is_invalid else None,
        places=_choices(page),
        classes=tuple(DeviceClass),
    )
    return body, 200 if problem is None else 422 if is_invalid else 409


@bp.get("/assets/<int:asset_id>/edit")
@allow(Permission.ASSET_EDIT)
def show(asset_id: int) -> ResponseReturnValue:
    """The form as the asset stands."""
    return _page(asset_id)


@bp.post("/assets/<int:asset_id>/edit")
@allow(Permission.ASSET_EDIT)
def save(asset_id: int) -> ResponseReturnValue:
    """Change it; what cannot be taken is shown once more with all that was written."""
    try:
        with doors.writing() as session:
            queries.edit_page(
                session, g.viewer, asset_id
            )  # another unit's asset is not there, whatever is sent
            command, unread = forms.edit(request.form, asset_id)
            zone = doors.doors().zone
            done = edit_asset(session, command, by=g.viewer, now=doors.now(), zone=zone, unread=unread)
    except (InvalidError, StaleError) as problem:
        return _page(asset_id, problem)
    return redirect(url_for("assets.show", asset_id=asset_id, saved="yes" if done["fields"] else "no"), 303)
