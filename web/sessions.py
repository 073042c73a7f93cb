"""Server-side sessions: the cookie holds a random token, the register its SHA-256 and the data.

A session ends at once: its row goes, and a copied cookie is worth nothing (ASVS 5.0, 7.4.1). Flask's own
sessions live in the cookie and cannot be ended.
"""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from flask.sessions import SessionInterface, SessionMixin
from sqlalchemy import delete, update
from sqlmodel import col
from typing_extensions import override
from werkzeug.datastructures import CallbackDict

from tracker.db import reading, writing
from tracker.errors import RegisterUnavailableError
from tracker.queries.login_sessions import opened
from tracker.tables import LoginSession

if TYPE_CHECKING:
    from flask import Flask, Request, Response
    from sqlalchemy import Engine

    from tracker.clock import Clock
    from tracker.queries.login_sessions import KnownUser

IDLE = timedelta(minutes=60)
ABSOLUTE = timedelta(hours=12)
TOUCH = timedelta(minutes=1)
"""How exact `seen_at` is: reading a page must not cost a write each time."""

SECURE_COOKIE = "__Host-enhetskoll"
LOOPBACK_COOKIE = "enhetskoll"

_log = logging.getLogger(__name__)


def token_hash(token: str) -> str:
    """What the register keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def is_live(created_at: datetime, seen_at: datetime, now: datetime) -> bool:
    """Whether a session has neither been idle nor lived for too long."""
    return now - seen_at < IDLE and now - created_at < ABSOLUTE


class ServerSession(CallbackDict[str, Any], SessionMixin):
    """One browser's session. `token` is None until there is something to keep."""

    def __init__(self, data: dict[str, Any] | None = None, token: str | None = None) -> None:
        def changed(session: CallbackDict[str, Any]) -> None:
            session.modified = True  # type: ignore[attr-defined]

        super().__init__(data, changed)
        self.token = token
        self.modified = False
        self.is_stored = token is not None
        self.is_due_for_touch = False
        self.unavailable = False
        self.user_id: int | None = None
        self.user: KnownUser | None = None
        """Whom the register knew behind the session when this request came."""
        self.leaves: list[str] = []
        """Hashes whose rows go when the answer is sent."""

    def begin(self, user_id: int) -> None:
        """A login: new token, nothing kept of the old session (fixation)."""
        self.end()
        self.user_id = user_id
        self.modified = True

    def end(self) -> None:
        """A logout: the row goes, and a later write makes a new session."""
        if self.token is not None:
            self.leaves.append(token_hash(self.token))
        self.clear()
        self.token = None
        self.is_stored = False
        self.user_id = None
        self.user = None
        self.modified = False


class RegisterSessions(SessionInterface):
    """Keeps sessions in the table `login_session`."""

    def __init__(self, engine: Engine, clock: Clock, *, secure: bool) -> None:
        self._engine = engine
        self._clock = clock
        self._secure = secure
        self.cookie = SECURE_COOKIE if secure else LOOPBACK_COOKIE

    @override
    def open_session(self, app: Flask, request: Request) -> ServerSession:
        """The session of the request's cookie, or an empty one."""
        token = request.cookies.get(self.cookie)
        if not token or _is_static(app, request):
            return ServerSession()
        try:
            with reading(self._engine) as database:
                found = opened(database, token_hash(token))
        except RegisterUnavailableError:
            session = ServerSession()
            session.unavailable = True  # said by a guard; an error here would reach no page
            return session
        now = self._clock()
        if found is None or not is_live(found.created_at, found.seen_at, now):
            return ServerSession()
        session = ServerSession(json.loads(found.data), token)
        session.user = found.user
        session.user_id = found.user.id if found.user is not None else None
        session.is_due_for_touch = now - found.seen_at >= TOUCH
        return session

    @override
    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Store what changed; a full or locked register is logged and never turns an answer into an error."""
        assert isinstance(session, ServerSession)  # noqa: S101 -- ours, from open_session
        if session.unavailable:
            return
        response.vary.add("Cookie")
        if not (session.modified or session.leaves or session.is_due_for_touch):
            return
        try:
            self._store(session)
        except RegisterUnavailableError:
            _log.warning("session not stored: the register does not take writes")
            return
        self._send_cookie(session, response)

    def _store(self, session: ServerSession) -> None:
        now = self._clock()
        with writing(self._engine) as database:
            if session.leaves:
                database.execute(delete(LoginSession).where(col(LoginSession.token_hash).in_(session.leaves)))
            if session.is_stored and session.token is not None:
                # No row, no revival: a session that was ended meanwhile stays ended.
                database.execute(
                    update(LoginSession)
                    .where(col(LoginSession.token_hash) == token_hash(session.token))
                    .values(data=json.dumps(dict(session)), seen_at=now),
                )
            elif session.modified:
                session.token = secrets.token_urlsafe(32)
                database.execute(delete(LoginSession).where(col(LoginSession.seen_at) < now - ABSOLUTE))
                database.add(
                    LoginSession(
                        token_hash=token_hash(session.token),
                        user_id=session.user_id,
                        data=json.dumps(dict(session)),
                        created_at=now,
                        seen_at=now,
                    ),
                )

    def _send_cookie(self, session: ServerSession, response: Response) -> None:
        if session.token is None:
            response.delete_cookie(self.cookie, secure=self._secure, httponly=True, samesite="Lax")
        elif not session.is_stored:
            response.set_cookie(
                self.cookie,
                session.token,
                secure=self._secure,
                httponly=True,
                samesite="Lax",
                path="/",
            )


def _is_static(app: Flask, request: Request) -> bool:
    return request.path.startswith((f"{app.static_url_path}/", f"/bootstrap{app.static_url_path}/"))
