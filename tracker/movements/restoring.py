"""Take back the removal of a unit, a site or a room: nothing hung on it, so adding the same again restores it whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracker.errors import NotFoundError
from tracker.movements.places import SaveRoom, SaveSite, save_room, save_site
from tracker.movements.units import AddUnit, add_unit
from tracker.tables import HandledRequest
from tracker.words import UnitKind

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from tracker.roles import Viewer

_REMOVALS = frozenset({"unit:remove", "site:remove", "room:remove"})


def restore(session: Session, removal: str, request_id: str, *, by: Viewer, now: datetime) -> tuple[str, int]:
    """Add again what the actor's own removal took away; what it is (``unit``, ``site``, ``room``) and its new id.

    Args:
        session: inside `tracker.db.writing`.
        removal: the removal's request id.
        request_id: this form's.
        by: who removed it, and still has the right.
        now: when.

    Raises:
        NotFoundError: the actor removed nothing by that request.
        InvalidError: its name has been taken since.
    """
    handled = session.get(HandledRequest, removal)
    if handled is None or handled.user_id != by.user_id or handled.what not in _REMOVALS:
        raise NotFoundError
    ((what, was),) = handled.answer.items()
    if what == "unit":
        unit = AddUnit(
            parent_id=was["parent"],
            name=was["name"],
            kind=UnitKind(was["kind"]),
            code=was["code"] or "",
            request_id=request_id,
        )
        return what, add_unit(session, unit, by=by, now=now)
    if what == "site":
        site = SaveSite(unit_id=was["unit"], name=was["name"], request_id=request_id)
        return what, save_site(session, site, by=by, now=now)
    room = SaveRoom(site_id=was["site"], name=was["name"], is_secured=was["secured"], request_id=request_id)
    return what, save_room(session, room, by=by, now=now)
