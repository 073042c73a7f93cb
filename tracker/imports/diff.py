"""What an import would do, in figures and first examples. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from tracker.errors import RefusedError, TrackerError
from tracker.imports.questions import Question

MOST_SHOWN = 200
"""Examples kept of each; all are counted."""


class Outcome(StrEnum):
    """What becomes of a row."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    WRONG = "wrong"
    CONFLICT = "conflict"
    """Wrong too: it claims what another row or asset has."""


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
    """What an import would do. Nothing is stored while there is a complaint or a question.

    Attributes:
        new, changed, complaints: the first of them; `counts` has them all.
        unused: the file's columns that nothing is read from.
        seen: a digest of everything compared: the same again means the same import.
    """

    format: str = "own"
    counts: dict[Outcome, int] = field(default_factory=lambda: dict.fromkeys(Outcome, 0))
    new: list[str] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    complaints: list[Complaint] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    unused: tuple[str, ...] = ()
    seen: str = ""

    @property
    def rows(self) -> int:
        """Rows read."""
        return sum(self.counts.values())

    @property
    def complained(self) -> int:
        """Rows with a complaint, conflicts among them."""
        return self.counts[Outcome.WRONG] + self.counts[Outcome.CONFLICT]

    @property
    def to_store(self) -> int:
        """Rows that would be written."""
        return self.counts[Outcome.NEW] + self.counts[Outcome.CHANGED]

    def must_be_ready(self) -> None:
        """Say why nothing can be stored yet.

        Raises:
            RefusedError: rows have complaints, or something unknown has no answer.
        """
        if self.complained:
            raise RefusedError("imports.has_errors", n=self.complained)
        if self.questions:
            raise RefusedError("imports.has_questions", n=len(self.questions))
