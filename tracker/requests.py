"""Every write form carries a request id: a repeated send answers what the first one answered and does nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import select

from tracker.errors import RefusedError
from tracker.tables import HandledRequest, metadata

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlmodel import Session

    from tracker.roles import Viewer

MOST = 40
_TABLE = metadata.tables[str(HandledRequest.__tablename__)]
_NEW = {
    "sqlite": sqlite.insert(_TABLE).on_conflict_do_nothing().returning(_TABLE.c.id),
    "postgresql": postgresql.insert(_TABLE).on_conflict_do_nothing().returning(_TABLE.c.id),
}
_ANSWERED = update(_TABLE).where(_TABLE.c.id == bindparam("handled"))


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
    connection = session.connection()
    if connection.execute(_NEW[connection.dialect.name], row).first() is None:
        handled = session.exec(select(HandledRequest).where(HandledRequest.id == request_id)).one()
        if handled.user_id != by.user_id or handled.what != what:
            raise RefusedError("movements.request_id_used")
        return dict(handled.answer)
    answer = act()
    connection.execute(_ANSWERED, {"handled": request_id, "answer": answer})
    return answer
