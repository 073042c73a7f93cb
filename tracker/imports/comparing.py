"""A file against the register, some rows at a time: what each row would do. Nothing is written and little is held."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from tracker.facts import Identifier
from tracker.imports.checking import Checked, check, price_text
from tracker.imports.diff import MOST_SHOWN, Change, Complaint, Diff, Outcome
from tracker.imports.known import Known, Ref
from tracker.imports.questions import Answers
from tracker.imports.reading import open_rows
from tracker.imports.resolving import Meant, Resolver
from tracker.words import AssetStatus, IdentifierKind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlmodel import Session

    from tracker.imports.known import Owner
    from tracker.roles import Viewer

TOGETHER = 500
"""Rows looked up at once."""
CONFLICTS = frozenset({"imports.taken", "imports.taken_elsewhere", "imports.twice", "imports.tag_twice"})
"""Codes that say that two claim the same."""
NONE = Ref(None, "")


@dataclass(slots=True)
class Compared:
    """One row beside its asset (None: a new one). `changes`: field → (before, after), for a new one from nothing."""

    row: Checked
    meant: Meant
    asset: Any
    have: set[Identifier]
    changes: dict[str, tuple[str, str]]
    outcome: Outcome


class Comparison:
    """One file against one register, inside one session.

    Args:
        session: `lock` for one that will write what was compared: nobody changes the assets in between.
        answers: what to do about what is unknown.
        by: whose reach limits it; None is the operator at the machine.
    """

    def __init__(
        self,
        session: Session,
        answers: Answers | None = None,
        by: Viewer | None = None,
        *,
        lock: bool = False,
    ) -> None:
        self.known = Known(session, by)
        self.answers = answers or Answers()
        self._resolver = Resolver(self.known, self.answers)
        self._lock = lock
        self._headers: dict[str, str] = {}
        self._tags: dict[str, int] = {}
        self._identifiers: dict[Identifier, int] = {}
        self._digest = hashlib.sha256()
        self.diff = Diff()

    def _claims(self, row: Checked, asset: Any, owners: dict[Identifier, Owner]) -> None:
        before = self._tags.setdefault(row.tag.casefold(), row.number)
        if row.tag and before != row.number:
            row.complain("tag", "imports.tag_twice", tag=row.tag, row=before)
        if asset is not None and not self.known.in_reach(asset.unit_id):
            row.complain("tag", "imports.tag_elsewhere", tag=row.tag)
        for identifier in sorted(row.identifiers):
            column = "serial" if identifier[0] is IdentifierKind.SERIAL else "mac"
            owner = owners.get(identifier)
            if owner is not None and (asset is None or owner.asset_id != asset.id):
                code = "taken" if self.known.in_reach(owner.unit_id) else "taken_elsewhere"
                row.complain(column, f"imports.{code}", value=identifier[1], tag=owner.tag)
            before = self._identifiers.setdefault(identifier, row.number)
            if before != row.number:
                row.complain(column, "imports.twice", value=identifier[1], row=before)

    def _places(self, row: Checked, asset: Any, meant: Meant) -> None:
        if asset is None and meant.unit is None and not self._resolver.is_unit_asked(row):
            row.complain("unit", "imports.no_unit")
        if row.room and not row.site and (asset is None or asset.site_id is None):
            row.complain("room", "imports.room_without_site", value=row.room)

    def _before(self, asset: Any) -> dict[str, str]:
        known = self.known
        return {
            "status": asset.status.value,
            "unit": known.unit_names.get(asset.unit_id, ""),
            "site": known.site_names.get(asset.site_id, ""),
            "room": known.room_names.get(asset.room_id, ""),
            "holder": known.people_codes.get(asset.holder_id, ""),
            "model": known.model_names.get(asset.model_id, ""),
            "name": asset.name or "",
            "note": asset.note or "",
            "purchased": str(asset.purchased_on or ""),
            "price": price_text(asset.price_ore),
            "warranty_ends": str(asset.warranty_ends or ""),
            "support_ends": str(asset.support_ends or ""),
        }

    @staticmethod
    def _after(row: Checked, meant: Meant) -> dict[str, str]:
        return {
            "status": meant.status.value if meant.status else "",
            "unit": (meant.unit or NONE).name,
            "site": (meant.site or NONE).name,
            "room": (meant.room or NONE).name,
            "holder": (meant.holder or NONE).name,
            "model": (meant.model or NONE).name,
            "name": row.name,
            "note": row.note,
            "purchased": str(row.purchased or ""),
            "price": price_text(row.price),
            "warranty_ends": str(row.warranty_ends or ""),
            "support_ends": str(row.support_ends or ""),
        }

    def _changes(
        self, row: Checked, meant: Meant, asset: Any, have: set[Identifier]
    ) -> dict[str, tuple[str, str]]:
        """What the row would change. An empty cell changes nothing: a short file must not empty the register."""
        after = self._after(row, meant)
        if asset is None:
            after["status"] = after["status"] or AssetStatus.IN_STOCK.value
        before = self._before(asset) if asset is not None else dict.fromkeys(after, "")
        found = {
            name: (before[name], text)
            for name, text in after.items()
            if text and text.casefold() != before[name].casefold()
        }
        if "site" in found and before["room"] and not meant.room:
            found["room"] = (before["room"], "")  # the room is another place's
        if added := row.identifiers - have:
            found["identifiers"] = ("", ", ".join(sorted(value for _, value in added)))
        return found

    def _judge(self, row: Checked, asset: Any, changes: dict[str, tuple[str, str]]) -> Outcome:
        if row.complaints:
            is_conflict = any(error.code in CONFLICTS for _, error in row.complaints)
            return Outcome.CONFLICT if is_conflict else Outcome.WRONG
        if asset is None:
            return Outcome.NEW
        return Outcome.CHANGED if changes else Outcome.SAME

    def _note(self, compared: Compared) -> None:
        diff, row, outcome = self.diff, compared.row, compared.outcome
        diff.counts[outcome] += 1
        told = [row.number, row.tag, outcome, sorted(compared.changes.items())]
        self._digest.update(json.dumps(told).encode())
        if row.complaints and len(diff.complaints) < MOST_SHOWN:
            diff.complaints += self.complaints(row)
        elif outcome is Outcome.NEW and len(diff.new) < MOST_SHOWN:
            diff.new.append(row.tag)
        elif outcome is Outcome.CHANGED and len(diff.changed) < MOST_SHOWN:
            diff.changed.append(Change(row.number, row.tag, compared.changes))

    def complaints(self, row: Checked) -> list[Complaint]:
        """The row's complaints, under the file's own headers."""
        return [
            Complaint(row.number, self._headers.get(column, column), error)
            for column, error in row.complaints
        ]

    def _together(self, rows: list[Checked]) -> list[Compared]:
        known = self.known
        assets = known.assets([row.tag for row in rows], lock=self._lock)
        have = known.identifiers(asset.id for asset in assets.values())
        owners = known.owners(identifier for row in rows for identifier in row.identifiers)
        done = []
        for row in rows:
            asset = assets.get(row.tag.casefold())
            mine = have.get(asset.id, set()) if asset is not None else set()
            self._claims(row, asset, owners)
            meant = self._resolver.resolve(row, asset)
            self._places(row, asset, meant)
            changes = {} if row.complaints else self._changes(row, meant, asset, mine)
            compared = Compared(row, meant, asset, mine, changes, self._judge(row, asset, changes))
            self._note(compared)
            done.append(compared)
        return done

    def rows(self, path: Path) -> Iterator[list[Compared]]:
        """Read and compare the file, some rows at a time; `diff` is whole when it has ended.

        Raises:
            RefusedError: the file as a whole cannot be used.
        """
        with open_rows(path) as (recognised, rows):
            self._headers = recognised.written
            self.diff.unused = recognised.unused
            self.diff.format = recognised.format.name
            self._resolver.has_units = "unit" in recognised.written
            while together := [check(row) for row in islice(rows, TOGETHER)]:
                yield self._together(together)
        self.diff.questions = self._resolver.questions()
        self.diff.seen = self._digest.hexdigest()

    @property
    def asks(self) -> bool:
        """Whether something unknown has been met that has no answer."""
        return self._resolver.asks

    def whole(self, path: Path) -> Diff:
        """The comparison of the whole file."""
        for _ in self.rows(path):
            pass
        return self.diff
