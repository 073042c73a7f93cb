"""Correct the place: what was seen somewhere else is from now on registered where it was seen; one or many at once, and undo.

Only the place changes. The unit that answers for the asset stays: to hand that over is a transfer, which duty 3 lets nobody make
without IT's approval ("får inte överlåtas utan godkännande från IT- och Digitaliseringsavdelningen").
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session, col, select

from tracker import journal
from tracker.errors import NotFoundError, RefusedError
from tracker.movements.acting import change
from tracker.movements.decisions import finding_for, set_finding
from tracker.queries.reach import asset_for
from tracker.requests import once
from tracker.tables import Asset, Finding, HandledRequest, Movement, Site
from tracker.whereabouts import Homes
from tracker.words import EXPECTED_ON_NETWORK, FindingKind, FindingState, MovementKind, Permission

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from tracker.roles import Viewer

WHAT = "correct-place"
"""What the request is called: undo tells by it what there is to take back."""


class CorrectPlace(BaseModel):
    """One press: each asset's place becomes where its finding says that it was seen.

    Attributes:
        findings: (id, version) of each, as the page showed it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    findings: tuple[tuple[int, int], ...] = Field(min_length=1, max_length=2000)
    request_id: str


def _asset_of(session: Session, finding: Finding, by: Viewer) -> Asset:
    """The finding's asset, for whoever may change it.

    Raises:
        NotFoundError: it is not there for this actor.
        RefusedError: the finding is closed, or not about a place.
    """
    if finding.closed_at is not None:
        raise RefusedError("movements.finding_closed")
    if finding.kind is not FindingKind.MOVED or finding.asset_id is None:
        raise RefusedError("answers.no_place")
    return asset_for(session, finding.asset_id, by, Permission.ASSET_EDIT)


def _move(session: Session, asset: Asset, facts: Mapping[str, Any], by: Viewer, now: datetime) -> Movement:
    """Set each column of the step's changes to the second of its two values; the step, in the asset's history."""
    change(session, asset, now, **{column: values[1] for column, values in facts["changes"].items()})
    movement = Movement(
        asset_id=asset.id,
        kind=MovementKind.CHANGED,
        at=now,
        by_id=by.user_id,
        unit_id=asset.unit_id,
        holder_id=asset.holder_id,
        before=asset.status,
        after=asset.status,
        facts=dict(facts),
    )
    session.add(movement)
    session.flush()
    return movement


def _correct(
    session: Session, pair: tuple[int, int], homes: Homes, by: Viewer, now: datetime
) -> tuple[int, int]:
    """One finding; the ids of the movement and of the finding.

    Raises:
        RefusedError: the register says something else by now than the finding does.
    """
    finding = finding_for(session, pair[0], by)
    asset = _asset_of(session, finding, by)
    site = session.get(Site, finding.facts.get("site_id", 0))
    # A person has been at the asset since the night that wrote the finding: theirs is the later word.
    is_as_told = homes.of(asset, is_carried=False)[1] == finding.facts.get("home")
    if site is None or not is_as_told or asset.status not in EXPECTED_ON_NETWORK:
        raise RefusedError("answers.changed_since", tag=asset.tag)
    changes = {"site_id": [asset.site_id, site.id], "room_id": [asset.room_id, None]}
    movement = _move(session, asset, {"fields": ["place"], "changes": changes}, by, now)
    set_finding(session, finding, pair[1], now, state=FindingState.CLOSED, closed_at=now)
    facts = {"tag": asset.tag, "changes": changes, "finding": pair[0], "movement": movement.id}
    journal.record(session, "asset:place:correct", f"asset:{asset.id}", by=by, now=now, facts=facts)
    return movement.id or 0, pair[0]


def correct_place(session: Session, command: CorrectPlace, *, by: Viewer, now: datetime) -> int:
    """Register every asset where it was seen, or none; how many. Their findings are closed at once.

    Raises:
        NotFoundError, StaleError: a finding or its asset is not there, or someone was faster.
        RefusedError: a finding is closed or not about a place, or its asset has been changed since.
    """

    def act() -> dict[str, Any]:
        homes = Homes(session)
        return {"corrected": [_correct(session, pair, homes, by, now) for pair in command.findings]}

    return len(once(session, command.request_id, by=by, what=WHAT, now=now, act=act)["corrected"])


def is_correction(session: Session, batch: str) -> bool:
    """Whether the request of this id corrected places."""
    handled = session.get(HandledRequest, batch)
    return handled is not None and handled.what == WHAT


def _put_back(session: Session, movement_id: int, by: Viewer, now: datetime) -> None:
    movement = session.get_one(Movement, movement_id)
    asset = asset_for(session, movement.asset_id or 0, by, Permission.ASSET_EDIT)
    statement = select(Movement).where(Movement.asset_id == asset.id, col(Movement.id) > movement_id)
    later = session.exec(statement.order_by(col(Movement.id))).first()
    if later is not None and later.facts.get("undone") == movement_id:
        raise NotFoundError
    if later is not None:
        raise RefusedError("answers.cannot_undo", tag=asset.tag)
    changes = {column: [new, old] for column, (old, new) in movement.facts["changes"].items()}
    _move(session, asset, {"fields": ["place"], "changes": changes, "undone": movement_id}, by, now)
    facts = {"tag": asset.tag, "changes": changes, "movement": movement_id}
    journal.record(session, "asset:place:undo", f"asset:{asset.id}", by=by, now=now, facts=facts)


def _reopen(session: Session, finding: Finding, now: datetime) -> bool:
    """Ask again, unless a night has asked anew."""
    live = session.exec(
        select(Finding.id).where(Finding.key == finding.key, col(Finding.closed_at).is_(None))
    ).first()
    if live is None:
        set_finding(session, finding, finding.version, now, state=FindingState.OPEN, closed_at=None)
    return live is None


def undo_correction(session: Session, batch: str, *, by: Viewer, now: datetime) -> list[int]:
    """Take back all that one press corrected, or nothing; the findings that are open again.

    Raises:
        NotFoundError: nothing of the kind, not for this actor, or taken back already.
        RefusedError: something has happened to an asset since.
    """
    handled = session.get(HandledRequest, batch)
    if handled is None or handled.what != WHAT:
        raise NotFoundError
    reopened = []
    for movement_id, finding_id in handled.answer["corrected"]:
        finding = finding_for(session, finding_id, by)
        _put_back(session, movement_id, by, now)
        if _reopen(session, finding, now):
            reopened.append(finding_id)
    return reopened
