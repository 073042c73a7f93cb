"""People: the list, one person, one class or unit, and the form of who edits them. No name is ever in an address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, g, jsonify, redirect, render_template, request, url_for

from tracker.errors import NotFoundError, StaleError, TrackerError
from tracker.movements import people as deeds
from tracker.personal_numbers import holds_personal_number
from tracker.queries import people as queries
from tracker.queries.holding import person_page, unit_list
from tracker.queries.places import unit_choices
from tracker.words import Permission
from web import doors
from web.access import allow
from web.asking import wants_json
from web.forms import people as forms
from web.forms.reading import line
from web.problems import complaints, status_of
from web.shown import t

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from flask.typing import ResponseReturnValue
    from sqlmodel import Session

bp = Blueprint("people", __name__, url_prefix="/administration/people")


def _hits(total: int, most: int) -> str:
    return t("people.hits", n=total) if total <= most else t("people.more_hits", n=total, most=most)


def _page(chosen: queries.PeopleFilter, error: str | None = None) -> ResponseReturnValue:
    with doors.reading() as session:
        page = queries.list_people(session, g.viewer, chosen, g.language)
        narrowing = queries.narrowing(session, g.viewer, chosen.unit_id)
        units = [] if wants_json() else unit_choices(session, g.viewer, Permission.PERSON_VIEW, classes=True)
    parts: dict[str, Any] = {"page": page, "chosen": chosen, "narrowing": narrowing}
    said = error or (_hits(page.total, chosen.size) if chosen.text else "")
    status = 422 if error else 200
    if wants_json():
        return jsonify(inside=render_template("people/_rows.html", **parts), said=said), status
    more: dict[str, Any] = {"units": units, "said": said, "states": queries.STATES, "now": doors.now()}
    return render_template("people/list.html", **more, **parts), status


@bp.get("", endpoint="list")
@allow(Permission.PERSON_VIEW, Permission.PERSON_EDIT)
def list_() -> ResponseReturnValue:
    """The list; its filters stand in the address, so that a link is a view."""
    return _page(forms.narrowed(request.args))


@bp.post("")
@allow(Permission.PERSON_VIEW, Permission.PERSON_EDIT)
def find() -> ResponseReturnValue:
    """The list with a name or an id looked for, which is sent and never in the address; without one, the link."""
    text = line(request.form, "q") or ""
    if holds_personal_number(text):
        return _page(forms.narrowed(request.form), t("people.personal_number"))
    if not text and not wants_json():
        unit, kind, state = (request.form.get(name) or None for name in forms.FILTERS)
        return redirect(url_for("people.list", unit=unit, kind=kind, state=state), 303)
    return _page(forms.narrowed(request.form, text))


@bp.get("/<int:person_id>")
@allow(Permission.PERSON_VIEW, Permission.PERSON_EDIT)
def show(person_id: int) -> ResponseReturnValue:
    """One person, with what the person has and has had."""
    with doors.reading() as session:
        page = person_page(session, g.viewer, person_id, g.language)
    return render_template("people/show.html", page=page)


@bp.get("/units/<int:unit_id>")
@allow(Permission.PERSON_VIEW, Permission.PERSON_EDIT)
def unit(unit_id: int) -> ResponseReturnValue:
    """A class's or unit's list with what each has, to look at and to print."""
    with doors.reading() as session:
        page = unit_list(session, g.viewer, unit_id, g.language)
    return render_template("people/unit.html", page=page, now=doors.now())


def _today() -> date:
    return doors.now().astimezone(doors.doors().zone).date()


def _form(person_id: int | None, error: TrackerError | None = None) -> ResponseReturnValue:
    """The form of a person, or of a new one; after an error as it was filled in."""
    with doors.reading() as session:
        person = deeds.person_to_change(session, person_id, g.viewer) if person_id is not None else None
        units = unit_choices(session, g.viewer, Permission.PERSON_EDIT, classes=True)
    text = render_template(
        "people/form.html",
        row=person,
        units=units,
        errors=complaints(error, "name"),
        form=forms.shown_again(request.form) if error else None,
        # Whoever was told that someone was faster may send again; any other complaint leaves the form as old as it was.
        version=request.form.get("version") if error and not isinstance(error, StaleError) else None,
        today=_today(),
    )
    return text, status_of(error) if error else 200


def _do(person_id: int | None, deed: Callable[[Session], int]) -> ResponseReturnValue:
    try:
        with doors.writing() as session:
            done = deed(session)
    except NotFoundError:
        raise
    except TrackerError as error:
        return _form(person_id, error)
    return redirect(url_for("people.show", person_id=done), 303)


@bp.get("/new")
@allow(Permission.PERSON_EDIT)
def new() -> ResponseReturnValue:
    """The form of a new person."""
    return _form(None)


@bp.post("/new")
@allow(Permission.PERSON_EDIT)
def add() -> ResponseReturnValue:
    """Add the person."""
    return _do(
        None, lambda session: deeds.add_person(session, forms.add(request.form), by=g.viewer, now=doors.now())
    )


@bp.get("/<int:person_id>/edit")
@allow(Permission.PERSON_EDIT)
def edit(person_id: int) -> ResponseReturnValue:
    """The form of a person."""
    return _form(person_id)


@bp.post("/<int:person_id>/edit")
@allow(Permission.PERSON_EDIT)
def change(person_id: int) -> ResponseReturnValue:
    """Set what the form says."""

    def deed(session: Session) -> int:
        command = forms.change(request.form, person_id, _today())
        deeds.change_person(session, command, by=g.viewer, now=doors.now())
        return person_id

    return _do(person_id, deed)
