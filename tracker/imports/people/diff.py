"""What a file of people would do, in figures; and what is decided about it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from tracker.errors import InvalidError, RefusedError, TrackerError
from tracker.imports.diff import Complaint
from tracker.roles import Viewer

MOST_SHOWN = 200
"""Complaints kept; all are counted."""
MUCH = 0.2
FEW = 5
"""More leavers than these few, and than this share of a school's pupils or staff, have to be counted by whoever ends them."""


class Outcome(StrEnum):
    """What becomes of a person: the weightiest of all that the file changes."""

    NEW = "new"
    UNPROTECTED = "unprotected"
    PROTECTED = "protected"
    RETURNING = "returning"
    MOVED = "moved"
    CHANGED = "changed"
    """Another name, or staff who was a pupil."""
    LEAVES = "leaves"
    """Active and not in the file, or in it as inactive."""
    SAME = "same"
    SKIPPED = "skipped"
    """Unknown here, and inactive in the file."""
    WRONG = "wrong"


WRITTEN = (
    Outcome.NEW,
    Outcome.UNPROTECTED,
    Outcome.PROTECTED,
    Outcome.RETURNING,
    Outcome.MOVED,
    Outcome.CHANGED,
    Outcome.LEAVES,
)
"""Outcomes that are written, in the order in which they are shown."""


class NewClass(NamedTuple):
    """A class that the file names and its school does not have. `near`: one of the school's that is written nearly so."""

    school_id: int
    school: str
    name: str
    near: str = ""


class Emptying(NamedTuple):
    """A school's pupils or staff of whom strikingly many would leave."""

    school: str
    is_pupil: bool
    leaves: int
    of: int


@dataclass(frozen=True, slots=True)
class Choices:
    """What has been ticked. `leavers`: the number that was typed, where it is asked for."""

    make_classes: bool = False
    end_leavers: bool = False
    leavers: int | None = None
    clear_protection: bool = False


@dataclass(frozen=True, slots=True)
class Deed:
    """By whom and when (`today`: the local date) a file is stored, or taken back."""

    by: Viewer | None
    now: datetime
    today: date


@dataclass(slots=True)
class Diff:
    """What an import would do.

    Attributes:
        complaints: the first of them; `counts` has them all.
        kindless: rows of people who are neither known nor said to be pupils or staff.
        classes: those that would be made.
        emptying: where leavers are so many that their number has to be typed.
        holding: leavers who hold devices; `devices`: how many those are.
        new_protected: new people who are protected.
        guarded: rows that say that somebody is no longer protected, which this person may not decide: nothing comes of it.
        alike: rows of new people who are called as somebody else at the same school who is not in the file.
        holds_numbers: a personal identity number stands in the file: nothing of it may be kept.
        seen: a digest of everything compared: the same again means the same import.
    """

    format: str = "own"
    rows: int = 0
    columns: dict[str, str] = field(default_factory=dict)
    unused: tuple[str, ...] = ()
    counts: dict[Outcome, int] = field(default_factory=lambda: dict.fromkeys(Outcome, 0))
    complaints: list[Complaint] = field(default_factory=list)
    kindless: int = 0
    classes: list[NewClass] = field(default_factory=list)
    emptying: list[Emptying] = field(default_factory=list)
    holding: int = 0
    devices: int = 0
    new_protected: int = 0
    guarded: int = 0
    alike: list[int] = field(default_factory=list)
    holds_numbers: bool = False
    seen: str = ""

    @property
    def to_store(self) -> int:
        """People who would be written whatever is ticked, and those who would be when it is."""
        return sum(self.counts[outcome] for outcome in WRITTEN)

    def must_be_ready(self) -> None:
        """Say why nothing can be stored yet.

        Raises:
            RefusedError: rows have complaints, or do not say whether they are about pupils.
        """
        if self.counts[Outcome.WRONG]:
            raise RefusedError("people_files.has_errors", n=self.counts[Outcome.WRONG])
        if self.kindless:
            raise RefusedError("people_files.kindless", n=self.kindless)

    def check(self, choices: Choices) -> None:
        """Whether what is ticked is enough.

        Raises:
            InvalidError: classes would have to be made, or the number of leavers is not the one typed.
        """
        wrong: dict[str, TrackerError] = {}
        if self.classes and not choices.make_classes:
            wrong["make_classes"] = TrackerError("people_files.classes_unticked", n=len(self.classes))
        leaves = self.counts[Outcome.LEAVES]
        if choices.end_leavers and self.emptying and choices.leavers != leaves:
            wrong["leavers"] = TrackerError("people_files.leavers_unnamed", n=leaves)
        if wrong:
            raise InvalidError(wrong)

    def as_facts(self) -> dict[str, Any]:
        """What the page shows beside the counts, for a JSON column. Nothing about a person."""
        return {
            "columns": self.columns,
            "unused": list(self.unused),
            "kindless": self.kindless,
            "classes": [list(one) for one in self.classes],
            "emptying": [list(one) for one in self.emptying],
            "holding": self.holding,
            "devices": self.devices,
            "new_protected": self.new_protected,
            "guarded": self.guarded,
            "alike": self.alike[:MOST_SHOWN],
            "alike_count": len(self.alike),
            "rows": self.rows,
        }
