"""The units, places and models that an import was told to make: gathered while it is compared, made when it is stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from discovery.sighting import DeviceClass
from tracker.inserting import insert_numbered
from tracker.setup import add_unit
from tracker.swedish import sort_key
from tracker.tables import DeviceModel, Room, Site, Unit
from tracker.words import UnitKind

if TYPE_CHECKING:
    from sqlmodel import Session

    from tracker.imports.checking import Checked
    from tracker.imports.known import Known, Ref
    from tracker.imports.resolving import Meant


@dataclass(slots=True, eq=False)
class Wanted:
    """Something to be made. `id`: when it has been; `of`: what it is a part of; `more`: its other columns."""

    name: str
    of: int | Wanted | None = None
    more: dict[str, Any] | None = None
    id: int | None = None


Place = int | Wanted
"""The id of something known, or what is to be made."""
_MOST_KEY: dict[Any, int] = {Site: 240, Room: 160, DeviceModel: 400}


def settled(value: Any) -> Any:
    """The id of what has been made, anything else as it is."""
    return value.id if type(value) is Wanted else value


class Maker:
    """Gathers each once; `made` is their ids by table when they have been made, for undoing."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._units: dict[str, Wanted] = {}
        self._sites: dict[str, Wanted] = {}
        self._rooms: dict[tuple[Place, str], Wanted] = {}
        self._models: dict[str, Wanted] = {}
        self.made: dict[str, list[int]] = {"room": [], "site": [], "device_model": [], "unit": []}

    def unit(self, ref: Ref | None) -> Place | None:
        """The unit; a new one stands below the highest unit that the importer may import into."""
        if ref is None or ref.id is not None:
            return ref.id if ref is not None else None
        return self._units.setdefault(ref.name.casefold(), Wanted(ref.name[:120]))

    def site(self, ref: Ref | None, unit: Place) -> Place | None:
        """The site; a new one is the unit's."""
        if ref is None or ref.id is not None:
            return ref.id if ref is not None else None
        return self._sites.setdefault(ref.name.casefold(), Wanted(ref.name, unit))

    def room(self, ref: Ref | None, site: Place | None) -> Place | None:
        """The room at the site."""
        if ref is None or ref.id is not None or site is None:
            return ref.id if ref is not None else None
        return self._rooms.setdefault((site, ref.name.casefold()), Wanted(ref.name, site))

    def model(self, row: Checked, meant: Meant) -> Place | None:
        """The model; a new one is of the row's kind and has its end of support."""
        ref = meant.model
        if ref is None or ref.id is not None:
            return ref.id if ref is not None else None
        more = {
            "vendor": row.vendor,
            "name": row.model,
            "device_class": meant.device_class or DeviceClass.UNKNOWN,
            "support_ends": row.model_support_ends,
            "support_basis": row.support_basis or None,
        }
        return self._models.setdefault(ref.name.casefold(), Wanted(ref.name, None, more))

    def _make_units(self, session: Session) -> None:
        known = self._known
        for one in self._units.values():
            above = session.get_one(Unit, known.root)
            kind = UnitKind.OPERATION if above.kind is not UnitKind.MUNICIPALITY else UnitKind.ADMINISTRATION
            unit = add_unit(session, one.name, kind, above)
            one.id = unit.id
            known.paths[unit.id] = unit.path
        self.made["unit"] = [one.id for one in self._units.values() if one.id]

    def make(self, session: Session) -> None:
        """Make all of it; from then on `settled` gives the ids."""
        self._make_units(session)
        more = (
            ("site", Site, self._sites),
            ("room", Room, self._rooms),
            ("device_model", DeviceModel, self._models),
        )
        for name, table, wanted in more:
            rows = list(wanted.values())
            numbers = insert_numbered(session.connection(), table, _columns(table, rows))
            for one, number in zip(rows, numbers, strict=True):
                one.id = number
            self.made[name] = numbers


def _columns(table: Any, rows: list[Wanted]) -> list[dict[str, Any]]:
    """The columns of new rows, the table's own values where nothing is said of them."""
    usual = table(name="", sort_key="").model_dump(exclude={"id"})
    of = "unit_id" if table is Site else "site_id"
    return [
        {
            **usual,
            "name": one.name,
            "sort_key": sort_key(one.name)[: _MOST_KEY[table]],
            **(one.more or {}),
            **({of: settled(one.of)} if one.of is not None else {}),
        }
        for one in rows
    ]
