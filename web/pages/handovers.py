"""Handing out: devices by scanning, a person by typing, one press."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from flask import Blueprint, g, jsonify, redirect, render_template, request, url_for

from tracker.lifecycle import HAND_OUT, may
from tracker.movements.handovers import HandOut, hand_out
from tracker.queries.handing_out import asset_to_hand_out, recipient
from tracker.queries.lookup import Hit, find_asset
from tracker.queries.people import search as search_people
from tracker.words import Permission
from web import doors
from web.access import allow
from web.asking import wants_json
from web.form_pages import attempt
from web.forms import reading
from web.forms.handovers import HandoverForm
from web.problems import sentence_of, status_of
from web.shown import t, word_code

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from sqlmodel import Session


bp = Blueprint("handovers", __name__)


@dataclass(frozen=True, slots=True)
class Added:
    """What a scan did to the form: the ids chosen, or what to say and offer."""

    asset_ids: tuple[int, ...]
    said: str | None = None
    near: tuple[Hit, ...] = field(default=())


def _add(session: Session, form: HandoverForm) -> Added:
    if form.step != "add" or form.code is None:
        return Added(form.asset_ids)
    found = find_asset(session, g.viewer, form.code)
    if found.hit is None:
        code = "found_near" if found.near_misses else "found_none"
        return Added(form.asset_ids, t(f"handovers.{code}", what=form.code), found.near_misses)
    asset = asset_to_hand_out(session, found.hit.asset_id, g.viewer)
    if asset.asset_id in form.asset_ids:
        return Added(form.asset_ids, t("handovers.already_chosen", tag=asset.tag))
    if not may(HAND_OUT, asset.status):
        said = t("handovers.not_available", tag=asset.tag, status=t(word_code(asset.status)).lower())
        return Added(form.asset_ids, said)
    return Added((*form.asset_ids, asset.asset_id))


def _parts(form: HandoverForm) -> dict[str, Any]:
    """What the form's inside shows; what is not this viewer's to hand out is not found."""
    with doors.reading() as session:
        added = _add(session, form)
        wanted = form.person if form.holder_id is None and form.person else ""
        people = search_people(session, g.viewer, wanted, g.language)
        return {
            "chosen": [asset_to_hand_out(session, asset_id, g.viewer) for asset_id in added.asset_ids],
            "holder": recipient(session, form.holder_id, g.viewer, g.language) if form.holder_id else None,
            "said": added.said,
            "near": added.near,
            "code": form.code if added.said else "",
            "person_query": form.person or "",
            "people": people,
            "has_charger": form.has_charger,
        }


def _page(form: HandoverForm, errors: dict[str, str] | None = None, status: int = 200) -> ResponseReturnValue:
    parts = _parts(form)
    if wants_json():
        return jsonify(inside=render_template("handovers/_inside.html", **parts)), status
    again = request.form.get("request_id") if not errors else None
    return render_template("handovers/form.html", errors=errors, again=again, **parts), status


@bp.get("/handovers")
@allow(Permission.HANDOVER_MAKE)
def form() -> ResponseReturnValue:
    """An empty form, or one begun from a search (``?holder=`` or ``?asset=``)."""
    return _page(replace(HandoverForm.read(request.args), step=None, has_charger=True))


@bp.post("/handovers")
@allow(Permission.HANDOVER_MAKE)
def fill() -> ResponseReturnValue:
    """One step of filling the form in, or the handover itself."""
    filled = HandoverForm.read(request.form)
    if filled.step != "hand_out":
        return _page(filled)
    return _hand_out(filled)


def _hand_out(filled: HandoverForm) -> ResponseReturnValue:
    missing = {}
    if not filled.asset_ids:
        missing["code"] = t("handovers.problem.no_assets")
    if filled.holder_id is None:
        missing["person"] = t("handovers.problem.no_holder")
    if missing or filled.holder_id is None:
        return _page(filled, missing, 422)
    command = HandOut(
        asset_ids=filled.asset_ids,
        holder_id=filled.holder_id,
        has_charger=filled.has_charger,
        request_id=reading.request_id(request.form),
    )

    def then(numbers: list[str]) -> ResponseReturnValue:
        return redirect(url_for("receipts.show", number=numbers[0], also=numbers[1:] or None), 303)

    return attempt(
        lambda session: hand_out(session, command, by=g.viewer, now=doors.now()),
        then=then,
        # A refusal leaves the form as it was, with the reason above it.
        again=lambda error: _page(filled, {"code": sentence_of(error)}, status_of(error)),
    )
