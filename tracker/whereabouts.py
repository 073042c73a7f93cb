"""Where assets belong and where devices were seen, read for reconciliation."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sqlalchemy import func
from sqlmodel import Session, col, select

from tracker.facts import Place
from tracker.tables import Network, Person, Sighting, Site, Unit
from tracker.words import Purpose

if TYPE_CHECKING:
    from tracker.tables import Asset


def places(session: Session) -> dict[int, list[Place]]:
    """By device the sites it was seen at; guests' networks say nothing of where a thing belongs."""
    rows = session.exec(
        select(
            Sighting.device_id, Network.site_id, func.min(Sighting.first_seen), func.max(Sighting.last_seen)
        )
        .join(Network, col(Sighting.network_id) == col(Network.id))
        .where(col(Network.site_id).is_not(None), Network.purpose != Purpose.GUEST)
        .group_by(col(Sighting.device_id), col(Network.site_id))
    ).all()
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
        self._holders = dict(session.exec(select(Person.id, Person.unit_id)).all())

    def of(self, asset: Asset, *, is_carried: bool) -> tuple[frozenset[int], str | None]:
        """The sites, and what the place is called; none when the register does not say."""
        own = self._above.get(asset.unit_id, [])
        holders = self._above.get(self._holders.get(asset.holder_id), [])
        around = {site for unit in (*own, *holders) for site in self._of_unit.get(unit, ())}
        if asset.site_id is not None:
            sites = {asset.site_id} | (around if is_carried else set())
            return frozenset(sites), self._site_names.get(asset.site_id)
        # The root is the municipality: a site of its own, a town hall, is not home to all that has no other place.
        named = next((unit for unit in reversed(own[1:]) if unit in self._of_unit), None)
        return frozenset(around), self._unit_names.get(named) if named is not None else None
