"""The app, put together: settings, guards in their order, texts, pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask
from flask_bootstrap import Bootstrap5
from flask_wtf import CSRFProtect

from web import (
    access,
    api,
    asking,
    doors,
    language,
    layout,
    login,
    pages,
    problems,
    remembering,
    security,
    sessions,
    shown,
    uploads,
)
from web.config import flask_settings, is_secure

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tracker.clock import Clock
    from tracker.config import Config


def create_app(config: Config, engine: Engine, clock: Clock) -> Flask:
    """The WSGI app over one register.

    The order of the guards matters: host and register first, then who is asking, then whether they may,
    and only then the form's token, so that an expired login is answered as that (401) and not as a
    broken form (400).
    """
    app = Flask("web", static_folder="static", template_folder="templates")
    app.config.from_mapping(flask_settings(config))
    app.url_map.converters["int"] = asking.RowNumber
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    doors.fit(app, doors.Doors(config, engine, clock, config.schedule.zone))
    app.session_interface = sessions.RegisterSessions(engine, clock, secure=is_secure(config))

    security.fit(app, config)
    login.fit(app)
    language.fit(app)
    api.fit(app)
    access.fit(app)
    uploads.fit(app)
    CSRFProtect(app).exempt(api.bp)  # no cookie opens anything there
    Bootstrap5(app)
    shown.fit(app)
    remembering.fit(app)
    layout.fit(app)
    problems.fit(app)
    app.register_blueprint(api.bp)
    for blueprint in pages.blueprints():
        app.register_blueprint(blueprint)
    return app
