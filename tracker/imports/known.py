"""What the register holds, by the words a file uses. Assets are looked up for the rows at hand, never all at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select
from sqlmodel import Session, col

from tracker.makes import make_text
from tracker.swedish import sort_key
from tracker.tables import Asset, AssetIdentifier, DeviceModel, Person, Room, Site, Unit
from tracker.words import Permission

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tracker.facts import Identifier
    from tracker.roles import Viewer

COLUMNS = (
    "status",
    "unit_id",
    "site_id",
    "room_id",
    "holder_id",
    "model_id",
    "name",
    "note",
    "purchased_on",
    "price_ore",
    "warranty_ends",
    "support_ends",
)
"""The asset's columns that an import may set."""

MOST_KEY = 160
TOGETHER = 500
_HOLDERS = select(col(Person.id), col(Person.external_id), col(Person.unit_id))


@dataclass(frozen=True, slots=True)
class Ref:
    """A row of another table: known by id, or to be made with this name (`id` None)."""

    id: int | None
    name: str


class Owner(NamedTuple):
    """Whose an identifier is."""

    asset_id: int
    tag: str
    unit_id: int


def places_of(session: Session) -> tuple[Sequence[Any], ...]:
    """Units, sites, rooms and models, as rows that can be compared with those of another time."""
    wanted = (
        select(col(Unit.id), col(Unit.name), col(Unit.code), col(Unit.path)).order_by(col(Unit.path)),
        select(col(Site.id), col(Site.name), col(Site.unit_id)).order_by(col(Site.id)),
        select(col(Room.id), col(Room.site_id), col(Room.name)).order_by(col(Room.id)),
        select(col(DeviceModel.id), col(DeviceModel.vendor), col(DeviceModel.name)).order_by(
            col(DeviceModel.id)
        ),
    )
    return tuple(session.execute(one).all() for one in wanted)


class Known:
    """Units, places, models and people by name, as the importer may use them (`by` None: the operator, all)."""

    def __init__(self, session: Session, by: Viewer | None) -> None:
        self._session = session
        self.by = by
        self.places = places_of(session)
        units, sites, rooms, models = self.places
        self.unit_names = {row.id: row.name for row in units}
        self.paths = {row.id: row.path for row in units}
        mine = [row for row in units if by is None or by.may(Permission.ASSET_IMPORT, row.path)]
        # Of two units of one name the higher is meant; a code is nobody else's.
        self.units = {row.name.casefold(): Ref(row.id, row.name) for row in reversed(mine)}
        self.units |= {row.code.casefold(): Ref(row.id, row.name) for row in mine if row.code}
        self.root = mine[0].id if mine else None
        self.sites = {row.name.casefold(): Ref(row.id, row.name) for row in sites}
        self.site_names = {row.id: row.name for row in sites}
        self.site_units = {row.id: row.unit_id for row in sites}
        self.rooms = {(row.site_id, row.name.casefold()): Ref(row.id, row.name) for row in rooms}
        self.room_names = {row.id: row.name for row in rooms}
        self.model_names = {row.id: f"{row.vendor} {row.name}".strip() for row in models}
        # An export says a maker once that the model is named with; read back it must be the same model.
        self.models = {
            make_text(row.vendor, row.name).casefold(): Ref(row.id, self.model_names[row.id])
            for row in models
        }
        self.models |= {name.casefold(): Ref(number, name) for number, name in self.model_names.items()}
        people = _HOLDERS.where(col(Person.external_id).is_not(None))
        if by is not None:
            seen = [row.id for row in units if by.may(Permission.PERSON_VIEW, row.path)]
            people = people.where(col(Person.unit_id).in_(seen))
        self.holders = {row.id: tuple(row) for row in session.execute(people)}
        self.people = {
            code.casefold(): Ref(number, code) for number, code, _ in self.holders.values() if code
        }
        self.people_codes = {ref.id: ref.name for ref in self.people.values()}

    def holds(self, session: Session, holder_ids: Iterable[int]) -> bool:
        """Whether places, models and these people still are what was read: cheap, for a transaction that others wait for."""
        if places_of(session) != self.places:
            return False
        ids = list(holder_ids)
        for start in range(0, len(ids), TOGETHER):
            some = _HOLDERS.where(col(Person.id).in_(ids[start : start + TOGETHER]))
            now = {row.id: tuple(row) for row in session.execute(some)}
            if any(now.get(one) != self.holders.get(one) for one in ids[start : start + TOGETHER]):
                return False
        return True

    def in_reach(self, unit_id: int) -> bool:
        """Whether the importer may import into the unit."""
        return self.by is None or self.by.may(Permission.ASSET_IMPORT, self.paths.get(unit_id, ""))

    def assets(self, tags: Iterable[str], *, lock: bool) -> dict[str, Any]:
        """The assets with these tags, by folded tag; `lock` keeps others from them until the transaction ends."""
        keys = {sort_key(tag)[:MOST_KEY] for tag in tags}
        columns = [getattr(Asset, name) for name in ("id", "version", "tag", *COLUMNS)]
        found = select(*columns).where(col(Asset.sort_key).in_(keys))
        rows = self._session.execute(found.with_for_update() if lock else found)
        return {row.tag.casefold(): row for row in rows}

    def owners(self, identifiers: Iterable[Identifier]) -> dict[Identifier, Owner]:
        """Whose these identifiers are."""
        rows = self._session.execute(
            select(
                col(AssetIdentifier.kind),
                col(AssetIdentifier.value),
                col(Asset.id),
                col(Asset.tag),
                col(Asset.unit_id),
            )
            .join(Asset, col(Asset.id) == col(AssetIdentifier.asset_id))
            .where(col(AssetIdentifier.value).in_({value for _, value in identifiers}))
        )
        return {(kind, value): Owner(*rest) for kind, value, *rest in rows}

    def identifiers(self, asset_ids: Iterable[int]) -> dict[int, set[Identifier]]:
        """What these assets are known by."""
        found: dict[int, set[Identifier]] = {}
        rows = self._session.execute(
            select(
                col(AssetIdentifier.asset_id), col(AssetIdentifier.kind), col(AssetIdentifier.value)
            ).where(col(AssetIdentifier.asset_id).in_(list(asset_ids)))
        )
        for asset_id, kind, value in rows:
            found.setdefault(asset_id, set()).add((kind, value))
        return found
