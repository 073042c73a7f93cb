"""Assets by file: a full comparison with the register first, then all of it in one transaction, or nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlmodel import Session, col, select

from discovery.sighting import DeviceClass
from tracker import journal
from tracker.errors import RefusedError, TrackerError
from tracker.imports.checking import Checked, check
from tracker.imports.reading import open_rows
from tracker.swedish import search_key, sort_key
from tracker.tables import Asset, AssetIdentifier, DeviceModel, Movement, Person, Room, Site, Unit
from tracker.words import AssetStatus, IdentifierKind, MovementKind

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from tracker.facts import Identifier
    from tracker.roles import Viewer

MOST_COMPLAINTS = 200
CONFLICTS = frozenset({"imports.taken", "imports.twice", "imports.tag_twice"})
"""Codes that say that two claim the same."""
FIELDS = ("status", "unit", "site", "room", "holder", "model", "name", "note", "purchased", "support_ends")


@dataclass(frozen=True, slots=True)
class Complaint:
    """One error: the file's row, the column as the file writes it, and why."""

    row: int
    column: str
    error: TrackerError


@dataclass(frozen=True, slots=True)
class Change:
    """A known asset that the file would change: field → (before, after)."""

    row: int
    tag: str
    fields: dict[str, tuple[str, str]]


@dataclass(slots=True)
class Diff:
    """What an import would do. Nothing is stored while there is a complaint.

    Attributes:
        complained: rows with a complaint; `conflicts`: those of them that claim what another row or asset has.
        complaints: the first of them, with row and column.
    """

    new: list[str] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    same: int = 0
    complaints: list[Complaint] = field(default_factory=list)
    complained: int = 0
    conflicts: int = 0
    models: list[str] = field(default_factory=list)
    sites: list[str] = field(default_factory=list)
    rooms: list[str] = field(default_factory=list)
    unknown_columns: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """Rows read."""
        return len(self.new) + len(self.changed) + self.same + self.complained


class _Known:
    """What the register holds, by the words a file uses."""

    def __init__(self, session: Session) -> None:
        self.assets = {a.tag.casefold(): a for a in session.exec(select(Asset))}
        self.tags = {a.id: a.tag for a in self.assets.values()}
        self.identifiers: dict[Identifier, int] = {}
        self.of: dict[int, set[Identifier]] = {}
        for row in session.exec(select(AssetIdentifier)):
            self.identifiers[row.kind, row.value] = row.asset_id
            self.of.setdefault(row.asset_id, set()).add((row.kind, row.value))
        units = session.exec(select(Unit).order_by(col(Unit.path))).all()
        self.units = {u.name.casefold(): u for u in reversed(units)} | {
            u.code.casefold(): u for u in units if u.code
        }
        self.sites = {s.name.casefold(): s for s in session.exec(select(Site))}
        self.rooms = {(r.site_id, r.name.casefold()): r for r in session.exec(select(Room))}
        self.models = {(m.vendor.casefold(), m.name.casefold()): m for m in session.exec(select(DeviceModel))}
        people = session.exec(select(Person)).all()
        self.people = {p.external_id.casefold(): p for p in people if p.external_id}
        self.models_by_id = {m.id: m for m in self.models.values()}
        self.model_names = {m.id: f"{m.vendor} {m.name}" for m in self.models.values()}
        self.unit_names = {u.id: u.name for u in units}
        self.site_names = {s.id: s.name for s in self.sites.values()}
        self.room_names = {r.id: r.name for r in self.rooms.values()}
        self.people_ids = {p.id: p.external_id or "" for p in people}


class Import:
    """One file against one register, inside one session."""

    def __init__(self, session: Session, now: datetime) -> None:
        self._session = session
        self._now = now
        self._known = _Known(session)
        self._headers: dict[str, str] = {}
        self._seen: dict[str, int] = {}
        self._seen_identifiers: dict[Identifier, int] = {}
        self._rows: list[Checked] = []
        self.diff = Diff()

    def _taken(self, row: Checked, asset: Asset | None) -> None:
        known = self._known
        if row.tag and (before := self._seen.setdefault(row.tag.casefold(), row.number)) != row.number:
            row.complain("tag", "imports.tag_twice", tag=row.tag, row=before)
        for identifier in sorted(row.identifiers):
            column = "serial" if identifier[0] is IdentifierKind.SERIAL else "mac"
            owner = known.identifiers.get(identifier)
            if owner is not None and (asset is None or owner != asset.id):
                row.complain(column, "imports.taken", value=identifier[1], tag=known.tags.get(owner, "?"))
            before = self._seen_identifiers.setdefault(identifier, row.number)
            if before != row.number:
                row.complain(column, "imports.twice", value=identifier[1], row=before)

    def _conflicts(self, row: Checked) -> None:
        known = self._known
        asset = known.assets.get(row.tag.casefold())
        self._taken(row, asset)
        if asset is None and not row.unit:
            row.complain("unit", "imports.no_unit")
        if row.unit and row.unit.casefold() not in known.units:
            row.complain("unit", "imports.unknown_unit", value=row.unit)
        if row.holder and row.holder.casefold() not in known.people:
            row.complain("holder", "imports.unknown_holder", value=row.holder)
        if row.room and not row.site and (asset is None or asset.site_id is None):
            row.complain("room", "imports.room_without_site", value=row.room)

    def _before(self, asset: Asset) -> dict[str, str]:
        known = self._known
        return {
            "status": asset.status.value,
            "unit": known.unit_names.get(asset.unit_id, ""),
            "site": known.site_names.get(asset.site_id, ""),
            "room": known.room_names.get(asset.room_id, ""),
            "holder": known.people_ids.get(asset.holder_id, ""),
            "model": known.model_names.get(asset.model_id, ""),
            "name": asset.name or "",
            "note": asset.note or "",
            "purchased": str(asset.purchased_on or ""),
            "support_ends": str(asset.support_ends or ""),
        }

    def _after(self, row: Checked) -> dict[str, str]:
        unit = self._known.units.get(row.unit.casefold())
        return {
            "status": row.status.value if row.status else "",
            "unit": unit.name if unit is not None else "",
            "site": row.site,
            "room": row.room,
            "holder": row.holder,
            "model": f"{row.vendor} {row.model}".strip() if row.model else "",
            "name": row.name,
            "note": row.note,
            "purchased": str(row.purchased or ""),
            "support_ends": str(row.support_ends or ""),
        }

    def _changes(self, asset: Asset, row: Checked) -> dict[str, tuple[str, str]]:
        """What the row would change. An empty cell changes nothing: a short file must not empty the register."""
        before, after = self._before(asset), self._after(row)
        found = {
            name: (before[name], after[name])
            for name in FIELDS
            if after[name] and after[name].casefold() != before[name].casefold()
        }
        added = row.identifiers - self._known.of.get(asset.id or 0, set())
        if added:
            found["identifiers"] = ("", ", ".join(sorted(value for _, value in added)))
        return found

    def _note_new_places(self, row: Checked) -> None:
        known, diff = self._known, self.diff
        if row.model and (row.vendor.casefold(), row.model.casefold()) not in known.models:
            name = f"{row.vendor} {row.model}".strip()
            if name not in diff.models:
                diff.models.append(name)
        if row.site and row.site.casefold() not in known.sites and row.site not in diff.sites:
            diff.sites.append(row.site)

    def take(self, row: Checked) -> None:
        """Compare one row."""
        self._conflicts(row)
        if row.complaints:
            self.diff.complained += 1
            self.diff.conflicts += any(error.code in CONFLICTS for _, error in row.complaints)
            room = MOST_COMPLAINTS - len(self.diff.complaints)
            self.diff.complaints += [
                Complaint(row.number, self._headers.get(column, column), error)
                for column, error in row.complaints[: max(room, 0)]
            ]
            return
        self._note_new_places(row)
        asset = self._known.assets.get(row.tag.casefold())
        changes = self._changes(asset, row) if asset is not None else {}
        if asset is None:
            self.diff.new.append(row.tag)
        elif changes:
            self.diff.changed.append(Change(row.number, row.tag, changes))
        else:
            self.diff.same += 1
            return
        self._rows.append(row)

    def read(self, path: Path, told: Callable[[int], None] = lambda _rows: None) -> Diff:
        """Read and compare the whole file.

        Raises:
            RefusedError: the file as a whole cannot be used.
        """
        with open_rows(path) as (headers, rows):
            self._headers = headers.written
            self.diff.unknown_columns = headers.unknown
            for count, row in enumerate(rows, 1):
                self.take(check(row))
                if count % 500 == 0:
                    told(count)
        return self.diff

    def _site(self, row: Checked, unit: Unit) -> Site | None:
        if not row.site:
            return None
        site = self._known.sites.get(row.site.casefold())
        if site is None:
            site = Site(name=row.site, sort_key=sort_key(row.site), unit_id=unit.id or 0)
            self._session.add(site)
            self._session.flush()
            self._known.sites[row.site.casefold()] = site
        return site

    def _room(self, row: Checked, site_id: int | None) -> int | None:
        if not row.room or site_id is None:
            return None
        room = self._known.rooms.get((site_id, row.room.casefold()))
        if room is None:
            room = Room(site_id=site_id, name=row.room, sort_key=sort_key(row.room))
            self._session.add(room)
            self._session.flush()
            self._known.rooms[site_id, row.room.casefold()] = room
        return room.id

    def _model(self, row: Checked) -> DeviceModel | None:
        if not row.model:
            return None
        key = (row.vendor.casefold(), row.model.casefold())
        model = self._known.models.get(key)
        if model is None:
            kind = row.device_class or DeviceClass.UNKNOWN
            model = DeviceModel(
                vendor=row.vendor,
                name=row.model,
                sort_key=sort_key(f"{row.vendor} {row.model}".strip()),
                device_class=kind,
                support_ends=row.model_support_ends,
                support_basis=row.support_basis or None,
            )
            self._session.add(model)
            self._session.flush()
            self._known.models[key] = model
            self._known.models_by_id[model.id] = model
        return model

    def _write(self, row: Checked, by: Viewer | None) -> None:
        known = self._known
        asset = known.assets.get(row.tag.casefold())
        is_new = asset is None
        unit = known.units.get(row.unit.casefold())
        if asset is None:
            if unit is None:  # pragma: no cover -- the comparison has complained
                raise RefusedError("imports.no_unit")
            asset = Asset(
                tag=row.tag,
                status=AssetStatus.IN_STOCK,
                unit_id=unit.id or 0,
                sort_key=sort_key(row.tag),
                search_key="",
                created_at=self._now,
                changed_at=self._now,
            )
        before = None if is_new else asset.status
        self._fill(asset, row, unit)
        self._session.add(asset)
        self._session.flush()
        have = known.of.setdefault(asset.id or 0, set())
        for kind, value in sorted(row.identifiers - have):
            self._session.add(AssetIdentifier(asset_id=asset.id or 0, kind=kind, value=value))
            have.add((kind, value))
        model = known.models_by_id.get(asset.model_id)
        words = (asset.tag, asset.name, *((model.vendor, model.name) if model is not None else ()))
        asset.search_key = search_key(*words, *(value for _, value in sorted(have)))[:800]
        self._session.add(
            Movement(
                asset_id=asset.id,
                kind=MovementKind.IMPORTED if is_new else MovementKind.CHANGED,
                at=self._now,
                by_id=by.user_id if by else None,
                unit_id=asset.unit_id,
                before=before,
                after=asset.status,
            )
        )

    def _fill(self, asset: Asset, row: Checked, unit: Unit | None) -> None:
        if unit is not None:
            asset.unit_id = unit.id or asset.unit_id
        owner = unit if unit is not None else self._session.get(Unit, asset.unit_id)
        site = self._site(row, owner) if owner is not None else None
        if site is not None:
            asset.site_id = site.id
        asset.room_id = self._room(row, asset.site_id) or asset.room_id
        model = self._model(row)
        if model is not None:
            asset.model_id = model.id
        if row.holder:
            asset.holder_id = self._known.people[row.holder.casefold()].id
        plain: tuple[tuple[str, Any], ...] = (
            ("status", row.status),
            ("name", row.name),
            ("note", row.note),
            ("purchased_on", row.purchased),
            ("support_ends", row.support_ends),
        )
        for name, value in plain:
            if value:
                setattr(asset, name, value)
        asset.changed_at = self._now
        asset.version += 1

    def store(self, by: Viewer | None, source: str, told: Callable[[int], None] = lambda _rows: None) -> None:
        """Write every new and changed row; the caller's transaction makes it all or nothing.

        Raises:
            RefusedError: there are complaints.
        """
        if self.diff.complaints:
            raise RefusedError("imports.has_errors", n=self.diff.complained)
        for count, row in enumerate(self._rows, 1):
            self._write(row, by)
            if count % 200 == 0:
                told(count)
        facts = {"file": source, "new": len(self.diff.new), "changed": len(self.diff.changed)}
        journal.record(self._session, "asset:import:store", "register:0", by=by, now=self._now, facts=facts)
