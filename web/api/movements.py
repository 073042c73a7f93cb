"""Movements: what people did with assets."""

from __future__ import annotations

from tracker.queries.movements import MovementRow
from tracker.queries.movements import list_movements as queried
from tracker.words import Permission
from web.api import event_shapes as shapes
from web.api.calling import Call, following, operation


def _told(row: MovementRow) -> shapes.MovementTold:
    one = row.movement
    return shapes.MovementTold(
        id=one.id or 0,
        asset=one.asset_id,
        kind=one.kind,
        at=one.at,
        by=row.by,
        holder=row.holder,
        before=one.before,
        after=one.after,
        condition=one.condition,
        has_charger=one.has_charger,
        receipt=one.receipt,
    )


@operation("GET", "/movements", Permission.ASSET_VIEW, shapes.MovementPage, query=shapes.MovementQuery)
def list_movements(call: Call) -> shapes.MovementPage:
    """Movements, the newest first, a page at a time."""
    asked: shapes.MovementQuery = call.asked
    rows, more = queried(
        call.session,
        call.viewer,
        call.language,
        asset_id=asked.asset,
        kind=asked.kind,
        since=asked.since,
        before=asked.before,
        limit=asked.limit,
    )
    return shapes.MovementPage(
        rows=[_told(row) for row in rows], next=following(before=rows[-1].movement.id) if more else None
    )
