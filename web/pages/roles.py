"""Roles: what each may do, and roles of one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, abort, g, redirect, render_template, request, url_for

from tracker.errors import NotFoundError
from tracker.governing import BY_NAME
from tracker.movements import roles as deeds
from tracker.queries import users as queries
from tracker.words import Permission
from web import doors
from web.access import allow
from web.form_pages import attempt
from web.forms import users as forms
from web.problems import complaints, status_of
from web.shown import permission_text, role_text

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from sqlmodel import Session

    from tracker.errors import TrackerError

bp = Blueprint("roles", __name__, url_prefix="/administration/roles")


def _list_page(error: TrackerError | None = None) -> ResponseReturnValue:
    with doors.reading() as session:
        rows = queries.list_roles(session)
        may_edit = queries.edits_roles(session, g.viewer)
    page = render_template(
        "roles/list.html",
        rows=rows,
        may_edit=may_edit,
        errors=complaints(error, "roles"),
        role_text=role_text,
        permission_text=permission_text,
    )
    return page, status_of(error) if error else 200


@bp.get("", endpoint="list")
@allow(Permission.USER_EDIT)
def list_() -> ResponseReturnValue:
    """Every role with its permissions."""
    return _list_page()


def _form_page(row: queries.RoleRow | None, error: TrackerError | None = None) -> ResponseReturnValue:
    with doors.reading() as session:
        if not queries.edits_roles(session, g.viewer):
            abort(403)
    held = [one.value for one in row.permissions] if row is not None else []
    given = [one for one in Permission if g.viewer.may(one) or one in BY_NAME or one.value in held]
    page = render_template(
        "roles/form.html",
        row=row,
        errors=complaints(error, "name"),
        name=request.form.get("name", "") if error else (row.name if row is not None else ""),
        chosen=request.form.getlist("permissions") if error else held,
        permissions=[(one.value, permission_text(one), one in BY_NAME) for one in given],
    )
    return page, status_of(error) if error else 200


def _row(role_id: int) -> queries.RoleRow:
    with doors.reading() as session:
        row = queries.role_row(session, role_id)
    if row.is_built_in:
        raise NotFoundError
    return row


@bp.get("/new")
@allow(Permission.USER_EDIT)
def add_form() -> ResponseReturnValue:
    """An empty role."""
    return _form_page(None)


def _list(_: object) -> ResponseReturnValue:
    return redirect(url_for("roles.list"), 303)


def _save(row: queries.RoleRow | None) -> ResponseReturnValue:
    def deed(session: Session) -> None:
        command = forms.role(request.form, row.id if row is not None else None)
        deeds.save_role(session, command, by=g.viewer, now=doors.now())

    return attempt(deed, then=_list, again=lambda error: _form_page(row, error))


@bp.post("/new")
@allow(Permission.USER_EDIT)
def add() -> ResponseReturnValue:
    """Add the role."""
    return _save(None)


@bp.get("/<int:role_id>")
@allow(Permission.USER_EDIT)
def show(role_id: int) -> ResponseReturnValue:
    """A role of one's own, to change."""
    return _form_page(_row(role_id))


@bp.post("/<int:role_id>")
@allow(Permission.USER_EDIT)
def change(role_id: int) -> ResponseReturnValue:
    """Change the role."""
    return _save(_row(role_id))


@bp.post("/<int:role_id>/remove")
@allow(Permission.USER_EDIT)
def remove(role_id: int) -> ResponseReturnValue:
    """Take the role away."""

    def deed(session: Session) -> None:
        command = forms.remove_role(request.form, role_id)
        deeds.remove_role(session, command, by=g.viewer, now=doors.now())

    return attempt(deed, then=_list, again=_list_page)
