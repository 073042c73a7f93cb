"""A file of people against the register, some rows at a time; at the end those who are not in it. Nothing is written."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING

from tracker.errors import RefusedError
from tracker.imports.diff import Complaint
from tracker.imports.files import open_table
from tracker.imports.people.checking import Checked, check
from tracker.imports.people.columns import recognise
from tracker.imports.people.diff import FEW, MOST_SHOWN, MUCH, Diff, Emptying, Outcome
from tracker.imports.people.known import Known
from tracker.imports.people.resolving import Line, Resolver
from tracker.swedish import search_key
from tracker.words import Permission

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlmodel import Session

    from tracker.imports.people.columns import Columns
    from tracker.imports.people.known import Standing
    from tracker.roles import Viewer

TOGETHER = 500
MOST_ROWS = 200_000
"""Rows of a file: more than the pupils and staff of any municipality."""
MOST_CLASSES = 5_000
"""Classes that one file may make."""
Home = tuple[int, bool]


class Comparison:
    """One file against one register, inside one session.

    Args:
        session: `lock` for one that will write what was compared: nobody changes the people in between.
        is_pupil: what the rows are that say nothing about it.
        by: whose reach limits it; None is the operator at the machine.
    """

    def __init__(
        self,
        session: Session,
        by: Viewer | None,
        *,
        is_pupil: bool | None = None,
        lock: bool = False,
    ) -> None:
        self.known = Known(session, by, lock=lock)
        self._resolver = Resolver(self.known, is_pupil=is_pupil)
        self._written: dict[str, str] = {}
        self._rows_of: dict[str, int] = {}
        self._covered: set[Home] = set()
        self._seen: set[int] = set()
        self._leaving: set[int] = set()
        self._alike: list[tuple[int, list[int]]] = []
        self._named: dict[tuple[str, int, bool], list[int]] | None = None
        self._digest = hashlib.sha256(json.dumps(is_pupil).encode())
        self.diff = Diff()

    def complaints(self, row: Checked) -> list[Complaint]:
        """The row's complaints, under the file's own headers."""
        written = self._written
        return [Complaint(row.number, written.get(column, column), error) for column, error in row.complaints]

    def _claim(self, row: Checked) -> None:
        """Two rows about one person are an error: neither is known to be the right one."""
        if not row.code or row.holds_number:
            return
        before = self._rows_of.setdefault(row.code.casefold(), row.number)
        if before != row.number:
            row.complain("id", "people_files.id_twice", row=before)

    def _note(self, line: Line) -> None:
        diff, row, person = self.diff, line.row, line.person
        diff.counts[line.outcome] += 1
        if row is not None and row.complaints:
            diff.holds_numbers |= row.holds_number
            if len(diff.complaints) < MOST_SHOWN:
                diff.complaints += self.complaints(row)
        if person is not None and row is not None:
            self._seen.add(person.id)
        if line.outcome is Outcome.NEW and line.changes["is_protected"][1]:
            diff.new_protected += 1
        if line.home is not None:
            self._covered.add(line.home)
        if line.outcome is Outcome.LEAVES and person is not None:
            self._leaving.add(person.id)
        self._digest.update(json.dumps(told(line)).encode())

    def _namesakes(self, line: Line) -> None:
        """Remember a new person who is called as somebody that the register has at the same school."""
        if line.outcome is not Outcome.NEW or line.row is None or line.home is None:
            return
        if self._named is None:
            self._named = {}
            for one in self.known.people.values():
                # That there is a protected person of this name at the school is not for everybody to know.
                if one.is_protected and not self.known.may(Permission.PERSON_VIEW_PROTECTED, one.unit_id):
                    continue
                home = (search_key(one.name), self.known.home(one.unit_id), one.is_pupil)
                self._named.setdefault(home, []).append(one.id)
        if found := self._named.get((search_key(line.row.name), *line.home)):
            self._alike.append((line.number, found))

    def _one(self, number: int, columns: Columns, cells: tuple[str, ...]) -> Line:
        row = check(number, columns, cells)
        self._claim(row)
        line = self._resolver.resolve(row) if not row.holds_number else Line(number, Outcome.WRONG, row)
        if row.complaints:
            line.outcome = Outcome.WRONG
        self._note(line)
        self._namesakes(line)
        return line

    def _absent(self) -> list[Standing]:
        """Active people of the schools and kinds that the file is about who are not in it. Who has no id cannot be."""
        known = self.known
        return [
            one
            for one in known.people.values()
            if one.is_active
            and one.code
            and one.id not in self._seen
            and (known.home(one.unit_id), one.is_pupil) in self._covered
            and known.in_reach(one.unit_id)
        ]

    def _leavers(self) -> list[Line]:
        absent = self._absent()
        self._leaving |= {one.id for one in absent}
        holds = self.known.holding(self._leaving)
        self.diff.holding, self.diff.devices = len(holds), sum(holds.values())
        gone = [
            Line(0, Outcome.LEAVES, None, one, {"is_active": (True, False)})
            for one in sorted(absent, key=lambda one: (-holds.get(one.id, 0), one.id))
        ]
        for line in gone:
            self._note(line)
        return gone

    def _emptying(self) -> list[Emptying]:
        """Where so many would leave that a file cut short is the likelier reason."""
        known = self.known
        homes = Counter(
            (known.home(one.unit_id), one.is_pupil)
            for one in known.people.values()
            if one.is_active and one.code
        )
        leaving = (known.people[number] for number in self._leaving)
        leaves = Counter((known.home(one.unit_id), one.is_pupil) for one in leaving)
        return [
            Emptying(known.units[home[0]].name, home[1], n, homes[home])
            for home, n in sorted(leaves.items())
            if n > FEW and n > MUCH * homes[home]
        ]

    def _finish(self) -> None:
        diff, resolver = self.diff, self._resolver
        diff.kindless, diff.guarded = resolver.kindless, resolver.guarded
        diff.classes = sorted(resolver.classes.values())
        if len(diff.classes) > MOST_CLASSES:
            raise RefusedError("people_files.too_many_classes", most=MOST_CLASSES)
        diff.emptying = self._emptying()
        seen = self._seen
        diff.alike = [number for number, found in self._alike if any(one not in seen for one in found)]
        diff.seen = self._digest.hexdigest()

    def lines(self, path: Path) -> Iterator[list[Line]]:
        """Read and compare the file, some rows at a time, the leavers last; `diff` is whole when it has ended.

        Raises:
            RefusedError: the file as a whole cannot be used.
        """
        with open_table(path) as table:
            columns = recognise(table.headers)
            self._written = dict(columns.written)
            self.diff.format, self.diff.unused = columns.format, columns.unused
            self.diff.columns = dict(columns.written)
            rows = iter(table)
            while some := list(islice(rows, TOGETHER)):
                self.diff.rows += len(some)
                if self.diff.rows > MOST_ROWS:
                    raise RefusedError("imports.too_many_rows", most=MOST_ROWS)
                yield [self._one(number, columns, cells) for number, cells in some]
        gone = self._leavers() if not self._resolver.kindless else []
        for start in range(0, len(gone), TOGETHER):
            yield gone[start : start + TOGETHER]
        self._finish()

    def whole(self, path: Path) -> Diff:
        """The comparison of the whole file."""
        for _ in self.lines(path):
            pass
        return self.diff


def told(line: Line) -> list[object]:
    """Everything that a line says, as one value: two comparisons that say the same would do the same. Pure."""
    person, made = line.person, line.made
    return [
        line.number,
        line.outcome,
        person.id if person is not None else None,
        line.row.code if line.row is not None else None,
        sorted(line.changes.items()),
        [made.school_id, made.name] if made is not None else None,
    ]
