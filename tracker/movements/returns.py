"""Take back: one scan, one outcome. Two people with one device make one return; the second is told who was first."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session, col, select

from tracker import journal
from tracker.errors import NotFoundError, RefusedError, StaleError, WrongStatusError
from tracker.lifecycle import TAKE_BACK, TO, may
from tracker.movements.acting import change
from tracker.queries.lookup import find_asset
from tracker.queries.reach import model_name, unit_path
from tracker.requests import once
from tracker.tables import Asset, Movement, Unit, User
from tracker.words import AssetStatus, Condition, MovementKind, Permission

if TYPE_CHECKING:
    from datetime import datetime

    from tracker.roles import Viewer


class OutcomeKind(StrEnum):
    """How a scan in the return box ended."""

    FINE = "fine"
    ALREADY = "already"
    OTHER_UNIT = "other_unit"
    UNKNOWN = "unknown"


class TakeBack(BaseModel):
    """One scan.

    Attributes:
        code: what the scanner or the hand wrote; tag, label link, serial or MAC.
        has_charger: whether the charger came with it.
        request_id: of this scan; a repeated send does nothing twice.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str = Field(min_length=1, max_length=200)
    has_charger: bool = True
    condition: Condition = Condition.WHOLE
    request_id: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a scan.

    Attributes:
        movement_id: the return or the find, for undo.
        holder_id: whose it was; the page shows the name as this viewer may see it.
        who, when: who took it back before, for ``already``.
        near_misses: tags that the code might have meant.
    """

    kind: OutcomeKind
    code: str
    asset_id: int | None = None
    tag: str | None = None
    model: str | None = None
    holder_id: int | None = None
    movement_id: int | None = None
    receipt: str | None = None
    who: str | None = None
    when: str | None = None
    near_misses: tuple[str, ...] = ()

    @classmethod
    def from_answer(cls, answer: dict[str, Any]) -> Outcome:
        """The outcome out of its stored form."""
        kind, near = OutcomeKind(answer["kind"]), tuple(answer.get("near_misses", ()))
        rest = {key: value for key, value in answer.items() if key not in {"kind", "near_misses"}}
        return cls(kind=kind, near_misses=near, **rest)

    def as_answer(self) -> dict[str, Any]:
        """The outcome as JSON, to be stored with its request id."""
        answer = {name: getattr(self, name) for name in self.__slots__}
        return answer | {"kind": self.kind.value, "near_misses": list(self.near_misses)}


def _home(session: Session, by: Viewer) -> int:
    """The unit on whose behalf the actor takes back."""
    path = next(iter(by.paths(Permission.RETURN_MAKE)), None)
    unit = session.exec(select(Unit).where(Unit.path == path)).first() if path else None
    if unit is None or unit.id is None:
        raise NotFoundError
    return unit.id


def _find(session: Session, command: TakeBack, by: Viewer, now: datetime, kind: OutcomeKind) -> Outcome:
    """Keep what cannot be taken back as a find: the thing is in somebody's hand."""
    lookup = find_asset(session, by, command.code)
    movement = Movement(
        kind=MovementKind.FIND,
        at=now,
        by_id=by.user_id,
        unit_id=_home(session, by),
        condition=command.condition,
        has_charger=command.has_charger,
        facts={"code": command.code},
    )
    session.add(movement)
    session.flush()
    journal.record(
        session, "asset:find:record", f"movement:{movement.id}", by=by, now=now, facts={"code": command.code}
    )
    near = tuple(miss.tag for miss in lookup.near_misses)
    return Outcome(kind, command.code, movement_id=movement.id, near_misses=near)


def _already(session: Session, asset: Asset, command: TakeBack) -> Outcome:
    last = session.exec(
        select(Movement)
        .where(Movement.asset_id == asset.id, Movement.kind == MovementKind.RETURNED)
        .order_by(col(Movement.id).desc())
    ).first()
    user = session.get(User, last.by_id) if last is not None and last.by_id is not None else None
    return Outcome(
        OutcomeKind.ALREADY,
        command.code,
        asset_id=asset.id,
        tag=asset.tag,
        model=model_name(session, asset),
        who=user.name if user is not None else None,
        when=last.at.isoformat() if last is not None else None,
    )


def _take(session: Session, asset: Asset, command: TakeBack, by: Viewer, now: datetime) -> Outcome:
    if asset.status is AssetStatus.RETURNED:
        return _already(session, asset, command)
    if not may(TAKE_BACK, asset.status):
        raise WrongStatusError("movements.cannot_take_back", tag=asset.tag, status=asset.status.value)
    before, holder_id, asset_id, tag = asset.status, asset.holder_id, asset.id or 0, asset.tag
    try:
        change(session, asset, now, status=TO[TAKE_BACK], holder_id=None)
    except StaleError:
        now_is = session.exec(select(Asset.status).where(Asset.id == asset_id)).one()
        if now_is != AssetStatus.RETURNED:
            raise
        return _already(session, asset, command)
    movement = Movement(
        asset_id=asset_id,
        kind=MovementKind.RETURNED,
        at=now,
        by_id=by.user_id,
        unit_id=asset.unit_id,
        holder_id=holder_id,
        before=before,
        after=TO[TAKE_BACK],
        condition=command.condition,
        has_charger=command.has_charger,
    )
    from tracker.movements.handovers import receipt_number  # noqa: PLC0415 -- handing out does not need returning

    movement.receipt = receipt_number()
    session.add(movement)
    session.flush()
    facts = {
        "tag": tag,
        "condition": command.condition.value,
        "charger": command.has_charger,
        "holder": holder_id,
    }
    journal.record(session, "asset:return:record", f"asset:{asset_id}", by=by, now=now, facts=facts)
    return Outcome(
        OutcomeKind.FINE,
        command.code,
        asset_id=asset_id,
        tag=tag,
        model=model_name(session, asset),
        holder_id=holder_id,
        movement_id=movement.id,
        receipt=movement.receipt,
    )


def take_back(session: Session, command: TakeBack, *, by: Viewer, now: datetime) -> Outcome:
    """Take a unit back, or keep the code as a find.

    Raises:
        WrongStatusError: the unit's status does not allow it.
    """

    def act() -> dict[str, Any]:
        lookup = find_asset(session, None, command.code)
        asset = lookup.asset
        if asset is None:
            return _find(session, command, by, now, OutcomeKind.UNKNOWN).as_answer()
        if not by.may(Permission.RETURN_MAKE, unit_path(session, asset.unit_id)):
            return _find(session, command, by, now, OutcomeKind.OTHER_UNIT).as_answer()
        return _take(session, asset, command, by, now).as_answer()

    if not by.may(Permission.RETURN_MAKE):
        raise NotFoundError
    return Outcome.from_answer(once(session, command.request_id, by=by, what="return", now=now, act=act))


def undo_return(session: Session, movement_id: int, *, by: Viewer, now: datetime) -> None:
    """Take back a taking back: the unit is as it was, the history keeps both steps.

    Raises:
        NotFoundError: no such return for this actor.
        RefusedError: something has happened to the unit since.
    """
    movement = session.get(Movement, movement_id)
    if movement is None or movement.kind is not MovementKind.RETURNED or movement.before is None:
        raise NotFoundError
    asset = session.get(Asset, movement.asset_id)
    if asset is None or not by.may(Permission.RETURN_MAKE, unit_path(session, asset.unit_id)):
        raise NotFoundError
    later = session.exec(
        select(Movement.id).where(Movement.asset_id == asset.id, col(Movement.id) > movement_id)
    ).first()
    if later is not None or asset.status is not AssetStatus.RETURNED:
        raise RefusedError("movements.cannot_undo", tag=asset.tag)
    unit_id, asset_id, tag = asset.unit_id, asset.id, asset.tag
    change(session, asset, now, status=movement.before, holder_id=movement.holder_id)
    session.add(
        Movement(
            asset_id=asset_id,
            kind=MovementKind.CHANGED,
            at=now,
            by_id=by.user_id,
            unit_id=unit_id,
            holder_id=movement.holder_id,
            before=AssetStatus.RETURNED,
            after=movement.before,
            facts={"undone": movement_id},
        )
    )
    facts = {"tag": tag, "movement": movement_id}
    journal.record(session, "asset:return:undo", f"asset:{asset_id}", by=by, now=now, facts=facts)
