"""Tokens for programs: one's own, to make and to end; everyone's, for who may end them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from flask import Blueprint, g, redirect, render_template, request, url_for

from tracker.errors import InvalidError, TrackerError
from tracker.queries import tokens as queries
from tracker.tokens import LONGEST, MakeToken, make, revoke
from tracker.words import Permission
from web import doors
from web.access import allow, logged_in
from web.forms.reading import line, number, request_id
from web.problems import field_texts
from web.shown import t

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from werkzeug.datastructures import MultiDict

bp = Blueprint("tokens", __name__)


def _mine() -> list[Permission]:
    """What the viewer may hand on, in the order of the vocabulary."""
    return [permission for permission in Permission if g.viewer.may(permission)]


def _page(
    errors: dict[str, str] | None = None, token: str | None = None, *, told_before: bool = False
) -> ResponseReturnValue:
    with doors.reading() as session:
        rows, units = queries.own(session, g.viewer), queries.units(session, g.viewer)
    today = doors.now().astimezone(doors.doors().zone).date()
    body = render_template(
        "tokens/own.html",
        rows=rows,
        units=units,
        permissions=_mine(),
        errors=errors or {},
        token=token,
        told_before=told_before,
        today=today,
        latest=today + LONGEST,
        now=doors.now(),
    )
    return body, 422 if errors else 200


@bp.get("/account/tokens")
@logged_in
def show() -> ResponseReturnValue:
    """One's own tokens, and the form for one more."""
    return _page()


def _day(form: MultiDict[str, str]) -> date | None:
    try:
        return date.fromisoformat(form.get("expires", ""))
    except ValueError:
        return None


def _command(form: MultiDict[str, str]) -> MakeToken:
    chosen = set(form.getlist("permissions"))
    return MakeToken(
        name=(line(form, "name") or "")[:80],
        permissions=tuple(p for p in _mine() if p.value in chosen),
        unit_id=number(form, "unit_id") or 0,
        expires=_day(form),
        request_id=request_id(form),
    )


@bp.post("/account/tokens")
@logged_in
def add() -> ResponseReturnValue:
    """Make a token; the answer is the only page that ever shows it."""
    try:
        with doors.writing() as session:
            _, token = make(
                session, _command(request.form), by=g.viewer, now=doors.now(), zone=doors.doors().zone
            )
    except InvalidError as problem:
        return _page(field_texts(problem))
    return _page(token=token, told_before=token is None)


@bp.post("/account/tokens/<int:token_id>/revoke")
@logged_in
def end(token_id: int) -> ResponseReturnValue:
    """End a token at once."""
    if not request.form.get("request_id"):
        raise InvalidError({"request_id": TrackerError("web.problem.400.text")})
    with doors.writing() as session:
        revoke(session, token_id, by=g.viewer, now=doors.now())
    everyones = request.form.get("from") == "list" and g.viewer.may(Permission.TOKEN_EDIT)
    return redirect(url_for("tokens.list" if everyones else "tokens.show"), 303)


@bp.get("/administration/tokens", endpoint="list")
@allow(Permission.TOKEN_EDIT)
def list_() -> ResponseReturnValue:
    """Everyone's tokens."""
    with doors.reading() as session:
        rows = queries.everyones(session, g.viewer)
    return render_template("tokens/list.html", rows=rows, now=doors.now(), title=t("tokens.title"))
