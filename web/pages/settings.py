"""What is set where: what this page may change, and what stands in config.toml, which no page changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, g, redirect, render_template, request, url_for

from tracker import settings as stored
from tracker.config_shown import sections
from tracker.errors import InvalidError
from tracker.movements import settings as deeds
from tracker.words import Language, Permission
from web import doors
from web.access import allow
from web.forms import settings as forms
from web.problems import field_texts

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

bp = Blueprint("settings", __name__)


def _page(errors: dict[str, str] | None = None) -> ResponseReturnValue:
    config = doors.doors().config
    with doors.reading() as session:
        root = deeds.root_for(session, g.viewer)
        filled = forms.filled(root.name, stored.read(session), deeds.versions(session))
    body = render_template(
        "settings/show.html",
        filled=request.form if errors else filled,
        errors=errors or {},
        again=request.form.get("request_id") if errors else None,
        languages=tuple(Language),
        keys=stored.KEYS,
        path=config.path.resolve(),
        networks=len(config.networks),
        sections=tuple(sections(config)),
    )
    return body, 422 if errors else 200


@bp.get("/administration/settings")
@allow(Permission.SETTING_EDIT)
def show() -> ResponseReturnValue:
    """The page."""
    return _page()


@bp.post("/administration/settings")
@allow(Permission.SETTING_EDIT)
def save() -> ResponseReturnValue:
    """Store what was changed."""
    try:
        with doors.writing() as session:
            command = forms.change(request.form)
            deeds.change_settings(session, command, by=g.viewer, now=doors.now())
    except InvalidError as error:
        return _page(field_texts(error))
    return redirect(url_for("settings.show"), 303)
