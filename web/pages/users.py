"""Who may log in, and what each may do where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, g, make_response, redirect, render_template, request, url_for

from tracker.movements import granting
from tracker.movements import users as deeds
from tracker.queries import users as queries
from tracker.queries.places import unit_choices
from tracker.words import Permission
from web import doors
from web.access import allow
from web.form_pages import attempt, form_page
from web.forms import users as forms
from web.forms.reading import LONGEST
from web.problems import complaints
from web.shown import role_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.typing import ResponseReturnValue
    from sqlmodel import Session

    from tracker.errors import TrackerError

bp = Blueprint("users", __name__, url_prefix="/administration/users")


@bp.get("", endpoint="list")
@allow(Permission.USER_EDIT)
def list_() -> ResponseReturnValue:
    """The accounts that this viewer may see."""
    text = request.args.get("q", "")[:LONGEST]
    with doors.reading() as session:
        rows = queries.list_users(session, g.viewer, text)
    return render_template("users/list.html", rows=rows, text=text, role_text=role_text)


def _choices(session: Session) -> dict[str, Any]:
    roles = queries.roles_to_give(session, g.viewer)
    return {
        "roles": [(role.id, role_text(role.name)) for role in roles],
        "units": unit_choices(session, g.viewer, Permission.USER_EDIT),
        "role_text": role_text,
    }


def _add_page(error: TrackerError | None = None) -> ResponseReturnValue:
    with doors.reading() as session:
        choices = _choices(session)
    return form_page("users/add.html", error, errors=complaints(error, "login"), **choices)


@bp.get("/new")
@allow(Permission.USER_EDIT)
def add_form() -> ResponseReturnValue:
    """An empty account."""
    return _add_page()


def _password_page(done: deeds.PasswordSet) -> ResponseReturnValue:
    """The made password, this once: nothing keeps it, and the answer is stored nowhere."""
    with doors.reading() as session:
        page = queries.user_page(session, g.viewer, done.user_id)
    answer = make_response(render_template("users/password.html", page=page, password=done.made))
    answer.headers["Cache-Control"] = "no-store"
    return answer


@bp.post("/new")
@allow(Permission.USER_EDIT)
def add() -> ResponseReturnValue:
    """Add the account."""
    return attempt(
        lambda session: deeds.add_user(session, forms.add(request.form), by=g.viewer, now=doors.now()),
        then=lambda done: _password_page(done) if done.made else _shown(done.user_id),
        again=_add_page,
    )


def _shown(user_id: int) -> ResponseReturnValue:
    return redirect(url_for("users.show", user_id=user_id), 303)


def _page(user_id: int, error: TrackerError | None = None, where: str = "name") -> ResponseReturnValue:
    with doors.reading() as session:
        page = queries.user_page(session, g.viewer, user_id)
        choices = _choices(session)
    return form_page("users/show.html", error, page=page, errors=complaints(error, where), **choices)


@bp.get("/<int:user_id>")
@allow(Permission.USER_EDIT)
def show(user_id: int) -> ResponseReturnValue:
    """One account with its roles."""
    return _page(user_id)


def _back_to(user_id: int) -> ResponseReturnValue:
    with doors.reading() as session:
        # Whoever took the last role within reach has the account no longer in view.
        in_view = any(row.id == user_id for row in queries.list_users(session, g.viewer, ""))
    return _shown(user_id) if in_view else redirect(url_for("users.list"), 303)


def _do(user_id: int, deed: Callable[[Session], None], where: str) -> ResponseReturnValue:
    return attempt(deed, then=lambda _: _back_to(user_id), again=lambda error: _page(user_id, error, where))


@bp.post("/<int:user_id>")
@allow(Permission.USER_EDIT)
def change(user_id: int) -> ResponseReturnValue:
    """Name and language."""
    command = forms.change(request.form, user_id)
    return _do(user_id, lambda s: deeds.change_user(s, command, by=g.viewer, now=doors.now()), "name")


@bp.post("/<int:user_id>/active")
@allow(Permission.USER_EDIT)
def set_active(user_id: int) -> ResponseReturnValue:
    """Enable or disable."""
    command = forms.active(request.form, user_id)
    return _do(user_id, lambda s: deeds.set_active(s, command, by=g.viewer, now=doors.now()), "active")


@bp.post("/<int:user_id>/password")
@allow(Permission.USER_EDIT)
def set_password(user_id: int) -> ResponseReturnValue:
    """A new password for someone else."""

    def deed(session: Session) -> deeds.PasswordSet:
        return deeds.set_password(
            session, forms.password(request.form, user_id), by=g.viewer, now=doors.now()
        )

    return attempt(deed, then=_password_page, again=lambda error: _page(user_id, error, "password"))


@bp.post("/<int:user_id>/roles")
@allow(Permission.USER_EDIT)
def give(user_id: int) -> ResponseReturnValue:
    """Give a role."""
    command = forms.give(request.form, user_id)
    return _do(user_id, lambda s: granting.give_role(s, command, by=g.viewer, now=doors.now()), "role")


@bp.post("/<int:user_id>/roles/take")
@allow(Permission.USER_EDIT)
def take(user_id: int) -> ResponseReturnValue:
    """Take a role away."""
    command = forms.take(request.form, user_id)
    return _do(user_id, lambda s: granting.take_role(s, command, by=g.viewer, now=doors.now()), "roles")
