"""Receipts of handovers and returns, with the code that the return box reads."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

import segno
from flask import Blueprint, Response, g, render_template, request

from tracker.queries.receipts import ReceiptPage, receipt
from tracker.words import Permission
from web import doors
from web.access import allow

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

bp = Blueprint("receipts", __name__)

NUMBER = re.compile(r"K-[A-Z0-9]{10}")
MOST_ALSO = 100


def _receipt(number: str) -> ReceiptPage:
    with doors.reading() as session:
        return receipt(session, g.viewer, number, g.language)


def label_url(tag: str) -> str:
    """The address on an asset's label: short, and on the name that the configuration gives."""
    base = doors.doors().config.web.base_url or request.host_url
    return f"{base.rstrip('/')}/a/{quote(tag, safe='')}"


@bp.get("/receipts/<number>")
@allow(Permission.ASSET_VIEW)
def show(number: str) -> ResponseReturnValue:
    """One receipt, to be printed or shown."""
    also = [other for other in request.args.getlist("also")[:MOST_ALSO] if NUMBER.fullmatch(other)]
    return render_template("receipts/show.html", receipt=_receipt(number), also=also)


@bp.get("/receipts/<number>/code.svg")
@allow(Permission.ASSET_VIEW)
def code(number: str) -> ResponseReturnValue:
    """The label's address as a QR code; a picture of its own, so that no page needs inline drawing."""
    picture = io.BytesIO()
    segno.make(label_url(_receipt(number).tag), error="m", micro=False).save(
        picture, kind="svg", scale=4, border=2
    )
    return Response(picture.getvalue(), mimetype="image/svg+xml")
