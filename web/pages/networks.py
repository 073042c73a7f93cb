"""Narrowing how networks are scanned. What may be scanned at all stands in config.toml, which no page changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, g, redirect, render_template, request, url_for

from tracker.errors import InvalidError
from tracker.movements import networks as deeds
from tracker.narrowings import network_for
from tracker.queries import networks as queries
from tracker.queries.networks import Bounds
from tracker.words import Permission
from web import doors
from web.access import allow
from web.forms import networks as forms
from web.forms.reading import number, request_id
from web.problems import field_texts

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

bp = Blueprint("networks", __name__)


def _bounds() -> Bounds:
    config = doors.doors().config
    rates = {network.name: network.rate for network in config.networks if network.rate is not None}
    return Bounds(doors.now(), config.schedule.at, doors.doors().zone, rates, config.limits.rate)


@bp.get("/administration/networks", endpoint="list")
@allow(Permission.NETWORK_EDIT)
def list_() -> ResponseReturnValue:
    """Every network as it is scanned now."""
    with doors.reading() as session:
        rows = queries.networks(session, g.viewer, _bounds())
    return render_template("networks/list.html", rows=rows, path=doors.doors().config.path)


def _page(network_id: int, errors: dict[str, str] | None = None) -> ResponseReturnValue:
    with doors.reading() as session:
        page = queries.network_page(session, g.viewer, network_id, _bounds())
    filled = request.form if errors else forms.filled(page)
    again = request.form.get("request_id") if errors else None
    body = render_template("networks/show.html", page=page, filled=filled, errors=errors or {}, again=again)
    return body, 422 if errors else 200


@bp.get("/administration/networks/<int:network_id>")
@allow(Permission.NETWORK_EDIT)
def show(network_id: int) -> ResponseReturnValue:
    """One network: what config.toml allows, and the form that narrows it."""
    return _page(network_id)


@bp.post("/administration/networks/<int:network_id>")
@allow(Permission.NETWORK_EDIT)
def save(network_id: int) -> ResponseReturnValue:
    """Narrow it; what cannot be taken stays in the form, each with its reason."""
    try:
        with doors.writing() as session:
            network = network_for(session, network_id, g.viewer)
            most_rate = _bounds().most(network)
            command = forms.narrow(request.form, network_id, most_rate)
            deeds.narrow_network(session, command, by=g.viewer, now=doors.now(), today=_bounds().today)
    except InvalidError as error:
        return _page(network_id, field_texts(error))
    return redirect(url_for("networks.show", network_id=network_id), 303)


@bp.post("/administration/networks/<int:network_id>/undo")
@allow(Permission.NETWORK_EDIT)
def undo(network_id: int) -> ResponseReturnValue:
    """Take the last change back."""
    with doors.writing() as session:
        deeds.undo(
            session,
            network_id,
            number(request.form, "version") or 0,
            request_id(request.form),
            by=g.viewer,
            now=doors.now(),
            today=_bounds().today,
        )
    return redirect(url_for("networks.show", network_id=network_id), 303)
