"""A file on its way in through the pages: kept in the register until it is stored, discarded or a day old.

It lies in the database and not in a folder: a restart loses nothing, and no name that a browser sends becomes a path.
"""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from sqlalchemy import delete, insert, update
from sqlmodel import Session, col, select

from tracker.db import reading, writing
from tracker.errors import NotFoundError, RefusedError, StaleError
from tracker.imports.comparing import Compared, Comparison
from tracker.imports.diff import Diff, Outcome
from tracker.imports.preparing import Prepared, plain, prepare
from tracker.imports.questions import Answers, as_json, from_json
from tracker.imports.storing import store_into
from tracker.tables import ImportLine, ImportPart, ImportRun
from tracker.words import ImportState, ImportWhat

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import Engine

    from tracker.roles import Viewer

MOST_BYTES = 50_000_000
DRAFT_LIVES = timedelta(days=1)
UNDO_LIVES = timedelta(days=90)
"""How long an import can be taken back. Then its rows go: they hold what people wrote about assets and their holders."""
MOST_DRAFTS = 5
"""Drafts of one person; the oldest goes when a sixth comes."""
_PIECE = 1_000_000
_LINES = 2_000


def drop(session: Session, ids: list[int]) -> None:
    """Take these imports away, with their files and rows."""
    for table in (ImportPart, ImportLine):
        session.execute(delete(table).where(col(table.import_id).in_(ids)))
    session.execute(delete(ImportRun).where(col(ImportRun.id).in_(ids)))


def expire(session: Session, by: Viewer, now: datetime) -> None:
    """Drop drafts that are old or too many, and the rows of imports that can no longer be taken back."""
    drafts = select(ImportRun).where(col(ImportRun.state) == ImportState.DRAFT)
    old = [run.id or 0 for run in session.exec(drafts.where(col(ImportRun.at) < now - DRAFT_LIVES))]
    mine = session.exec(drafts.where(col(ImportRun.by_id) == by.user_id).order_by(col(ImportRun.id).desc()))
    drop(session, old + [run.id or 0 for run in list(mine)[MOST_DRAFTS - 1 :]])
    stored = select(ImportRun).where(col(ImportRun.stored_at) < now - UNDO_LIVES)
    for run in session.exec(stored.where(col(ImportRun.state) == ImportState.STORED)):
        if not run.facts.get("expired"):
            session.execute(delete(ImportLine).where(col(ImportLine.import_id) == run.id))
            run.facts = {**run.facts, "expired": True}
            session.add(run)


def receive(
    session: Session,
    stream: IO[bytes],
    name: str,
    *,
    by: Viewer,
    now: datetime,
    what: ImportWhat = ImportWhat.ASSETS,
) -> int:
    """Keep a file as a draft; its id. The name is shown and nothing else.

    Raises:
        RefusedError: it is larger than `MOST_BYTES`.
    """
    expire(session, by, now)
    shown = "".join(c for c in name.replace("\\", "/").rpartition("/")[2] if c.isprintable())
    run = ImportRun(what=what, state=ImportState.DRAFT, file=shown[:160] or "?", by_id=by.user_id, at=now)
    session.add(run)
    session.flush()
    size = 0
    for number in count():
        data = stream.read(_PIECE)
        if not data:
            break
        size += len(data)
        if size > MOST_BYTES:
            raise RefusedError("imports.too_large", path=run.file, most=MOST_BYTES // 1_000_000)
        session.execute(insert(ImportPart), {"import_id": run.id, "number": number, "data": data})
    return run.id or 0


def draft_for(
    session: Session, import_id: int, by: Viewer, what: ImportWhat = ImportWhat.ASSETS
) -> ImportRun:
    """The actor's own draft.

    Raises:
        NotFoundError: it is not there, is somebody else's, or is stored already.
    """
    run = session.get(ImportRun, import_id)
    if run is None or run.what is not what or run.state is not ImportState.DRAFT or run.by_id != by.user_id:
        raise NotFoundError
    return run


@contextmanager
def file_of(session: Session, import_id: int) -> Iterator[Path]:
    """The draft's file, as a file of this process while it is read."""
    with tempfile.NamedTemporaryFile(prefix="enhetskoll-import-") as file:
        for number in count():
            data = session.execute(
                select(ImportPart.data).where(
                    col(ImportPart.import_id) == import_id, col(ImportPart.number) == number
                )
            ).scalar()
            if data is None:
                break
            file.write(data)
        file.flush()
        yield Path(file.name)


def _line(import_id: int, work: Comparison, one: Compared) -> dict[str, Any]:
    complaints = [
        [complaint.column, complaint.error.code, {k: plain(v) for k, v in complaint.error.data.items()}]
        for complaint in work.complaints(one.row)
    ]
    return {
        "import_id": import_id,
        "number": one.row.number,
        "outcome": one.outcome.value,
        "tag": one.row.tag[:160],
        "asset_id": one.asset.id if one.asset is not None else None,
        "facts": {"fields": one.changes, "complaints": complaints},
    }


def compare(engine: Engine, import_id: int, by: Viewer) -> Diff:
    """Compare the draft with the register and keep what each row would do, for the pages.

    Reading and writing are kept apart, so that nobody waits while a large file is compared.

    Raises:
        NotFoundError: it is not the actor's draft.
        RefusedError: the file as a whole cannot be used; the draft is dropped.
        StaleError: the same draft was compared anew meanwhile.
    """
    lines: list[dict[str, Any]] = []

    def keep() -> None:
        if lines:
            with writing(engine) as session:
                session.execute(insert(ImportLine), lines)
            lines.clear()

    with writing(engine) as session:
        run = draft_for(session, import_id, by)
        version = run.version
        session.execute(delete(ImportLine).where(col(ImportLine.import_id) == import_id))
    try:
        with reading(engine) as session, file_of(session, import_id) as path:
            work = Comparison(session, from_json(run.answers), by)
            for together in work.rows(path):
                lines += [_line(import_id, work, one) for one in together if one.outcome is not Outcome.SAME]
                if len(lines) >= _LINES:
                    keep()
    except RefusedError as error:
        error.data["path"] = run.file
        with writing(engine) as session:
            drop(session, [import_id])
        raise
    keep()
    with writing(engine) as session:
        set_draft(session, import_id, version, **_summary(work.diff))
    return work.diff


def _summary(diff: Diff) -> dict[str, Any]:
    questions = [[q.kind, q.value, q.rows, list(q.near)] for q in diff.questions]
    return {
        "format": diff.format,
        "seen": diff.seen,
        "counts": {outcome.value: n for outcome, n in diff.counts.items()},
        "facts": {"questions": questions, "unused": list(diff.unused)},
    }


def set_draft(session: Session, import_id: int, version: int, **values: Any) -> None:
    """Compare-and-set on the draft's version.

    Raises:
        StaleError: it is another one by now.
    """
    made = session.connection().execute(
        update(ImportRun)
        .where(
            col(ImportRun.id) == import_id,
            col(ImportRun.version) == version,
            col(ImportRun.state) == ImportState.DRAFT,
        )
        .values(version=version + 1, **values)
    )
    if made.rowcount != 1:
        raise StaleError("imports.draft_changed")


def answer(session: Session, import_id: int, version: int, answers: Answers, *, by: Viewer) -> None:
    """Add answers to the draft's; it has to be compared again.

    Raises:
        NotFoundError, StaleError: it is not the actor's draft; it is another version by now.
    """
    run = draft_for(session, import_id, by)
    whole = from_json(run.answers).more(answers)
    set_draft(session, import_id, version, answers=as_json(whole), seen="")


def discard(session: Session, import_id: int, *, by: Viewer) -> None:
    """Drop the actor's draft."""
    draft_for(session, import_id, by)
    drop(session, [import_id])


def ready_for(engine: Engine, import_id: int, by: Viewer) -> Prepared | None:
    """The draft made ready to be stored, while nobody waits; None where it is no draft any more.

    Raises:
        RefusedError: the file as a whole cannot be used.
    """
    with reading(engine) as session:
        try:
            run = draft_for(session, import_id, by)
        except NotFoundError:
            return None
        with file_of(session, import_id) as path:
            return prepare(session, path, from_json(run.answers), by=by)


def confirm(
    session: Session,
    import_id: int,
    version: int,
    *,
    by: Viewer,
    now: datetime,
    ready: Prepared | None = None,
) -> Diff:
    """Store the draft as it was shown; `ready`: see `ready_for` and `tracker.imports.storing.store`.

    Raises:
        NotFoundError: it is not the actor's draft.
        RefusedError: rows have complaints, or there are questions.
        StaleError: the draft or the register is no longer what was shown.
    """
    run = draft_for(session, import_id, by)
    if not run.seen:
        raise StaleError("imports.draft_changed")
    set_draft(session, import_id, version)
    session.refresh(run)
    if ready is None or not ready.holds(session):
        with file_of(session, import_id) as path:
            ready = prepare(session, path, from_json(run.answers), by=by, lock=True)
    session.execute(delete(ImportLine).where(col(ImportLine.import_id) == import_id))
    diff = store_into(session, run, ready, by=by, now=now)
    session.execute(delete(ImportPart).where(col(ImportPart.import_id) == import_id))
    return diff
