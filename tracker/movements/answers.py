"""Take back an answer given in the queue, whichever it was: a decision, or a place corrected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracker.movements import decisions, placing

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from tracker.roles import Viewer


def undo(session: Session, batch: str, *, by: Viewer, now: datetime) -> list[int]:
    """Take back all that one press answered; the findings that are open again.

    Args:
        session: inside `tracker.db.writing`.
        batch: the press's request id.
        by: who takes it back.
        now: when.

    Raises:
        NotFoundError: nothing of the kind, or not for this actor.
        RefusedError: something else has happened since.
    """
    if placing.is_correction(session, batch):
        return placing.undo_correction(session, batch, by=by, now=now)
    return decisions.undo(session, batch, by=by, now=now)
