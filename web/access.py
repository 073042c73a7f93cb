"""Who may open which page. Every view says it itself; a view that says nothing is refused.

Here it is decided whether a viewer has the permission anywhere; over which units it holds is settled
where data is read and changed (`Viewer.paths`, `Viewer.may`), so that a stranger's asset is "not found".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, g, redirect, request, url_for

from tracker.words import Permission
from web.asking import wants_json
from web.problem_json import is_for_a_program

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from tracker.roles import Viewer

View = TypeVar("View", bound=Callable[..., object])

ASSET_ENDPOINTS = frozenset({"static", "bootstrap.static"})
"""Files that are the same for everyone; they are not our views and cannot say it themselves."""


class Who(Enum):
    """Whom a view is for."""

    EVERYONE = auto()
    LOGGED_IN = auto()
    PERMITTED = auto()


class Verdict(Enum):
    """What to do with a request."""

    PASS = auto()
    LOG_IN = auto()
    REFUSE = auto()


@dataclass(frozen=True, slots=True)
class Rule:
    """One view's row: for whom, and of which permissions any one is enough."""

    who: Who
    permissions: frozenset[Permission] = frozenset()


_PUBLIC = Rule(Who.EVERYONE)


def _saying(rule: Rule) -> Callable[[View], View]:
    def mark(view: View) -> View:
        view.access_rule = rule  # type: ignore[attr-defined]
        return view

    return mark


def allow(*permissions: Permission) -> Callable[[View], View]:
    """Mark a view (below its route line) as open to viewers with any one of the permissions."""
    return _saying(Rule(Who.PERMITTED, frozenset(permissions)))


def public(view: View) -> View:
    """Mark a view as open to everyone, logged in or not."""
    return _saying(_PUBLIC)(view)


def logged_in(view: View) -> View:
    """Mark a view as open to everyone who is logged in."""
    return _saying(Rule(Who.LOGGED_IN))(view)


def rule_of(app: Flask, endpoint: str) -> Rule | None:
    """The row of an endpoint, None when its view says nothing."""
    if endpoint in ASSET_ENDPOINTS:
        return _PUBLIC
    return getattr(app.view_functions.get(endpoint), "access_rule", None)


def decide(rule: Rule | None, viewer: Viewer) -> Verdict:
    """Whether this viewer may open a view with this row."""
    if rule is None:
        return Verdict.REFUSE
    if rule.who is Who.EVERYONE:
        return Verdict.PASS
    if viewer.user_id is None:
        return Verdict.LOG_IN
    permitted = rule.who is Who.LOGGED_IN or any(viewer.may(p) for p in rule.permissions)
    return Verdict.PASS if permitted else Verdict.REFUSE


def _where_to_go_on() -> str | None:
    if request.method == "GET":
        return request.full_path.rstrip("?")
    # A form sent after the login ended: its page, not its target, is what a person can go back to.
    came_from = urlsplit(request.referrer or "")
    return came_from.path if came_from.netloc == request.host else None


def _check() -> ResponseReturnValue | None:
    if request.endpoint is None:
        return None  # no such page; 404 follows
    verdict = decide(rule_of(current_app, request.endpoint), g.viewer)
    if verdict is Verdict.REFUSE:
        abort(403)
    if verdict is Verdict.LOG_IN:
        if wants_json() or is_for_a_program():
            abort(401)
        return redirect(url_for("account.login", next=_where_to_go_on()), 303)
    return None


def fit(app: Flask) -> None:
    """Check every request before its view."""
    app.before_request(_check)
