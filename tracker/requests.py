"""Every write form carries a request id: a repeated send answers what the first one answered and does nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, select

from tracker.errors import RefusedError
from tracker.tables import HandledRequest

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlmodel import Session

    from tracker.roles import Viewer

MOST = 40


def once(
    session: Session,
    request_id: str,
    *,
    by: Viewer,
    what: str,
    now: datetime,
    act: Callable[[], dict[str, Any]],
) -> dict[str, Any]:
    """Do `act` unless this request was handled already; its answer (JSON) either way.

    Raises:
        RefusedError: no request id, or the id was used by someone else or for something else.
    """
    if not request_id or len(request_id) > MOST or by.user_id is None:
        raise RefusedError("movements.no_request_id")
    # The row first: of two sends at the same moment the second waits here, then finds the answer.
    row = {"id": request_id, "user_id": by.user_id, "what": what, "answer": {}, "at": now}
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(HandledRequest).values(**row).on_conflict_do_nothing()
    is_new = session.connection().execute(statement.returning(col(HandledRequest.id))).first() is not None
    if not is_new:
        handled = session.exec(select(HandledRequest).where(HandledRequest.id == request_id)).one()
        if handled.user_id != by.user_id or handled.what != what:
            raise RefusedError("movements.request_id_used")
        return dict(handled.answer)
    answer = act()
    session.connection().execute(
        update(HandledRequest).where(col(HandledRequest.id) == request_id).values(answer=answer)
    )
    return answer
