"""What lies within a viewer's reach: a unit's path, an asset of it, what the asset is called, an account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlmodel import Session, col, select

from tracker.errors import NotFoundError
from tracker.governing import is_for_all
from tracker.makes import make_text
from tracker.tables import Asset, DeviceModel, Unit, User
from tracker.users import viewer_of
from tracker.words import Permission

if TYPE_CHECKING:
    from tracker.roles import Viewer


def unit_path(session: Session, unit_id: int | None) -> str:
    """The path of a unit; one that no grant covers when there is none."""
    unit = session.get(Unit, unit_id) if unit_id is not None else None
    return unit.path if unit is not None else ""


def root_path(session: Session) -> str:
    """The path of the whole municipality; one that no grant covers while there is no unit."""
    found = session.exec(
        select(Unit.path).where(col(Unit.parent_id).is_(None)).order_by(col(Unit.id))
    ).first()
    return found or ""


def user_for(session: Session, user_id: int, by: Viewer) -> User:
    """The account, when the actor edits users over a unit where it has a role, or it is the actor's own.

    Raises:
        NotFoundError: it is not there for this actor.
    """
    user = session.get(User, user_id)
    if user is None:
        raise NotFoundError
    held = viewer_of(session, user).grants
    reached = any(by.may(Permission.USER_EDIT, grant.unit_path) for grant in held)
    if not (reached or user.id == by.user_id or is_for_all(by, root_path(session))):
        raise NotFoundError
    return user


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
    return make_text(model.vendor, model.name) if model is not None else ""
