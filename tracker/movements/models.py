"""Correct a model: its maker, name and class, and until when it is supported and who says so."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session, col, select

from discovery.sighting import DeviceClass
from tracker import journal
from tracker.errors import InvalidError, NotFoundError, TrackerError
from tracker.movements.versions import change
from tracker.requests import once
from tracker.swedish import search_key, sort_key
from tracker.tables import Asset, AssetIdentifier, DeviceModel
from tracker.words import Permission, SupportState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tracker.roles import Viewer

BATCH = 500
LONGEST_KEY = 800


class EditModel(BaseModel):
    """A model as it should be.

    Attributes:
        version: as the page showed it.
        support: which of the three the rest is about; a date and its basis belong together.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    model_id: int
    version: int
    vendor: str = Field(default="", max_length=80)
    name: str = Field(default="", max_length=120)
    device_class: DeviceClass
    support: SupportState
    support_ends: date | None = None
    support_basis: str = Field(default="", max_length=200)
    request_id: str


def support_of(model: DeviceModel) -> SupportState:
    """What is known of the end of its support. Pure."""
    if model.support_ends is not None:
        return SupportState.DATED
    return SupportState.NO_END if model.support_checked_on is not None else SupportState.UNASKED


def values_of(model: DeviceModel) -> dict[str, Any]:
    """A model as JSON, for the journal and for putting it back."""
    return {
        "vendor": model.vendor,
        "name": model.name,
        "class": model.device_class.value,
        "support_ends": model.support_ends.isoformat() if model.support_ends else None,
        "support_basis": model.support_basis,
        "support_checked_on": model.support_checked_on.isoformat() if model.support_checked_on else None,
    }


def model_for(session: Session, model_id: int, by: Viewer) -> DeviceModel:
    """The model, for whoever may change models.

    Raises:
        NotFoundError: it is not there, or not for this actor.
    """
    model = session.get(DeviceModel, model_id) if by.may(Permission.MODEL_EDIT) else None
    if model is None:
        raise NotFoundError
    return model


def find_anew(session: Session, asset_ids: Iterable[int]) -> None:
    """Let assets be found by what they and their models are called now."""
    ids = list(asset_ids)
    for start in range(0, len(ids), BATCH):
        part = ids[start : start + BATCH]
        values: dict[int, list[str]] = {}
        for row in session.exec(select(AssetIdentifier).where(col(AssetIdentifier.asset_id).in_(part))):
            values.setdefault(row.asset_id, []).append(row.value)
        statement = select(Asset, DeviceModel).join(DeviceModel, isouter=True).where(col(Asset.id).in_(part))
        for asset, model in session.exec(statement):
            # An asset without a model is joined to none, which the type of a join does not say.
            make = (model.vendor, model.name) if model is not None else ()  # type: ignore[redundant-expr]
            words = (asset.tag, asset.name, *make, *sorted(values.get(asset.id or 0, ())))
            asset.search_key = search_key(*words)[:LONGEST_KEY]
            session.add(asset)
        session.flush()


def assets_of(session: Session, model_id: int) -> list[int]:
    """The ids of a model's assets."""
    return [i for i in session.exec(select(Asset.id).where(Asset.model_id == model_id)) if i is not None]


def _checked(session: Session, command: EditModel) -> dict[str, TrackerError]:
    wrong: dict[str, TrackerError] = {}
    if not command.name.strip():
        wrong["name"] = TrackerError("models.name_missing")
    twin = session.exec(
        select(DeviceModel.id).where(
            DeviceModel.vendor == command.vendor.strip(),
            DeviceModel.name == command.name.strip(),
            DeviceModel.id != command.model_id,
        )
    ).first()
    if twin is not None:
        wrong["name"] = TrackerError("models.name_taken", name=command.name.strip())
    if command.support is SupportState.DATED and command.support_ends is None:
        wrong["support_ends"] = TrackerError("models.date_missing")
    if command.support is not SupportState.UNASKED and not command.support_basis.strip():
        wrong["support_basis"] = TrackerError("models.basis_missing")
    return wrong


def edit_model(session: Session, command: EditModel, *, by: Viewer, now: datetime, today: date) -> None:
    """Change a model; its findings follow by `tracker.end_of_support`.

    Raises:
        InvalidError: no name, one that another model has, a date without its basis; each beside its field.
        NotFoundError, StaleError: the model is not there, or someone was faster.
    """

    def act() -> dict[str, Any]:
        model = model_for(session, command.model_id, by)
        if wrong := _checked(session, command):
            raise InvalidError(wrong)
        before = values_of(model)
        vendor, name = command.vendor.strip(), command.name.strip()
        is_asked = command.support is not SupportState.UNASKED
        change(
            session,
            model,
            command.version,
            vendor=vendor,
            name=name,
            sort_key=sort_key(f"{vendor} {name}".strip()),
            device_class=command.device_class,
            support_ends=command.support_ends if command.support is SupportState.DATED else None,
            support_basis=command.support_basis.strip() if is_asked else None,
            support_checked_on=today if is_asked else None,
        )
        if (vendor, name) != (before["vendor"], before["name"]):
            find_anew(session, assets_of(session, command.model_id))
        facts = {"before": before, "after": values_of(model)}
        journal.record(
            session, "model:details:change", f"model:{command.model_id}", by=by, now=now, facts=facts
        )
        return {}

    once(session, command.request_id, by=by, what="edit-model", now=now, act=act)
