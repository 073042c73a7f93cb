"""What an import will write, made ready while nobody waits: nobody else can write to SQLite's register while it is stored."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, cast, func, literal, select
from sqlalchemy.dialects import postgresql
from sqlmodel import Session, col

from tracker.aside import uncollected
from tracker.facts import Identifier
from tracker.imports.comparing import Compared, Comparison
from tracker.imports.diff import Diff, Outcome
from tracker.imports.known import COLUMNS, MOST_KEY
from tracker.imports.making import Maker, Wanted
from tracker.inserting import AsJson
from tracker.swedish import search_key, sort_key
from tracker.tables import Asset, AssetIdentifier
from tracker.words import AssetStatus

if TYPE_CHECKING:
    from pathlib import Path

    from tracker.imports.questions import Answers
    from tracker.roles import Viewer

WRITTEN = frozenset({Outcome.NEW, Outcome.CHANGED})
SET = (*COLUMNS, "search_key")
"""The columns that `Ready.values` are of."""
Values = dict[str, Any]
_UNSAID: Values = dict.fromkeys(COLUMNS) | {"status": AssetStatus.IN_STOCK}
"""What a new asset is where the row says nothing."""


def plain(value: Any) -> Any:
    """A column's value for JSON: ids and texts as they are, dates as ISO."""
    return value if value is None or isinstance(value, int) else str(value)


@dataclass(slots=True)
class Ready:
    """One row as it will be written.

    Attributes:
        key: what the tag is sorted by.
        asset: the asset as it was compared, None for a new one.
        values: its columns after the import, in the order of `SET`; what is to be made stands as `Wanted`.
        told: what its line keeps, as JSON; None where that takes ids of what is to be made, then `changes` are told.
    """

    number: int
    tag: str
    key: str
    outcome: str
    asset: Any
    values: tuple[Any, ...]
    added: list[Identifier]
    told: AsJson | None
    changes: dict[str, tuple[str, str]]

    def facts(self, values: tuple[Any, ...]) -> AsJson:
        """What the line keeps: the fields in words, the columns as ids, the identifiers that are added."""
        columns = {
            name: [plain(getattr(self.asset, name)), plain(after)]
            for name, after in zip(COLUMNS, values, strict=False)
            if self.asset is not None and getattr(self.asset, name) != after
        }
        added = [[kind.value, value] for kind, value in self.added]
        return AsJson(json.dumps({"fields": self.changes, "columns": columns, "added": added}))


@dataclass(slots=True)
class Prepared:
    """A compared file. `rows` are those that will be written; none where something is wrong or asked."""

    diff: Diff
    work: Comparison
    maker: Maker
    rows: list[Ready] = field(default_factory=list)
    units: set[Any] = field(default_factory=set)
    keys: str = "[]"
    """What the rows' tags are sorted by, as JSON; `values`: the identifiers that are added, as `added`."""
    values: str = "[]"
    added: set[Identifier] = field(default_factory=set)

    def finish(self) -> None:
        """Write down what `holds` will look for."""
        self.added = {one for row in self.rows for one in row.added}
        self.keys = json.dumps([row.key for row in self.rows])
        self.values = json.dumps(sorted({value for _, value in self.added}))

    def holds(self, session: Session) -> bool:
        """Whether the register still is what the rows were compared with, so that they may be written as they are.

        What others have done to assets that the file does not change is nothing to them. Assets that it changes are kept from
        others until the transaction ends.
        """
        known, at = self.work.known, SET.index("holder_id")
        holders = {row.values[at] for row in self.rows} - {None}
        return known.holds(session, holders) and self._are_assets(session) and self._are_free(session)

    def _are_assets(self, session: Session) -> bool:
        """Whether the changed ones are of the version that was compared, and there is none yet of the new ones' tags."""
        columns = (col(Asset.tag), col(Asset.id), col(Asset.version))
        found = (
            select(*columns)
            .where(col(Asset.sort_key).in_(_among(session, self.keys)))
            .with_for_update(of=Asset)
        )
        now = {tag.casefold(): (number, version) for tag, number, version in session.execute(found)}
        then = ((row.tag.casefold(), row.asset) for row in self.rows)
        return all(
            now.get(tag) == ((asset.id, asset.version) if asset is not None else None) for tag, asset in then
        )

    def _are_free(self, session: Session) -> bool:
        """Whether the identifiers that are added still are nobody's."""
        values = _among(session, self.values)
        columns = (col(AssetIdentifier.kind), col(AssetIdentifier.value))
        found = session.execute(select(*columns).where(col(AssetIdentifier.value).in_(values)))
        return not any((kind, value) in self.added for kind, value in found)


def _among(session: Session, values: str) -> Any:
    """The values of a JSON list as rows to look among: one parameter however many they are."""
    said = literal(values, Text)
    if session.get_bind().dialect.name == "postgresql":
        rows = func.json_array_elements_text(cast(said, postgresql.JSON)).table_valued("value")
    else:
        rows = func.json_each(said).table_valued("value")
    return select(rows.c.value)


class _Preparer:
    def __init__(self, work: Comparison) -> None:
        self._known = work.known
        self.ready = Prepared(work.diff, work, Maker(work.known))

    def _values(self, one: Compared) -> Values:
        """The asset's columns after the import: what the row says, else what was."""
        row, meant, asset, maker = one.row, one.meant, one.asset, self.ready.maker
        was = _UNSAID if asset is None else {name: getattr(asset, name) for name in COLUMNS}
        unit = maker.unit(meant.unit) or was["unit_id"]
        site = maker.site(meant.site, unit) or was["site_id"]
        said: Values = {
            "status": meant.status,
            "unit_id": unit,
            "site_id": site,
            "room_id": maker.room(meant.room, site),
            "holder_id": meant.holder.id if meant.holder is not None else None,
            "model_id": maker.model(row, meant),
            "name": row.name,
            "note": row.note,
            "purchased_on": row.purchased,
            "price_ore": row.price,
            "warranty_ends": row.warranty_ends,
            "support_ends": row.support_ends,
        }
        if site != was["site_id"]:
            was = {**was, "room_id": None}
        return {name: said[name] or was[name] for name in COLUMNS}

    def _words(self, one: Compared, values: Values) -> str:
        model = values["model_id"]
        named = one.meant.model.name if type(model) is Wanted else self._known.model_names.get(model)  # type: ignore[union-attr]
        known_by = sorted(value for _, value in one.row.identifiers | one.have)
        tag = one.asset.tag if one.asset is not None else one.row.tag
        return search_key(tag, values["name"], named, *known_by)[:800]

    def add(self, one: Compared) -> None:
        """Make a row ready."""
        values = self._values(one)
        row, ready = one.row, self.ready
        ready.units.add(values["unit_id"])
        if one.asset is not None:
            ready.units.add(one.asset.unit_id)
        whole = (*values.values(), self._words(one, values))
        added = sorted(row.identifiers - one.have)
        key = sort_key(row.tag)[:MOST_KEY]
        made = Ready(row.number, row.tag, key, one.outcome.value, one.asset, whole, added, None, one.changes)
        if one.asset is None or not any(type(value) is Wanted for value in whole):
            made.told, made.changes = made.facts(whole), {}
        ready.rows.append(made)


def prepare(
    session: Session, path: Path, answers: Answers, *, by: Viewer | None, lock: bool = False
) -> Prepared:
    """Compare the file and make ready what would be written; `lock`: nobody changes the assets before the transaction ends.

    Raises:
        RefusedError: the file as a whole cannot be used.
    """
    work = Comparison(session, answers, by, lock=lock)
    preparer = _Preparer(work)
    ready = preparer.ready
    with uncollected():
        for together in work.rows(path):
            if work.diff.complained or work.asks:
                ready.rows.clear()  # read on, to say how many
                continue
            for one in together:
                if one.outcome in WRITTEN:
                    preparer.add(one)
        ready.finish()
    return ready
