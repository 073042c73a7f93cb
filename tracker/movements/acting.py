"""What every act shares: the asset within the actor's units, and the change that only one of two people can make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from tracker.errors import NotFoundError, StaleError
from tracker.tables import Asset, DeviceModel, Movement, Unit, User

if TYPE_CHECKING:
    from datetime import datetime

    from tracker.roles import Viewer
    from tracker.words import Permission


def unit_path(session: Session, unit_id: int | None) -> str:
    """The path of a unit; one that no grant covers when there is none."""
    unit = session.get(Unit, unit_id) if unit_id is not None else None
    return unit.path if unit is not None else ""


def asset_for(session: Session, asset_id: int, by: Viewer, permission: Permission) -> Asset:
    """The asset, when the actor holds the permission over its unit.

    Raises:
        NotFoundError: it is not there, or not for this actor: the two are not told apart.
    """
    asset = session.get(Asset, asset_id)
    if asset is None or not by.may(permission, unit_path(session, asset.unit_id)):
        raise NotFoundError
    return asset


def who_was_first(session: Session, asset_id: int) -> StaleError:
    """The error that tells the loser of a race who was faster, and when."""
    last = session.exec(
        select(Movement).where(Movement.asset_id == asset_id).order_by(col(Movement.id).desc()).limit(1)
    ).first()
    user = session.get(User, last.by_id) if last is not None and last.by_id is not None else None
    at = last.at.isoformat() if last is not None else ""
    return StaleError(who=user.name if user is not None else "?", when=at)


def change(session: Session, asset: Asset, now: datetime, **values: Any) -> None:
    """Compare-and-set on status and version: of two people at one device one wins.

    Raises:
        StaleError: someone else was faster.
    """
    made = session.connection().execute(
        update(Asset)
        .where(
            col(Asset.id) == asset.id, col(Asset.version) == asset.version, col(Asset.status) == asset.status
        )
        .values(version=asset.version + 1, changed_at=now, **values)
    )
    if made.rowcount != 1:
        raise who_was_first(session, asset.id or 0)
    session.expire(asset)


def model_name(session: Session, asset: Asset) -> str:
    """Maker and model, empty when unknown."""
    model = session.get(DeviceModel, asset.model_id) if asset.model_id is not None else None
    return f"{model.vendor} {model.name}".strip() if model is not None else ""
