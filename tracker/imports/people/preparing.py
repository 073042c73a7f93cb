"""What a file of people will write, made ready while nobody waits; see `tracker.imports.preparing`."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

from tracker import journal
from tracker.aside import uncollected
from tracker.imports.making import Wanted, settled
from tracker.imports.people.comparing import Comparison
from tracker.imports.people.diff import WRITTEN, Choices, Diff, Outcome
from tracker.imports.people.known import Known, Standing, class_key
from tracker.imports.people.resolving import Changes, judge
from tracker.inserting import AsJson
from tracker.swedish import search_key, sort_key

if TYPE_CHECKING:
    from pathlib import Path

    from sqlmodel import Session

    from tracker.imports.people.diff import Deed, NewClass
    from tracker.imports.people.resolving import Line

MOST_KEY = 320
Values = dict[str, Any]


def keys_of(name: str) -> Values:
    """What a person's name is sorted and searched by."""
    return {"sort_key": sort_key(name)[:MOST_KEY], "search_key": search_key(name)[:MOST_KEY]}


def wanted(line: Line, choices: Choices) -> Changes:
    """What of a line is written, as it was ticked. Pure."""
    if line.outcome is Outcome.LEAVES and not choices.end_leavers:
        return {}
    if line.outcome is Outcome.UNPROTECTED and not choices.clear_protection:
        return {name: pair for name, pair in line.changes.items() if name != "is_protected"}
    return line.changes


def became(line: Line, changes: Changes) -> Outcome:
    """What a line came to, once it was ticked what of it is done. Pure."""
    return line.outcome if line.outcome is Outcome.LEAVES else judge(line.person, changes)


@dataclass(slots=True)
class Ready:
    """One person as the file will write it.

    Attributes:
        person: as it was compared, None for a new one; `code`: a new one's id.
        changes: column → (before, after); a class that is to be made stands as `Wanted`.
        columns: what the person's row gets besides: what a name is sorted by, when somebody left.
        entry, told: what the journal and the import's line keep; made as soon as every id is known.
    """

    number: int
    person: Standing | None
    code: str | None
    outcome: Outcome
    changes: Changes
    columns: Values
    entry: journal.Sealed | None = None
    told: AsJson | None = None

    @property
    def is_settled(self) -> bool:
        """Whether every id is known."""
        return settled(self.changes.get("unit_id", (0, 0))[1]) is not None

    def tell(self, deed: Deed) -> None:
        """Say what is kept of it; of which import, the journal's facts get when that has its number."""
        pairs = {name: (before, settled(after)) for name, (before, after) in self.changes.items()}
        after = {name: after for name, (_, after) in pairs.items()}
        personal: Values = {"external_id": self.code, **after}
        if self.person is not None:
            personal = {"before": {name: before for name, (before, _) in pairs.items()}, "after": after}
        what = "person:add:record" if self.person is None else "person:change:record"
        subject = f"person:{self.person.id}" if self.person is not None else ""
        self.entry = journal.seal(journal.Entry(what, subject, None, personal), deed.by)
        left_on = self.person.left_on if self.person is not None else None
        columns = {name: list(pair) for name, pair in pairs.items()}
        self.told = AsJson(
            json.dumps({"columns": columns, "left_on": left_on.isoformat() if left_on is not None else None})
        )


@dataclass(slots=True)
class Prepared:
    """A compared file, and who will be written how. `classes` are made first; `counts`: what the people came to."""

    diff: Diff
    work: Comparison
    choices: Choices
    rows: list[Ready] = field(default_factory=list)
    classes: dict[tuple[int, str], Wanted] = field(default_factory=dict)
    counts: Counter[Outcome] = field(default_factory=Counter)
    units: set[Any] = field(default_factory=set)

    def holds(self, session: Session) -> bool:
        """Whether the register still is what the file was compared with; kept from others until the transaction ends."""
        known = self.work.known
        return known.is_as(Known(session, known.by, lock=True))


class _Preparer:
    def __init__(self, work: Comparison, choices: Choices, deed: Deed) -> None:
        self.ready = Prepared(work.diff, work, choices)
        self._deed = deed

    def _class(self, made: NewClass) -> Wanted:
        return self.ready.classes.setdefault(
            (made.school_id, class_key(made.name)), Wanted(made.name, made.school_id)
        )

    def _columns(self, changes: Changes) -> Values:
        columns = keys_of(changes["name"][1]) if "name" in changes else {}
        if "is_active" in changes:
            columns["left_on"] = None if changes["is_active"][1] else self._deed.today
        return columns

    def add(self, line: Line) -> None:
        """Make a line ready, where something of it is written."""
        changes = wanted(line, self.ready.choices)
        if line.outcome not in WRITTEN or not changes:
            return
        if line.made is not None and "unit_id" in changes:
            changes = {**changes, "unit_id": (changes["unit_id"][0], self._class(line.made))}
        code = line.row.code if line.row is not None else None
        outcome, ready = became(line, changes), self.ready
        ready.rows.append(Ready(line.number, line.person, code, outcome, changes, self._columns(changes)))
        ready.counts[outcome] += 1
        ready.units |= {unit for unit in changes.get("unit_id", ()) if unit}
        ready.units |= {line.person.unit_id} if line.person is not None else set()

    def finish(self, session: Session) -> None:
        """Say of each person what is kept of it, where every id is known.

        SQLite numbers classes one above the highest unit (`tracker.inserting`), and that still is the highest where the file
        `holds`: so their ids are known before they are made.
        """
        ready = self.ready
        if session.get_bind().dialect.name == "sqlite":
            for number, one in zip(
                count(max(ready.work.known.units) + 1), ready.classes.values(), strict=False
            ):
                one.id = number
        for row in ready.rows:
            if row.is_settled:
                row.tell(self._deed)


def prepare(
    session: Session,
    path: Path,
    choices: Choices,
    deed: Deed,
    *,
    is_pupil: bool | None = None,
    lock: bool = False,
) -> Prepared:
    """Compare the file and make ready what would be written; `lock`: nobody changes the people before the transaction ends.

    Raises:
        RefusedError: the file as a whole cannot be used.
    """
    work = Comparison(session, deed.by, is_pupil=is_pupil, lock=lock)
    preparer = _Preparer(work, choices, deed)
    with uncollected():
        for lines in work.lines(path):
            if work.diff.counts[Outcome.WRONG]:
                preparer.ready.rows.clear()  # read on, to say how many
                continue
            for line in lines:
                preparer.add(line)
        preparer.finish(session)
    return preparer.ready
