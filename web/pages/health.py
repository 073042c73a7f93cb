"""Whether the pages and their register work, for a supervisor or a proxy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, jsonify
from sqlalchemy import text

from web import doors
from web.access import public

if TYPE_CHECKING:
    from flask import Response

bp = Blueprint("health", __name__)


@bp.get("/health")
@public
def show() -> Response:
    """``{"state": "ok"}``; a register that does not answer becomes 503."""
    with doors.reading() as database:
        database.execute(text("SELECT 1"))
    return jsonify(state="ok")
