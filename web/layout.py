"""What stands around every page: the rail follows what the viewer may do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Flask, current_app, g, request

from tracker.words import Permission
from web.login import ANONYMOUS, signed_in

if TYPE_CHECKING:
    from tracker.roles import Viewer


@dataclass(frozen=True, slots=True)
class RailItem:
    """One door in the rail.

    Attributes:
        code: its text, ``web.rail.<code>``.
        endpoint: where it leads.
        icon: a name in ``icons.svg``.
        nouns: blueprints within which it is the current one.
    """

    code: str
    endpoint: str
    icon: str
    nouns: tuple[str, ...]


_TODAY = RailItem("today", "start.index", "today", ("start",))
_STATE = RailItem("state", "start.index", "today", ("start",))
_RETURN = RailItem("return", "returns.box", "return", ("returns",))
_HAND_OUT = RailItem("hand_out", "handovers.form", "hand_out", ("handovers", "receipts"))
_SCHOOL = RailItem("school", "assets.list", "assets", ("assets", "people"))
_FINDINGS = RailItem("findings", "findings.queue", "findings", ("findings",))
_ASSETS = RailItem("assets", "assets.list", "assets", ("assets", "imports"))
_NETWORK = RailItem("network", "scans.list", "network", ("scans", "devices", "system"))
_HANDOVER = RailItem("handover", "handovers.form", "hand_out", ("handovers", "receipts", "returns"))


def rail(viewer: Viewer) -> tuple[RailItem, ...]:
    """The rail of this viewer. Roles are data, so it follows permissions, not names of roles."""
    if viewer.may(Permission.FINDING_DECIDE):
        return (_TODAY, _FINDINGS, _ASSETS, _NETWORK, _HANDOVER)
    if viewer.may(Permission.RETURN_MAKE):
        return (_RETURN, _HAND_OUT, _SCHOOL)
    if viewer.may(Permission.FINDING_VIEW):
        return (_STATE, _FINDINGS, _ASSETS, _NETWORK)
    return (_TODAY,)


@dataclass(frozen=True, slots=True)
class AdministrationItem:
    """One page of the administration: its text is ``administration.<code>``."""

    code: str
    endpoint: str
    permission: Permission


ADMINISTRATION = (
    AdministrationItem("units", "units.list", Permission.UNIT_EDIT),
    AdministrationItem("people", "people.list", Permission.PERSON_EDIT),
    AdministrationItem("users", "users.list", Permission.USER_EDIT),
    AdministrationItem("networks", "networks.list", Permission.NETWORK_EDIT),
    AdministrationItem("models", "models.list", Permission.MODEL_EDIT),
    AdministrationItem("imports", "imports.list", Permission.ASSET_IMPORT),
    AdministrationItem("tokens", "tokens.list", Permission.TOKEN_EDIT),
    AdministrationItem("settings", "settings.show", Permission.SETTING_EDIT),
)


def administration(viewer: Viewer) -> tuple[AdministrationItem, ...]:
    """The pages of the administration that are there and that this viewer may open."""
    known = current_app.view_functions
    return tuple(i for i in ADMINISTRATION if i.endpoint in known and viewer.may(i.permission))


def _context() -> dict[str, object]:
    viewer = g.get("viewer", ANONYMOUS)
    known = current_app.view_functions
    items = [] if viewer.user_id is None else [item for item in rail(viewer) if item.endpoint in known]
    return {
        "rail": items,
        "administration": () if viewer.user_id is None else administration(viewer),
        "noun": request.blueprint,
        "viewer": viewer,
        "person": signed_in() if "viewer" in g else None,
        "Permission": Permission,
    }


def fit(app: Flask) -> None:
    """Give every template the layout's parts."""
    app.context_processor(_context)
