"""Models with the ends of their support: the list, what ends when, one model, two that are one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, g, redirect, render_template, request, url_for

from discovery.sighting import DeviceClass
from tracker.clock import local_date
from tracker.end_of_support import follow
from tracker.errors import InvalidError
from tracker.movements import model_merging as merging
from tracker.movements import models as deeds
from tracker.queries import models as queries
from tracker.words import Permission, SupportState
from web import doors
from web.access import allow
from web.forms import models as forms
from web.forms.reading import LONGEST, number, request_id
from web.problems import field_texts

if TYPE_CHECKING:
    from datetime import date

    from flask.typing import ResponseReturnValue

bp = Blueprint("models", __name__)


def _today() -> date:
    return local_date(doors.now(), doors.doors().zone)


def _follow(model_id: int) -> None:
    follow(doors.doors().engine, model_id, doors.now(), doors.doors().zone)


@bp.get("/administration/models", endpoint="list")
@allow(Permission.MODEL_EDIT)
def list_() -> ResponseReturnValue:
    """The list; its filter stands in the address. ``?gone=`` offers to bring back what was just taken away."""
    chosen = queries.ModelFilter(
        text=request.args.get("q", "")[:LONGEST],
        device_class=request.args.get("class") or None,
        support=request.args.get("support") or None,
        cursor=request.args.get("cursor") or None,
    )
    with doors.reading() as session:
        page = queries.list_models(session, g.viewer, chosen, _today())
        endings = queries.endings(session, _today())
    return render_template(
        "models/list.html",
        page=page,
        chosen=chosen,
        endings=endings,
        classes=tuple(DeviceClass),
        supports=queries.SUPPORT,
        gone=number(request.args, "gone"),
    )


def _page(model_id: int, errors: dict[str, str] | None = None) -> ResponseReturnValue:
    with doors.reading() as session:
        page = queries.model_page(session, g.viewer, model_id, _today())
    body = render_template(
        "models/show.html",
        page=page,
        filled=request.form if errors and "into" not in errors else forms.filled(page.row.model),
        errors=errors or {},
        again=request.form.get("request_id") if errors and "into" not in errors else None,
        classes=tuple(DeviceClass),
        states=tuple(SupportState),
        gone=number(request.args, "gone"),
    )
    return body, 422 if errors else 200


@bp.get("/administration/models/<int:model_id>")
@allow(Permission.MODEL_EDIT)
def show(model_id: int) -> ResponseReturnValue:
    """One model with its form."""
    return _page(model_id)


@bp.post("/administration/models/<int:model_id>")
@allow(Permission.MODEL_EDIT)
def save(model_id: int) -> ResponseReturnValue:
    """Change it; the findings about its assets follow before the answer."""
    try:
        with doors.writing() as session:
            deeds.model_for(session, model_id, g.viewer)
            command = forms.edit(request.form, model_id)
            deeds.edit_model(session, command, by=g.viewer, now=doors.now(), today=_today())
    except InvalidError as error:
        return _page(model_id, field_texts(error))
    _follow(model_id)
    return redirect(url_for("models.show", model_id=model_id), 303)


@bp.post("/administration/models/<int:model_id>/merge")
@allow(Permission.MODEL_EDIT)
def merge(model_id: int) -> ResponseReturnValue:
    """Move its assets to another model and take it away."""
    into = number(request.form, "into") or 0
    try:
        with doors.writing() as session:
            command = merging.Merge(
                model_id=model_id,
                version=number(request.form, "version") or 0,
                into_id=into,
                request_id=request_id(request.form),
            )
            gone = merging.merge(session, command, by=g.viewer, now=doors.now())
    except InvalidError as error:
        return _page(model_id, field_texts(error))
    _follow(into)
    return redirect(url_for("models.show", model_id=into, gone=gone), 303)


@bp.post("/administration/models/<int:model_id>/remove")
@allow(Permission.MODEL_EDIT)
def remove(model_id: int) -> ResponseReturnValue:
    """Take away a model that nothing is of."""
    with doors.writing() as session:
        version, request_ = number(request.form, "version") or 0, request_id(request.form)
        gone = merging.remove(session, model_id, version, request_, by=g.viewer, now=doors.now())
    return redirect(url_for("models.list", gone=gone), 303)


@bp.post("/administration/models/back")
@allow(Permission.MODEL_EDIT)
def back() -> ResponseReturnValue:
    """Undo a merge or a removal."""
    with doors.writing() as session:
        entry, request_ = number(request.form, "gone") or 0, request_id(request.form)
        model_id = merging.bring_back(session, entry, request_, by=g.viewer, now=doors.now())
    _follow(model_id)
    return redirect(url_for("models.show", model_id=model_id), 303)
