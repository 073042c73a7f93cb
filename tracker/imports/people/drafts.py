"""A file of people on its way in through the pages. One that holds a personal identity number is never kept."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from sqlalchemy import delete, insert
from sqlmodel import Session, col

from tracker.db import reading, writing
from tracker.errors import NotFoundError, RefusedError, StaleError
from tracker.imports import drafts
from tracker.imports.people.comparing import Comparison
from tracker.imports.people.diff import WRITTEN, Choices, Deed, Diff, Outcome
from tracker.imports.people.preparing import Prepared, prepare
from tracker.imports.people.storing import store_into
from tracker.imports.preparing import plain
from tracker.personal_numbers import holds_personal_number
from tracker.tables import ImportLine, ImportPart, ImportRun
from tracker.words import ImportWhat

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from tracker.imports.people.resolving import Line
    from tracker.roles import Viewer

MOST_BYTES = drafts.MOST_BYTES
_LINES = 2_000
_PIECE = 1_000_000
_TOLD = frozenset({*WRITTEN, Outcome.WRONG})
PEOPLE = ImportWhat.PEOPLE


@contextmanager
def kept(stream: IO[bytes], name: str) -> Iterator[Path]:
    """What was sent, as a file of this process while it is looked at.

    Raises:
        RefusedError: it is larger than `MOST_BYTES`.
    """
    with tempfile.NamedTemporaryFile(prefix="enhetskoll-people-") as file:
        size = 0
        while data := stream.read(_PIECE):
            size += len(data)
            if size > MOST_BYTES:
                raise RefusedError("imports.too_large", path=name, most=MOST_BYTES // 1_000_000)
            file.write(data)
        file.flush()
        yield Path(file.name)


def shown_name(name: str) -> str:
    """A file's name as it may be kept and shown."""
    return "?" if holds_personal_number(name) else name


def look(engine: Engine, path: Path, name: str, by: Viewer) -> Diff:
    """What the file would do, before anything of it is kept.

    Raises:
        RefusedError: the file as a whole cannot be used.
    """
    try:
        with reading(engine) as session:
            return Comparison(session, by).whole(path)
    except RefusedError as error:
        if "path" in error.data:
            error.data["path"] = name
        raise


def receive(session: Session, path: Path, name: str, deed: Deed) -> int:
    """Keep a file that was looked at as a draft; its id."""
    if deed.by is None:
        raise RefusedError
    with path.open("rb") as file:
        return drafts.receive(session, file, name, by=deed.by, now=deed.now, what=PEOPLE)


def _line(import_id: int, work: Comparison, one: Line) -> dict[str, Any]:
    facts: dict[str, Any] = {"columns": {name: list(pair) for name, pair in one.changes.items()}}
    if one.row is not None and one.row.complaints:
        told = work.complaints(one.row)
        facts["complaints"] = [
            [c.column, c.error.code, {k: plain(v) for k, v in c.error.data.items()}] for c in told
        ]
    if one.made is not None:
        facts["class"] = [one.made.school_id, one.made.name]
    return {
        "import_id": import_id,
        "number": one.number,
        "outcome": one.outcome.value,
        "tag": "",
        "person_id": one.person.id if one.person is not None else None,
        "facts": facts,
    }


def is_pupil(run: ImportRun) -> bool | None:
    """What has been answered that the people are about whom the file says nothing."""
    said = run.answers.get("is_pupil")
    return said if isinstance(said, bool) else None


def _keep(engine: Engine, lines: list[dict[str, Any]]) -> None:
    if lines:
        with writing(engine) as session:
            session.execute(insert(ImportLine), lines)
        lines.clear()


def compare(engine: Engine, import_id: int, by: Viewer) -> Diff:
    """Compare the draft with the register and keep what would become of each person, for the pages.

    Raises:
        NotFoundError: it is not the actor's draft.
        RefusedError: the file as a whole cannot be used; the draft is dropped.
        StaleError: the same draft was compared anew meanwhile.
    """
    with writing(engine) as session:
        run = drafts.draft_for(session, import_id, by, PEOPLE)
        version = run.version
        session.execute(delete(ImportLine).where(col(ImportLine.import_id) == import_id))
    lines: list[dict[str, Any]] = []
    try:
        with reading(engine) as session, drafts.file_of(session, import_id) as path:
            work = Comparison(session, by, is_pupil=is_pupil(run))
            for together in work.lines(path):
                lines += [_line(import_id, work, one) for one in together if one.outcome in _TOLD]
                if len(lines) >= _LINES:
                    _keep(engine, lines)
    except RefusedError as error:
        if "path" in error.data:
            error.data["path"] = run.file
        with writing(engine) as session:
            drafts.drop(session, [import_id])
        raise
    _keep(engine, lines)
    diff = work.diff
    counts = {outcome.value: n for outcome, n in diff.counts.items()}
    with writing(engine) as session:
        told = {"format": diff.format, "seen": diff.seen, "counts": counts, "facts": diff.as_facts()}
        drafts.set_draft(session, import_id, version, **told)
    return diff


def answer(session: Session, import_id: int, version: int, *, pupils: bool | None, by: Viewer) -> None:
    """Say what the people are about whom the file says nothing; it has to be compared again.

    Raises:
        NotFoundError, StaleError: it is not the actor's draft; it is another version by now.
    """
    run = drafts.draft_for(session, import_id, by, PEOPLE)
    answers = {**run.answers, "is_pupil": pupils} if pupils is not None else run.answers
    drafts.set_draft(session, import_id, version, answers=answers, seen="")


def discard(session: Session, import_id: int, *, by: Viewer) -> None:
    """Drop the actor's draft."""
    drafts.draft_for(session, import_id, by, PEOPLE)
    drafts.drop(session, [import_id])


def ready_for(engine: Engine, import_id: int, choices: Choices, deed: Deed) -> Prepared | None:
    """The draft made ready to be stored, while nobody waits; None where it is no draft any more.

    Raises:
        RefusedError: the file as a whole cannot be used.
    """
    if deed.by is None:
        raise RefusedError
    with reading(engine) as session:
        try:
            run = drafts.draft_for(session, import_id, deed.by, PEOPLE)
        except NotFoundError:
            return None
        with drafts.file_of(session, import_id) as path:
            return prepare(session, path, choices, deed, is_pupil=is_pupil(run))


def confirm(
    session: Session,
    import_id: int,
    version: int,
    choices: Choices,
    deed: Deed,
    ready: Prepared | None = None,
) -> Diff:
    """Store the draft as it was shown and ticked; `ready`: see `ready_for` and `tracker.imports.people.storing.store`.

    Raises:
        NotFoundError: it is not the actor's draft.
        RefusedError: rows have complaints, or nothing is to be done.
        InvalidError: something has to be ticked first, or the number of leavers is another.
        StaleError: the draft or the register is no longer what was shown.
    """
    if deed.by is None:
        raise RefusedError
    run = drafts.draft_for(session, import_id, deed.by, PEOPLE)
    if not run.seen:
        raise StaleError("imports.draft_changed")
    drafts.set_draft(session, import_id, version)
    session.refresh(run)
    if ready is None or not ready.holds(session):
        with drafts.file_of(session, import_id) as path:
            ready = prepare(session, path, choices, deed, is_pupil=is_pupil(run), lock=True)
    session.execute(delete(ImportLine).where(col(ImportLine.import_id) == import_id))
    diff = store_into(session, run, ready, deed)
    session.execute(delete(ImportPart).where(col(ImportPart.import_id) == import_id))
    return diff
