"""What a row's names stand for: known rows, rows to be made, or questions. Pure but for what `Known` was given."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from discovery.sighting import DeviceClass
from tracker.imports.checking import class_of, status_of
from tracker.imports.known import Ref
from tracker.imports.questions import CREATABLE, Answers, Do, Kind, Question, key, near
from tracker.words import AssetStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tracker.imports.checking import Checked
    from tracker.imports.known import Known

MOST_NEAR = 50
"""Questions of each kind for which near matches are looked for: more are not answered one by one."""
BETWEEN = " / "
"""Between a site and its room."""


@dataclass(slots=True)
class Meant:
    """What a row means; None where it says nothing, or was told to be left empty."""

    unit: Ref | None = None
    site: Ref | None = None
    room: Ref | None = None
    model: Ref | None = None
    holder: Ref | None = None
    status: AssetStatus | None = None
    device_class: DeviceClass | None = None


class Resolver:
    """Resolves rows, and gathers what is unknown and unanswered."""

    def __init__(self, known: Known, answers: Answers) -> None:
        self._known = known
        self._answers = answers
        self.has_units = True
        """Whether the file has a column for units; where not, one unit may be answered for all of it."""
        self._asked: dict[tuple[Kind, str], str] = {}
        self._rows: Counter[tuple[Kind, str]] = Counter()

    def _ask(self, kind: Kind, value: str) -> None:
        self._asked.setdefault((kind, key(value)), value)
        self._rows[kind, key(value)] += 1

    def _ref(self, kind: Kind, value: str, known: Mapping[Any, Ref], name: str | None = None) -> Ref | None:
        """The known row, the one an answer points to, one to be made; None with a question, or left empty."""
        if found := known.get(value.casefold()):
            return found
        answer = self._answers.of(kind, value)
        if answer is not None and answer.do is Do.LEAVE:
            return None
        if answer is not None and answer.do is Do.CREATE and kind in CREATABLE and value:
            return Ref(None, name or value)
        if answer is not None and (found := known.get(answer.target.casefold())):
            return found
        self._ask(kind, value)
        return None

    def _word(self, kind: Kind, value: str) -> str:
        """The value itself, or what an answer says it stands for."""
        answer = self._answers.of(kind, value)
        return answer.target if answer is not None and answer.do is Do.MAP else value

    def _status(self, value: str) -> AssetStatus | None:
        found = status_of(value) or status_of(self._word(Kind.STATUS, value))
        if found is None and not self._is_left(Kind.STATUS, value):
            self._ask(Kind.STATUS, value)
        return found

    def _class(self, value: str) -> DeviceClass | None:
        found = class_of(value) or class_of(self._word(Kind.CLASS, value))
        if found is None and not self._is_left(Kind.CLASS, value):
            self._ask(Kind.CLASS, value)
        return found

    def _is_left(self, kind: Kind, value: str) -> bool:
        answer = self._answers.of(kind, value)
        return answer is not None and answer.do is Do.LEAVE

    def _room(self, row: Checked, site: Ref) -> Ref | None:
        at = {
            f"{site.name}{BETWEEN}{ref.name}".casefold(): ref
            for (site_id, _), ref in self._rooms_of(site.id, row.room).items()
        }
        return self._ref(Kind.ROOM, f"{site.name}{BETWEEN}{row.room}", at, row.room)

    def _rooms_of(self, site_id: int | None, name: str) -> dict[tuple[int, str], Ref]:
        rooms = self._known.rooms
        if site_id is None:
            return {}
        if found := rooms.get((site_id, name.casefold())):
            return {(site_id, name): found}
        return {place: ref for place, ref in rooms.items() if place[0] == site_id}

    def _unit(self, row: Checked, site: Ref | None) -> Ref | None:
        if row.unit:
            return self._ref(Kind.UNIT, row.unit, self._known.units)
        # A file that names no owner names a place: its owner, where the importer may import into that.
        unit_id = self._known.site_units.get(site.id) if site is not None else None
        if unit_id is not None and self._known.in_reach(unit_id):
            return Ref(unit_id, self._known.unit_names[unit_id])
        return None if self.has_units else self._ref(Kind.UNIT, "", self._known.units)

    def _at(self, row: Checked, meant: Meant, asset: Any) -> Ref | None:
        """The site that the row's room is at: its own, else where the asset is."""
        if row.site or asset is None or asset.site_id is None:
            return meant.site
        return Ref(asset.site_id, self._known.site_names[asset.site_id])

    def _place(self, row: Checked, meant: Meant, asset: Any) -> None:
        if row.site:
            meant.site = self._ref(Kind.SITE, row.site, self._known.sites)
        if row.unit or asset is None:
            meant.unit = self._unit(row, meant.site)
        at = self._at(row, meant, asset)
        if row.room and at is not None:
            meant.room = self._room(row, at)

    def resolve(self, row: Checked, asset: Any) -> Meant:
        """What the row means for this asset (None: a new one)."""
        known = self._known
        meant = Meant()
        self._place(row, meant, asset)
        if row.model:
            meant.model = self._ref(Kind.MODEL, f"{row.vendor} {row.model}".strip(), known.models)
        if row.holder:
            meant.holder = self._ref(Kind.HOLDER, row.holder, known.people)
        if row.status:
            meant.status = self._status(row.status)
        if row.device_class:
            meant.device_class = self._class(row.device_class)
        return meant

    def is_unit_asked(self, row: Checked) -> bool:
        """Whether the row's unit is a question, so that its lack is no error yet."""
        return (Kind.UNIT, key(row.unit)) in self._asked or (Kind.SITE, key(row.site)) in self._asked

    @property
    def asks(self) -> bool:
        """Whether there is a question."""
        return bool(self._asked)

    def questions(self) -> list[Question]:
        """Everything unknown without an answer, by kind, the most frequent first, with near matches."""
        known = self._known
        pools: dict[Kind, dict[str, str]] = {
            Kind.UNIT: {name: ref.name for name, ref in known.units.items()},
            Kind.SITE: {name: ref.name for name, ref in known.sites.items()},
            Kind.MODEL: {name: ref.name for name, ref in known.models.items()},
        }
        found: list[Question] = []
        for kind in Kind:
            mine = [(value, rows) for (one, value), rows in self._rows.most_common() if one is kind]
            for n, (value, rows) in enumerate(mine):
                written = self._asked[kind, value]
                alike = near(written, pools[kind]) if n < MOST_NEAR and kind in pools else ()
                found.append(Question(kind, written, rows, alike))
        return found
