"""Who is asking: the session's user, and through the user's grants the viewer."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, cast

from flask import Flask, g, session
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user

from tracker.errors import RegisterUnavailableError
from tracker.roles import Viewer

if TYPE_CHECKING:
    from tracker.queries.login_sessions import KnownUser
    from tracker.tables import User
    from tracker.words import Language
    from web.sessions import ServerSession

ANONYMOUS = Viewer(None)
_MARK = "password_mark"


class SignedIn(UserMixin):  # type: ignore[misc]
    """The logged-in user as Flask-Login wants one."""

    def __init__(self, user: User | KnownUser, viewer: Viewer) -> None:
        self.id = user.id
        self.login = user.login
        self.name = user.name
        self.language: Language = user.language
        self.viewer = viewer


def password_mark(user: User | KnownUser) -> str:
    """Ties a session to the password it was opened with: a new password ends it, wherever it was set."""
    return hashlib.sha256((user.password_hash or "").encode()).hexdigest()[:16]


def _load(user_id: str) -> SignedIn | None:
    # Whom the session was opened for: read with it, in the same question.
    user = _own().user
    if user is None or user_id != str(user.id) or not user.is_active:
        return None
    return SignedIn(user, user.viewer) if session.get(_MARK) == password_mark(user) else None


def _own() -> ServerSession:
    return cast("ServerSession", session._get_current_object())  # type: ignore[attr-defined]  # noqa: SLF001


def enter(user: User, viewer: Viewer) -> SignedIn:
    """Log a user in, in a session of its own."""
    signed_in = SignedIn(user, viewer)
    _own().begin(cast("int", user.id))
    g.pop("csrf_token", None)  # the old session's; the page that follows needs the new one's
    login_user(signed_in)
    session[_MARK] = password_mark(user)
    g.viewer = viewer
    return signed_in


def leave() -> None:
    """Log out: the session is gone when the answer is sent."""
    logout_user()
    _own().end()
    g.viewer = ANONYMOUS


def _who() -> None:
    g.viewer = ANONYMOUS
    if getattr(session, "unavailable", False):
        raise RegisterUnavailableError
    if "_user_id" in session and current_user.is_authenticated:
        g.viewer = current_user.viewer


def signed_in() -> SignedIn | None:
    """The logged-in user, None for a stranger."""
    if g.viewer.user_id is None:
        return None
    return cast("SignedIn", current_user)


def fit(app: Flask) -> None:
    """Give every request its viewer."""
    manager = LoginManager(app)
    manager.session_protection = None  # ties a session to address and browser; ours are server-side
    manager.user_loader(_load)
    app.before_request(_who)
