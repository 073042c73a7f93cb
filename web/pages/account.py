"""Logging in and out, one's own password, and the reader's language."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from flask import Blueprint, abort, g, jsonify, redirect, render_template, request, session, url_for
from flask_wtf.csrf import generate_csrf

from tracker import throttle
from tracker.errors import InvalidError
from tracker.movements.users import change_own_password
from tracker.tables import User
from tracker.users import check_password, viewer_of
from tracker.words import Language
from web import doors
from web.access import logged_in, public
from web.asking import local_path, wants_json
from web.language import SESSION_KEY
from web.login import enter, leave
from web.problems import field_texts
from web.shown import t

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Response
    from flask.typing import ResponseReturnValue

bp = Blueprint("account", __name__)

LONGEST = 256
"""Characters of a login or password that are looked at; hashing a megabyte would be a gift to a stranger."""


def _go_on(target: str | None) -> Response:
    return redirect(local_path(target) or url_for("start.index"), 303)  # type: ignore[return-value]


def _refused(sentence: str, status: int, login: str) -> ResponseReturnValue:
    if wants_json():
        return jsonify(code="login", message=sentence, csrf=generate_csrf()), status
    target = local_path(request.form.get("next"))
    return render_template("account/login.html", problem=sentence, login=login, next=target), status


def _locked(login: str, now: datetime) -> str | None:
    with doors.reading() as database:
        until = throttle.is_locked(database, login, request.remote_addr or "", now)
    if until is None:
        return None
    return t("web.login.throttled", minutes=ceil((until - now).total_seconds() / 60))


@bp.route("/login", methods=["GET", "POST"])
@public
def login() -> ResponseReturnValue:
    """The login form; who is logged in goes on at once."""
    if request.method == "POST":
        return _log_in()
    target = local_path(request.args.get("next"))
    if g.viewer.user_id is not None:
        return _go_on(target)
    # Who only came to the first page has not been thrown out of anything.
    info = t("web.login.ended") if target and target != url_for("start.index") else None
    return render_template("account/login.html", login="", next=target, info=info)


def _log_in() -> ResponseReturnValue:
    # An unknown name and a wrong password get the same answer after the same work.
    name = request.form.get("login", "")[:LONGEST].strip()
    password = request.form.get("password", "")[: LONGEST + 1]
    now = doors.now()
    if (wait := _locked(name, now)) is not None:
        return _refused(wait, 429, name)
    with doors.reading() as database:
        user = check_password(database, name, password) if len(password) <= LONGEST else None
        viewer = viewer_of(database, user) if user else None
    with doors.writing() as database:
        if user is None:
            throttle.failed(database, name, request.remote_addr or "", now)
        else:
            throttle.succeeded(database, name, request.remote_addr or "")
    if user is None or viewer is None:
        return _refused(t("web.login.wrong"), 401, name)
    enter(user, viewer)
    if wants_json():
        return jsonify(user=user.id, csrf=generate_csrf())
    return _go_on(request.form.get("next"))


@bp.post("/logout")
@public
def logout() -> ResponseReturnValue:
    """Log out; the session is over at once, wherever its cookie was copied to."""
    leave()
    return redirect(url_for("account.login"), 303)


@bp.post("/language")
@public
def language() -> ResponseReturnValue:
    """Choose the language: kept with the user, or for a stranger with the session."""
    wish = request.form.get("language")
    if wish not in set(Language):
        abort(400)
    if g.viewer.user_id is None:
        session[SESSION_KEY] = wish
    else:
        with doors.writing() as database:
            user = database.get_one(User, g.viewer.user_id)
            user.language = Language(wish)
    return _go_on(request.form.get("next"))


@bp.get("/account/password")
@logged_in
def password_form() -> ResponseReturnValue:
    """The form for one's own new password."""
    return render_template("account/password.html", errors={}, done="done" in request.args)


def _password_wrong(errors: dict[str, str], status: int) -> ResponseReturnValue:
    return render_template("account/password.html", errors=errors, done=False), status


@bp.post("/account/password")
@logged_in
def password() -> ResponseReturnValue:
    """Change one's own password: asks the present one, and ends every session but this."""
    present, wanted = (request.form.get(name, "")[: LONGEST + 1] for name in ("present", "password"))
    now, address = doors.now(), request.remote_addr or ""
    with doors.reading() as database:
        login = database.get_one(User, g.viewer.user_id).login
    if (wait := _locked(login, now)) is not None:
        return _password_wrong({"present": wait}, 429)
    with doors.reading() as database:
        is_right = len(present) <= LONGEST and check_password(database, login, present) is not None
    if not is_right:
        # An open session that someone else sits down at must not become a place to guess.
        with doors.writing() as database:
            throttle.failed(database, login, address, now)
        return _password_wrong({"present": t("users.own.wrong")}, 422)
    if wanted != request.form.get("repeat", "")[: LONGEST + 1]:
        return _password_wrong({"repeat": t("users.own.differ")}, 422)
    try:
        with doors.writing() as database:
            throttle.succeeded(database, login, address)
            user = change_own_password(database, wanted, by=g.viewer, now=now)
    except InvalidError as error:
        return _password_wrong(field_texts(error), 422)
    enter(user, g.viewer)
    return redirect(url_for("account.password_form", done=1), 303)


@bp.get("/account/alive")
@logged_in
def alive() -> ResponseReturnValue:
    """Whether the login still holds: a page asks before it sends a form, so that nothing typed is lost."""
    return jsonify(user=g.viewer.user_id)
