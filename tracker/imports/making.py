"""The units, places and models that an import was told to make."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discovery.sighting import DeviceClass
from tracker.imports.known import Ref
from tracker.setup import add_unit
from tracker.swedish import sort_key
from tracker.tables import DeviceModel, Room, Site, Unit
from tracker.words import UnitKind

if TYPE_CHECKING:
    from sqlmodel import Session

    from tracker.imports.checking import Checked
    from tracker.imports.known import Known
    from tracker.imports.resolving import Meant


class Maker:
    """Makes each once; `made` is their ids by table, for undoing."""

    def __init__(self, session: Session, known: Known) -> None:
        self._session = session
        self._known = known
        self.made: dict[str, list[int]] = {"room": [], "site": [], "device_model": [], "unit": []}

    def _kept(self, table: str, row: Room | Site | DeviceModel | Unit) -> int:
        self._session.add(row)
        self._session.flush()
        number = row.id or 0
        self.made[table].append(number)
        return number

    def unit(self, ref: Ref | None) -> int | None:
        """The unit's id; a new one stands below the highest unit that the importer may import into."""
        if ref is None or ref.id is not None:
            return ref.id if ref is not None else None
        known = self._known
        found = known.units.get(ref.name.casefold())
        if found is None:
            above = self._session.get_one(Unit, known.root)
            kind = UnitKind.OPERATION if above.kind is not UnitKind.MUNICIPALITY else UnitKind.ADMINISTRATION
            unit = add_unit(self._session, ref.name[:120], kind, above)
            self.made["unit"].append(unit.id or 0)
            found = known.units[ref.name.casefold()] = Ref(unit.id, unit.name)
            known.paths[unit.id], known.unit_names[unit.id] = unit.path, unit.name
        return found.id

    def site(self, ref: Ref | None, unit_id: int) -> int | None:
        """The site's id; a new one is the unit's."""
        if ref is None or ref.id is not None:
            return ref.id if ref is not None else None
        known = self._known
        found = known.sites.get(ref.name.casefold())
        if found is None:
            number = self._kept(
                "site", Site(name=ref.name, sort_key=sort_key(ref.name)[:240], unit_id=unit_id)
            )
            found = known.sites[ref.name.casefold()] = Ref(number, ref.name)
            known.site_names[number] = ref.name
        return found.id

    def room(self, ref: Ref | None, site_id: int | None) -> int | None:
        """The room's id at the site."""
        if ref is None or ref.id is not None or site_id is None:
            return ref.id if ref is not None else None
        known = self._known
        found = known.rooms.get((site_id, ref.name.casefold()))
        if found is None:
            number = self._kept(
                "room", Room(site_id=site_id, name=ref.name, sort_key=sort_key(ref.name)[:160])
            )
            found = known.rooms[site_id, ref.name.casefold()] = Ref(number, ref.name)
            known.room_names[number] = ref.name
        return found.id

    def model(self, row: Checked, meant: Meant) -> int | None:
        """The model's id; a new one is of the row's kind and has its end of support."""
        ref = meant.model
        if ref is None or ref.id is not None:
            return ref.id if ref is not None else None
        known = self._known
        found = known.models.get(ref.name.casefold())
        if found is None:
            model = DeviceModel(
                vendor=row.vendor,
                name=row.model,
                sort_key=sort_key(ref.name)[:400],
                device_class=meant.device_class or DeviceClass.UNKNOWN,
                support_ends=row.model_support_ends,
                support_basis=row.support_basis or None,
            )
            number = self._kept("device_model", model)
            found = known.models[ref.name.casefold()] = Ref(number, ref.name)
            known.model_names[number] = ref.name
        return found.id
