"""What the form of an asset's own fields shows: the values as they stand, and what there is to choose among."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlmodel import Session, col, select

from tracker.facts import Identifier
from tracker.queries.reach import asset_for
from tracker.tables import Asset, AssetIdentifier, DeviceModel, Room, Site
from tracker.words import IdentifierKind, Permission

if TYPE_CHECKING:
    from datetime import date

    from tracker.roles import Viewer


EDITABLE = {
    "serials": IdentifierKind.SERIAL,
    "macs": IdentifierKind.MAC,
    "dock_macs": IdentifierKind.DOCK_MAC,
}
"""The identifiers that people write; those that a system gives (MDM, UUID) are its own to change."""


def identifiers_of(session: Session, asset_id: int) -> set[Identifier]:
    """What the asset is known by."""
    rows = session.exec(select(AssetIdentifier).where(AssetIdentifier.asset_id == asset_id))
    return {(row.kind, row.value) for row in rows}


@dataclass(frozen=True, slots=True)
class EditPage:
    """One asset as its form needs it.

    Attributes:
        model: of the asset, None without one.
        places: every site and room by a name of both, as (site, room or None, name), sites before their rooms.
        vendors, models: every maker, and every (name, maker), to be offered while one writes.
    """

    asset: Asset
    model: DeviceModel | None
    identifiers: frozenset[Identifier]
    places: tuple[tuple[int, int | None, str], ...]
    vendors: tuple[str, ...]
    models: tuple[tuple[str, str], ...]

    @property
    def model_support_ends(self) -> date | None:
        """What holds where the asset has no day of its own."""
        return self.model.support_ends if self.model is not None else None

    def values(self, name: str) -> tuple[str, ...]:
        """The identifiers of one field (``serials``, ``macs``, ``dock_macs``)."""
        return tuple(sorted(value for kind, value in self.identifiers if kind is EDITABLE[name]))


def _places(session: Session) -> tuple[tuple[int, int | None, str], ...]:
    rooms: dict[int, list[Room]] = {}
    for room in session.exec(select(Room).order_by(col(Room.sort_key))):
        rooms.setdefault(room.site_id, []).append(room)
    found: list[tuple[int, int | None, str]] = []
    for site in session.exec(select(Site).order_by(col(Site.sort_key))):
        found.append((site.id or 0, None, site.name))
        found += [
            (site.id or 0, room.id, f"{site.name} / {room.name}") for room in rooms.get(site.id or 0, ())
        ]
    return tuple(found)


def edit_page(session: Session, viewer: Viewer, asset_id: int) -> EditPage:
    """The asset with its choices, for whoever may change it.

    Raises:
        NotFoundError: it is not there for this viewer.
    """
    asset = asset_for(session, asset_id, viewer, Permission.ASSET_EDIT)
    models = session.exec(
        select(DeviceModel.name, DeviceModel.vendor).order_by(col(DeviceModel.sort_key))
    ).all()
    return EditPage(
        asset=asset,
        model=session.get(DeviceModel, asset.model_id) if asset.model_id is not None else None,
        identifiers=frozenset(identifiers_of(session, asset_id)),
        places=_places(session),
        vendors=tuple(dict.fromkeys(vendor for _, vendor in models if vendor)),
        models=tuple((name, vendor) for name, vendor in models),
    )
