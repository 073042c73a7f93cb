"""The one search box: suggestions while typing, and the page for those who press Enter."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, g, jsonify, redirect, render_template, request, url_for

from tracker.queries.search import SearchHit, search
from tracker.words import Permission
from web import doors
from web.access import logged_in
from web.asking import wants_json
from web.forms.reading import LONGEST
from web.shown import t

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

bp = Blueprint("search", __name__)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One hit and where it leads."""

    title: str
    kind: str
    detail: str
    href: str


def _href(hit: SearchHit) -> str:
    if hit.kind == "asset":
        return url_for("assets.show", asset_id=hit.id)
    if hit.kind == "device":
        return url_for("devices.show", device_id=hit.id)
    if g.viewer.may(Permission.HANDOVER_MAKE):
        return url_for("handovers.form", holder=hit.id)
    return url_for("people.show", person_id=hit.id)


def _suggestions(query: str, *, with_people: bool) -> list[Suggestion]:
    with doors.reading() as session:
        hits = search(session, g.viewer, query, g.language, with_people=with_people)
    return [Suggestion(hit.title, t(f"web.search.kind.{hit.kind}"), hit.detail, _href(hit)) for hit in hits]


def _answer(query: str, *, with_people: bool) -> ResponseReturnValue:
    hits = _suggestions(query, with_people=with_people)
    if wants_json():
        return jsonify(hits=[asdict(hit) for hit in hits])
    if len(hits) == 1:
        return redirect(hits[0].href, 303)
    return render_template("search/hits.html", query=query, hits=hits)


@bp.get("/search")
@logged_in
def asked() -> ResponseReturnValue:
    """A search that stands in an address, and so in logs and histories: it finds things, never people."""
    return _answer(request.args.get("q", "").strip()[:LONGEST], with_people=False)


@bp.post("/search")
@logged_in
def suggest() -> ResponseReturnValue:
    """What the box's text might mean, as far as this viewer may see; the only hit is opened at once."""
    return _answer(request.form.get("q", "").strip()[:LONGEST], with_people=True)
