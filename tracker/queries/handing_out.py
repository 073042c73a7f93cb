"""What the handover form shows of the devices and the person chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tracker.errors import NotFoundError
from tracker.names import shown_name
from tracker.queries.reach import asset_for, model_name, unit_path
from tracker.tables import Person, Unit
from tracker.words import AssetStatus, Language, Permission

if TYPE_CHECKING:
    from sqlmodel import Session

    from tracker.roles import Viewer


@dataclass(frozen=True, slots=True)
class ChosenAsset:
    """A device in the form."""

    asset_id: int
    tag: str
    model: str
    status: AssetStatus


@dataclass(frozen=True, slots=True)
class Recipient:
    """The person in the form; `unit` is None where the person is masked."""

    person_id: int
    name: str
    unit: str | None


def asset_to_hand_out(session: Session, asset_id: int, viewer: Viewer) -> ChosenAsset:
    """A device that is this viewer's to hand out, whatever its status.

    Raises:
        NotFoundError: it is not there, or not for this viewer.
    """
    asset = asset_for(session, asset_id, viewer, Permission.HANDOVER_MAKE)
    return ChosenAsset(asset_id, asset.tag, model_name(session, asset), asset.status)


def recipient(session: Session, person_id: int, viewer: Viewer, language: Language) -> Recipient:
    """A person whom this viewer may hand out to.

    Raises:
        NotFoundError: there is none, or not for this viewer.
    """
    person = session.get(Person, person_id)
    path = unit_path(session, person.unit_id) if person is not None else ""
    if person is None or not viewer.may(Permission.HANDOVER_MAKE, path):
        raise NotFoundError
    name = shown_name(person, path, viewer, language)
    unit = session.get(Unit, person.unit_id)
    return Recipient(person_id, name, unit.name if unit is not None and name == person.name else None)
