"""Where assets belong and where devices were seen, read for reconciliation."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sqlalchemy import func
from sqlmodel import Session, col, select

from tracker.facts import Place
from tracker.tables import Device, Network, Person, Sighting, Site, Unit
from tracker.words import Purpose

if TYPE_CHECKING:
    from tracker.tables import Asset

Home = tuple[frozenset[int], str | None]
"""Sites where something belongs, and what the place is called."""


def places(session: Session, asset_id: int | None = None) -> dict[int, list[Place]]:
    """By device, every one or an asset's, the sites it was seen at; guests' networks say nothing of where a thing belongs."""
    seen = (
        select(
            Sighting.device_id, Network.site_id, func.min(Sighting.first_seen), func.max(Sighting.last_seen)
        )
        .join(Network, col(Sighting.network_id) == col(Network.id))
        .where(col(Network.site_id).is_not(None), Network.purpose != Purpose.GUEST)
        .group_by(col(Sighting.device_id), col(Network.site_id))
    )
    if asset_id is not None:
        seen = seen.where(col(Sighting.device_id).in_(select(Device.id).where(Device.asset_id == asset_id)))
    rows = session.exec(seen).all()
    found: dict[int, list[Place]] = defaultdict(list)
    for device_id, site_id, first, last in rows:
        found[device_id].append(Place(site_id or 0, first, last))
    return found


class Homes:
    """Where an asset belongs: its site; without one, or for what people carry, also where its units are."""

    def __init__(self, session: Session) -> None:
        units = session.exec(select(Unit.id, Unit.path, Unit.name)).all()
        self._above = {number: [int(p) for p in path.split("/") if p] for number, path, _ in units}
        self._unit_names = {number: name for number, _, name in units}
        sites = session.exec(select(Site.id, Site.name, Site.unit_id)).all()
        self._site_names = {number: name for number, name, _ in sites}
        self._of_unit: dict[int, set[int]] = defaultdict(set)
        for number, _, unit_id in sites:
            self._of_unit[unit_id].add(number or 0)
        self._holders: dict[int | None, int | None] = dict(
            session.exec(select(Person.id, Person.unit_id)).all()
        )
        self._found: dict[tuple[int | None, int | None, int | None, bool], Home] = {}

    def of(self, asset: Asset, *, is_carried: bool) -> Home:
        """The sites, and what the place is called; none when the register does not say."""
        return self.at(asset.unit_id, asset.holder_id, asset.site_id, is_carried=is_carried)

    def at(self, unit_id: int, holder_id: int | None, site_id: int | None, *, is_carried: bool) -> Home:
        """The same by what the register says of an asset: a municipality's 100,000 belong to some thousand places."""
        key = (unit_id, self._holders.get(holder_id), site_id, is_carried)
        if key not in self._found:
            self._found[key] = self._home(*key[:3], is_carried=is_carried)
        return self._found[key]

    def _home(
        self, unit_id: int | None, holders_id: int | None, site_id: int | None, *, is_carried: bool
    ) -> Home:
        own, holders = self._above.get(unit_id, []), self._above.get(holders_id, [])
        around = {site for unit in (*own, *holders) for site in self._of_unit.get(unit, ())}
        if site_id is not None:
            sites = {site_id} | (around if is_carried else set())
            return frozenset(sites), self._site_names.get(site_id)
        # The root is the municipality: a site of its own, a town hall, is not home to all that has no other place.
        named = next((unit for unit in reversed(own[1:]) if unit in self._of_unit), None)
        return frozenset(around), self._unit_names.get(named) if named is not None else None
