"""Registers by file: upload, see what it would do, answer what is unknown, store, take back."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from flask import Blueprint, g, redirect, render_template, request, url_for

from discovery.sighting import DeviceClass
from tracker.errors import InvalidError, NotFoundError, RefusedError, StaleError, TrackerError
from tracker.imports import drafts
from tracker.imports.questions import CREATABLE, Kind, Question
from tracker.imports.undoing import take_back
from tracker.queries import imports as queries
from tracker.texts import text
from tracker.words import AssetStatus, ImportState, Permission
from web import doors, uploads
from web.access import allow
from web.form_pages import pressed
from web.forms import imports as forms
from web.forms import reading
from web.problems import field_texts, sentence_of, status_of
from web.shown import t, word_code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask.typing import ResponseReturnValue
    from sqlmodel import Session

bp = Blueprint("imports", __name__)

SHOWN = 40
"""Questions of a kind that are answered one by one; the rest are answered together."""


def _list_page(errors: dict[str, str] | None = None, status: int = 200) -> ResponseReturnValue:
    with doors.reading() as session:
        page = queries.runs(session, g.viewer, request.args.get("cursor") or None)
    most = drafts.MOST_BYTES // 1_000_000
    return render_template("imports/list.html", page=page, errors=errors or {}, most=most), status


@bp.get("/imports", endpoint="list")
@allow(Permission.ASSET_IMPORT)
def list_() -> ResponseReturnValue:
    """What has been imported, and a field for the next file."""
    return _list_page()


def _receive() -> int:
    sent = forms.file_sent(request.files)
    name = sent.filename or ""
    answer = pressed(
        "import:upload",
        lambda session: {"id": drafts.receive(session, sent.stream, name, by=g.viewer, now=doors.now())},
    )
    return int(answer["id"])


@bp.post("/imports")
@allow(Permission.ASSET_IMPORT)
@uploads.takes_file(drafts.MOST_BYTES)
def upload() -> ResponseReturnValue:
    """Take a file and compare it with the register; nothing of the register changes."""
    try:
        import_id = _receive()
        drafts.compare(doors.doors().engine, import_id, g.viewer)
    except InvalidError as error:
        return _list_page(field_texts(error), 422)
    except RefusedError as error:
        return _list_page({"file": sentence_of(error)}, 422)
    return redirect(url_for("imports.show", import_id=import_id), 303)


def _complaint(code: str, data: dict[str, Any]) -> str:
    return text(code, g.language, **data)


def _value(field: str, said: str) -> str:
    """A field's value as the pages say it."""
    return t(word_code(AssetStatus(said))) if field == "status" and said else said


def _label(kind: Kind, name: str) -> str:
    if kind is Kind.STATUS:
        return t(word_code(AssetStatus(name)))
    return t(word_code(DeviceClass(name))) if kind is Kind.CLASS else name


def _asked(page: queries.RunPage, names: dict[Kind, tuple[str, ...]]) -> Iterator[dict[str, Any]]:
    """The questions by kind, each with what it may be answered by."""
    n = 0
    for kind, group in groupby(page.questions, key=lambda question: question.kind):
        asked = list(group)
        options = [(f"map:{name}", _label(kind, name)) for name in names.get(kind, ())]
        shown: list[tuple[int, Question]] = list(enumerate(asked[:SHOWN], n))
        n += len(shown)
        yield {
            "kind": kind,
            "creatable": kind in CREATABLE,
            "options": options,
            "shown": shown,
            "more": len(asked) - len(shown),
        }


def _page(import_id: int, problem: str | None = None, status: int = 200) -> ResponseReturnValue:
    outcome, cursor = request.args.get("show") or None, request.args.get("cursor") or None
    with doors.reading() as session:
        page = queries.run_page(session, g.viewer, import_id, outcome, cursor)
        is_draft = page.run.state is ImportState.DRAFT
        names = queries.known_names(session, g.viewer) if is_draft and page.questions else {}
    answer = render_template(
        "imports/show.html",
        page=page,
        is_draft=is_draft,
        asked=list(_asked(page, names)),
        outcomes=queries.OUTCOMES,
        complaint=_complaint,
        value=_value,
        problem=problem,
    )
    return answer, status


@bp.get("/imports/<int:import_id>")
@allow(Permission.ASSET_IMPORT)
def show(import_id: int) -> ResponseReturnValue:
    """One import: what it would do, or did."""
    return _page(import_id)


def _version() -> int:
    return reading.number(request.form, "version") or 0


@bp.post("/imports/<int:import_id>/answers")
@allow(Permission.ASSET_IMPORT)
def answer(import_id: int) -> ResponseReturnValue:
    """Answer what is unknown, and compare again."""
    with doors.writing() as session:
        drafts.answer(session, import_id, _version(), forms.answers(request.form), by=g.viewer)
    drafts.compare(doors.doors().engine, import_id, g.viewer)
    return redirect(url_for("imports.show", import_id=import_id), 303)


def _store(import_id: int) -> None:
    ready = drafts.ready_for(doors.doors().engine, import_id, g.viewer)

    def act(session: Session) -> dict[str, int]:
        diff = drafts.confirm(session, import_id, _version(), by=g.viewer, now=doors.now(), ready=ready)
        return {"rows": diff.to_store}

    pressed(f"import:store:{import_id}", act)


@bp.post("/imports/<int:import_id>/store")
@allow(Permission.ASSET_IMPORT)
def store(import_id: int) -> ResponseReturnValue:
    """Store what was shown, all of it or nothing."""
    with doors.reading() as session:
        queries.run_for(session, g.viewer, import_id)
    try:
        _store(import_id)
    except StaleError as error:
        drafts.compare(doors.doors().engine, import_id, g.viewer)
        return _page(import_id, sentence_of(error), status_of(error))
    except RefusedError as error:
        return _page(import_id, sentence_of(error), status_of(error))
    return redirect(url_for("imports.show", import_id=import_id), 303)


@bp.post("/imports/<int:import_id>/undo")
@allow(Permission.ASSET_IMPORT)
def undo(import_id: int) -> ResponseReturnValue:
    """Take the import back."""
    with doors.reading() as session:
        queries.run_for(session, g.viewer, import_id)
    try:
        pressed(
            f"import:undo:{import_id}",
            lambda session: {"removed": take_back(session, import_id, by=g.viewer, now=doors.now()).removed},
        )
    except (NotFoundError, InvalidError):
        raise
    except TrackerError as error:
        return _page(import_id, sentence_of(error), status_of(error))
    return redirect(url_for("imports.show", import_id=import_id), 303)


@bp.post("/imports/<int:import_id>/discard")
@allow(Permission.ASSET_IMPORT)
def discard(import_id: int) -> ResponseReturnValue:
    """Drop a draft."""
    with doors.writing() as session:
        drafts.discard(session, import_id, by=g.viewer)
    return redirect(url_for("imports.list"), 303)
