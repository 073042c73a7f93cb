"""A receipt: one handover or return, by its number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlmodel import Session, col, select

from tracker.errors import NotFoundError
from tracker.queries.people import named
from tracker.queries.reach import model_name, unit_path
from tracker.tables import Asset, AssetIdentifier, Movement, Unit, User
from tracker.words import IdentifierKind, Language, Permission

if TYPE_CHECKING:
    from tracker.roles import Viewer


@dataclass(frozen=True, slots=True)
class ReceiptPage:
    """All that a receipt shows."""

    number: str
    kind: str
    at: datetime
    tag: str
    model: str
    serial: str | None
    holder: str | None
    unit: str
    by: str | None
    condition: str | None
    has_charger: bool | None


def receipt(session: Session, viewer: Viewer, number: str, language: Language) -> ReceiptPage:
    """The receipt.

    Raises:
        NotFoundError: none with this number, or not for this viewer.
    """
    movement = session.exec(select(Movement).where(Movement.receipt == number)).first()
    asset = session.get(Asset, movement.asset_id) if movement is not None else None
    if (
        movement is None
        or asset is None
        or not viewer.may(Permission.ASSET_VIEW, unit_path(session, asset.unit_id))
    ):
        raise NotFoundError
    serial = session.exec(
        select(AssetIdentifier.value).where(
            AssetIdentifier.asset_id == asset.id, col(AssetIdentifier.kind) == IdentifierKind.SERIAL
        )
    ).first()
    unit = session.get(Unit, asset.unit_id)
    user = session.get(User, movement.by_id) if movement.by_id is not None else None
    return ReceiptPage(
        number=number,
        kind=movement.kind.value,
        at=movement.at,
        tag=asset.tag,
        model=model_name(session, asset),
        serial=serial,
        holder=named(session, movement.holder_id, viewer, language),
        unit=unit.name if unit is not None else "",
        by=user.name if user is not None else None,
        condition=movement.condition.value if movement.condition else None,
        has_charger=movement.has_charger,
    )
