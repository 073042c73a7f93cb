"""People and classes by file: upload, see who would change how, tick, store, take back."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, g, redirect, render_template, request, url_for

from tracker.clock import local_date
from tracker.errors import InvalidError, NotFoundError, RefusedError, StaleError, TrackerError
from tracker.imports.people import drafts
from tracker.imports.people.diff import Deed, Outcome
from tracker.imports.people.undoing import take_back
from tracker.queries import people_files as queries
from tracker.queries.imports import run_for, runs
from tracker.texts import text
from tracker.words import ImportWhat, Permission
from web import doors, uploads
from web.access import allow
from web.form_pages import pressed
from web.forms import people_files as forms
from web.forms import reading
from web.forms.imports import file_sent
from web.problems import field_texts, sentence_of, status_of
from web.shown import t

if TYPE_CHECKING:
    from pathlib import Path

    from flask.typing import ResponseReturnValue
    from sqlmodel import Session

    from tracker.imports.people.diff import Diff

bp = Blueprint("people_files", __name__, url_prefix="/administration/people/import")

SAMPLE = ("id", "name", "class", "school", "kind", "protected", "active")
"""Columns of the file to begin with."""
SHOWN = 50


def _deed() -> Deed:
    return Deed(g.viewer, doors.now(), local_date(doors.now(), doors.doors().zone))


def _list_page(
    errors: dict[str, str] | None = None, status: int = 200, refused: Diff | None = None
) -> ResponseReturnValue:
    """The form for a file. `refused`: what stands in one of which nothing was kept."""
    with doors.reading() as session:
        page = runs(session, g.viewer, request.args.get("cursor") or None, ImportWhat.PEOPLE)
    complaints = [
        (one.row, one.column, one.error.code, one.error.data)
        for one in (refused.complaints[:SHOWN] if refused else ())
    ]
    parts: dict[str, Any] = {"page": page, "errors": errors or {}, "most": drafts.MOST_BYTES // 1_000_000}
    wrong = refused.counts[Outcome.WRONG] if refused else 0
    answer = render_template(
        "people_files/list.html", complaints=complaints, wrong=wrong, complaint=_complaint, **parts
    )
    return answer, status


@bp.get("", endpoint="list")
@allow(Permission.PERSON_EDIT)
def list_() -> ResponseReturnValue:
    """A field for a file, and what has been imported."""
    return _list_page()


@bp.get("/sample.csv")
@allow(Permission.PERSON_EDIT)
def sample() -> ResponseReturnValue:
    """A file with the headers that are read, in the reader's language, as a Swedish spreadsheet opens it."""
    out = io.StringIO()
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerow(
        t(f"people_files.header.{name}") for name in SAMPLE
    )
    answer = Response(out.getvalue().encode("utf-8-sig"), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{t("people_files.sample_name")}.csv"'
    return answer


def _receive(path: Path, name: str) -> int:
    answer = pressed("people:upload", lambda session: {"id": drafts.receive(session, path, name, _deed())})
    return int(answer["id"])


def _taken() -> int | Diff:
    """The id of the draft that was made of the file; what stands in it where it must not be kept."""
    sent = file_sent(request.files)
    reading.request_id(request.form)
    name = drafts.shown_name(sent.filename or "?")
    engine = doors.doors().engine
    with drafts.kept(sent.stream, name) as path:
        diff = drafts.look(engine, path, name, g.viewer)
        if diff.holds_numbers:
            return diff
        import_id = _receive(path, name)
    drafts.compare(engine, import_id, g.viewer)
    return import_id


@bp.post("")
@allow(Permission.PERSON_EDIT)
@uploads.takes_file(drafts.MOST_BYTES)
def upload() -> ResponseReturnValue:
    """Take a file and compare it with the register; nobody in the register changes."""
    try:
        taken = _taken()
    except InvalidError as error:
        return _list_page(field_texts(error), 422)
    except RefusedError as error:
        return _list_page({"file": sentence_of(error)}, 422)
    if not isinstance(taken, int):
        return _list_page({"file": t("people_files.page.holds_numbers")}, 422, taken)
    return redirect(url_for("people_files.show", run_id=taken), 303)


def _complaint(code: str, data: dict[str, Any]) -> str:
    return text(code, g.language, **data)


def _said(field: str, value: str) -> str:
    """A field's value: a text's code for yes and no, else the value itself."""
    return t(f"people_files.value.{value}") if value and field.startswith("is_") else value


def _page(
    run_id: int, problem: str | None = None, status: int = 200, errors: dict[str, str] | None = None
) -> ResponseReturnValue:
    """The import; after an error with what was ticked."""
    with doors.reading() as session:
        page = queries.people_run(session, g.viewer, run_id, g.language)
    choices = forms.choices(request.form)
    answer = render_template(
        "people_files/show.html",
        page=page,
        choices=choices,
        problem=problem,
        errors=errors or {},
        complaint=_complaint,
        said=_said,
        shown=SHOWN,
    )
    return answer, status


@bp.get("/<int:run_id>")
@allow(Permission.PERSON_EDIT)
def show(run_id: int) -> ResponseReturnValue:
    """One import: what it would do, or did."""
    return _page(run_id)


def _version() -> int:
    return reading.number(request.form, "version") or 0


@bp.post("/<int:run_id>/kind")
@allow(Permission.PERSON_EDIT)
def answer(run_id: int) -> ResponseReturnValue:
    """Say what the file does not, and compare again."""
    with doors.writing() as session:
        drafts.answer(session, run_id, _version(), pupils=forms.pupils(request.form), by=g.viewer)
    drafts.compare(doors.doors().engine, run_id, g.viewer)
    return redirect(url_for("people_files.show", run_id=run_id), 303)


def _store(run_id: int) -> None:
    choices, deed = forms.choices(request.form), _deed()
    ready = drafts.ready_for(doors.doors().engine, run_id, choices, deed)

    def act(session: Session) -> dict[str, int]:
        return {"rows": drafts.confirm(session, run_id, _version(), choices, deed, ready).rows}

    pressed(f"people:store:{run_id}", act)


def _must_see(run_id: int) -> None:
    with doors.reading() as session:
        run_for(session, g.viewer, run_id, ImportWhat.PEOPLE)


@bp.post("/<int:run_id>/store")
@allow(Permission.PERSON_EDIT)
def store(run_id: int) -> ResponseReturnValue:
    """Store what was shown and ticked, all of it or nothing."""
    _must_see(run_id)
    reading.request_id(request.form)
    try:
        _store(run_id)
    except StaleError as error:
        drafts.compare(doors.doors().engine, run_id, g.viewer)
        return _page(run_id, sentence_of(error), status_of(error))
    except InvalidError as error:
        return _page(run_id, None, 422, field_texts(error))
    except RefusedError as error:
        return _page(run_id, sentence_of(error), status_of(error))
    return redirect(url_for("people_files.show", run_id=run_id), 303)


@bp.post("/<int:run_id>/undo")
@allow(Permission.PERSON_EDIT)
def undo(run_id: int) -> ResponseReturnValue:
    """Take the import back."""
    _must_see(run_id)
    try:
        pressed(
            f"people:undo:{run_id}", lambda session: {"removed": take_back(session, run_id, _deed()).removed}
        )
    except (NotFoundError, InvalidError):
        raise
    except TrackerError as error:
        return _page(run_id, sentence_of(error), status_of(error))
    return redirect(url_for("people_files.show", run_id=run_id), 303)


@bp.post("/<int:run_id>/discard")
@allow(Permission.PERSON_EDIT)
def discard(run_id: int) -> ResponseReturnValue:
    """Drop a draft."""
    with doors.writing() as session:
        drafts.discard(session, run_id, by=g.viewer)
    return redirect(url_for("people_files.list"), 303)
