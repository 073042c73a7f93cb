"""What lies within a viewer's reach: a unit's path, an asset of it, what the asset is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracker.errors import NotFoundError
from tracker.tables import Asset, DeviceModel, Unit

if TYPE_CHECKING:
    from sqlmodel import Session

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


def model_name(session: Session, asset: Asset) -> str:
    """Maker and model, empty when unknown."""
    model = session.get(DeviceModel, asset.model_id) if asset.model_id is not None else None
    return f"{model.vendor} {model.name}".strip() if model is not None else ""
