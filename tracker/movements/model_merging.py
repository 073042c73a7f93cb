"""Two spellings of one model become one, and models that nothing is of go away; both can be taken back."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import update
from sqlmodel import Session, col, select

from discovery.sighting import DeviceClass
from tracker import journal
from tracker.errors import InvalidError, NotFoundError, RefusedError, TrackerError
from tracker.movements.models import (
    BATCH,
    assets_of,
    find_anew,
    model_for,
    support_of,
    values_of,
)
from tracker.movements.versions import change
from tracker.requests import once
from tracker.swedish import sort_key
from tracker.tables import Asset, DeviceModel, JournalEntry
from tracker.words import Permission, SupportState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tracker.roles import Viewer

GONE = "model:merge:record"
"""What the journal calls a model that went away, into another one or for good."""
BACK = "model:merge:undo"


class Merge(BaseModel):
    """One model into another. `version`: of the one that goes away, as the page showed it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model_id: int
    version: int
    into_id: int
    request_id: str


def _move(session: Session, asset_ids: Sequence[int], into_id: int) -> None:
    for start in range(0, len(asset_ids), BATCH):
        part = asset_ids[start : start + BATCH]
        session.connection().execute(update(Asset).where(col(Asset.id).in_(part)).values(model_id=into_id))
    session.expire_all()
    find_anew(session, asset_ids)


def _inherited(gone: DeviceModel, into: DeviceModel) -> dict[str, Any]:
    """What the one that stays did not know."""
    values: dict[str, Any] = {}
    if into.device_class is DeviceClass.UNKNOWN:
        values["device_class"] = gone.device_class
    if support_of(into) is SupportState.UNASKED:
        for name in ("support_ends", "support_basis", "support_checked_on"):
            values[name] = getattr(gone, name)
    return values


def _go(session: Session, model: DeviceModel, version: int, facts: dict[str, Any], **who: Any) -> int:
    """Take the row away and write down all that brings it back; the journal's entry.

    Raises:
        StaleError: someone changed the model since.
    """
    facts = {"model": values_of(model), **facts}
    change(session, model, version)
    session.delete(model)
    session.flush()
    return journal.record(session, GONE, f"model:{model.id}", facts=facts, **who)


def merge(session: Session, command: Merge, *, by: Viewer, now: datetime) -> int:
    """Move every asset of a model to another and take the model away; the journal's entry, for `bring_back`.

    What the other does not know, its class or the end of its support, it takes over.

    Raises:
        InvalidError: no other model was chosen.
        NotFoundError, StaleError: a model is not there, or someone was faster.
    """

    def act() -> dict[str, Any]:
        model = model_for(session, command.model_id, by)
        into = session.get(DeviceModel, command.into_id)
        if into is None or into.id == model.id:
            raise InvalidError({"into": TrackerError("models.into_missing")})
        kept = values_of(into)
        moved = assets_of(session, command.model_id)
        if values := _inherited(model, into):
            change(session, into, into.version, **values)
        _move(session, moved, command.into_id)
        after = values_of(session.get_one(DeviceModel, command.into_id))
        facts = {"into": command.into_id, "into_before": kept, "into_after": after, "assets": moved}
        return {"entry": _go(session, model, command.version, facts, by=by, now=now)}

    return int(once(session, command.request_id, by=by, what="merge-models", now=now, act=act)["entry"])


def remove(
    session: Session, model_id: int, version: int, request_id: str, *, by: Viewer, now: datetime
) -> int:
    """Take away a model that no asset is of; the journal's entry, for `bring_back`.

    Raises:
        RefusedError: an asset is of it.
        NotFoundError, StaleError: the model is not there, or someone was faster.
    """

    def act() -> dict[str, Any]:
        model = model_for(session, model_id, by)
        if assets_of(session, model_id):
            raise RefusedError("models.in_use", name=f"{model.vendor} {model.name}".strip())
        return {"entry": _go(session, model, version, {}, by=by, now=now)}

    return int(once(session, request_id, by=by, what="remove-model", now=now, act=act)["entry"])


def _gone(session: Session, entry_id: int) -> JournalEntry:
    entry = session.get(JournalEntry, entry_id)
    if entry is None or entry.what != GONE:
        raise NotFoundError
    later = session.exec(
        select(JournalEntry).where(JournalEntry.what == BACK, JournalEntry.subject == f"journal:{entry_id}")
    ).first()
    if later is not None:
        raise RefusedError("models.already_back")
    return entry


def _made(values: dict[str, Any]) -> DeviceModel:
    ends, checked = values["support_ends"], values["support_checked_on"]
    return DeviceModel(
        vendor=values["vendor"],
        name=values["name"],
        sort_key=sort_key(f"{values['vendor']} {values['name']}".strip()),
        device_class=DeviceClass(values["class"]),
        support_ends=date.fromisoformat(ends) if ends else None,
        support_basis=values["support_basis"],
        support_checked_on=date.fromisoformat(checked) if checked else None,
    )


def _give_back(session: Session, facts: dict[str, Any]) -> None:
    """What the model that stayed took over, unless someone changed it since."""
    into = session.get(DeviceModel, facts["into"]) if "into" in facts else None
    if into is None or facts["into_before"] == facts["into_after"] or values_of(into) != facts["into_after"]:
        return
    kept = _made(facts["into_before"])
    names = ("device_class", "support_ends", "support_basis", "support_checked_on")
    change(session, into, into.version, **{name: getattr(kept, name) for name in names})


def bring_back(session: Session, entry_id: int, request_id: str, *, by: Viewer, now: datetime) -> int:
    """Undo a merge or a removal: the model is there again, with those of its assets that stayed where they were moved.

    Raises:
        NotFoundError: nothing of the kind happened, or not for this actor.
        RefusedError: it is back already, or a model of that name has come since.
    """
    if not by.may(Permission.MODEL_EDIT):
        raise NotFoundError

    def act() -> dict[str, Any]:
        entry = _gone(session, entry_id)
        model = _made(entry.facts["model"])
        twin = select(DeviceModel.id).where(
            DeviceModel.vendor == model.vendor, DeviceModel.name == model.name
        )
        if session.exec(twin).first() is not None:
            raise RefusedError("models.name_taken", name=model.name)
        session.add(model)
        session.flush()
        into = entry.facts.get("into")
        still = set(assets_of(session, into)) if into is not None else set()
        moved = [asset_id for asset_id in entry.facts.get("assets", ()) if asset_id in still]
        _move(session, moved, model.id or 0)
        _give_back(session, entry.facts)
        facts = {"model": model.id, "assets": len(moved)}
        journal.record(session, BACK, f"journal:{entry_id}", by=by, now=now, facts=facts)
        return {"model": model.id}

    return int(once(session, request_id, by=by, what="bring-model-back", now=now, act=act)["model"])
