"""The way into the administration: to the first page of it that the viewer may open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, abort, g, redirect, url_for

from web.access import allow
from web.layout import ADMINISTRATION, administration

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

bp = Blueprint("administration", __name__)


@bp.get("/administration")
@allow(*(item.permission for item in ADMINISTRATION))
def index() -> ResponseReturnValue:
    """The first page."""
    items = administration(g.viewer)
    if not items:
        abort(404)
    return redirect(url_for(items[0].endpoint))
