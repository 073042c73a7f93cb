"""Hand out: one or several units to a person, in one go, with a receipt."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from tracker import journal
from tracker.errors import NotFoundError, RefusedError, WrongStatusError
from tracker.lifecycle import HAND_OUT, TO, may
from tracker.movements.acting import change
from tracker.queries.reach import asset_for, unit_path
from tracker.requests import once
from tracker.tables import Movement, Person
from tracker.words import MovementKind, Permission

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from tracker.roles import Viewer

_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


class HandOut(BaseModel):
    """Units to a person.

    Attributes:
        has_charger: whether a charger goes with each.
        request_id: of the form that was sent.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    asset_ids: tuple[int, ...] = Field(min_length=1, max_length=100)
    holder_id: int
    has_charger: bool = True
    request_id: str


def receipt_number() -> str:
    """A number that can be read aloud and guessed by nobody."""
    return "K-" + "".join(secrets.choice(_LETTERS) for _ in range(10))


def _one(session: Session, asset_id: int, holder: Person, command: HandOut, by: Viewer, now: datetime) -> str:
    asset = asset_for(session, asset_id, by, Permission.HANDOVER_MAKE)
    if not may(HAND_OUT, asset.status):
        raise WrongStatusError("movements.cannot_hand_out", tag=asset.tag, status=asset.status.value)
    before, unit_id, tag = asset.status, asset.unit_id, asset.tag
    change(session, asset, now, status=TO[HAND_OUT], holder_id=holder.id)
    receipt = receipt_number()
    session.add(
        Movement(
            asset_id=asset_id,
            kind=MovementKind.HANDED_OUT,
            at=now,
            by_id=by.user_id,
            unit_id=unit_id,
            holder_id=holder.id,
            before=before,
            after=TO[HAND_OUT],
            has_charger=command.has_charger,
            receipt=receipt,
        )
    )
    facts = {"tag": tag, "receipt": receipt, "holder": holder.id}
    journal.record(
        session,
        "asset:handover:record",
        f"asset:{asset_id}",
        by=by,
        now=now,
        facts=facts,
        personal={"holder": holder.name},
    )
    return receipt


def hand_out(session: Session, command: HandOut, *, by: Viewer, now: datetime) -> list[str]:
    """Record the handover; a receipt number for each unit, in order.

    Raises:
        NotFoundError: a unit or the person is not there for this actor.
        WrongStatusError: a unit's status does not allow it.
        StaleError: someone was faster.
    """
    holder = session.get(Person, command.holder_id)
    if holder is None or not by.may(Permission.HANDOVER_MAKE, unit_path(session, holder.unit_id)):
        raise NotFoundError
    if not holder.is_active:
        raise RefusedError("movements.holder_inactive")

    def act() -> dict[str, object]:
        ids = dict.fromkeys(command.asset_ids)
        return {"receipts": [_one(session, asset_id, holder, command, by, now) for asset_id in ids]}

    answer = once(session, command.request_id, by=by, what="handover", now=now, act=act)
    return [str(number) for number in answer["receipts"]]
