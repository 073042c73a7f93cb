"""Imports: a file of assets compared with the register, or stored whole; and those that were."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlmodel import col, select

from tracker.errors import InvalidError, NotFoundError, TrackerError
from tracker.imports.comparing import Comparison
from tracker.imports.diff import Outcome
from tracker.imports.preparing import prepare
from tracker.imports.questions import Answers
from tracker.imports.storing import store
from tracker.queries.imports import run_for
from tracker.tables import ImportRun
from tracker.words import ImportState, ImportWhat, Permission
from web.api import event_shapes as shapes
from web.api.calling import CSV, Call, following, operation
from web.problems import sentence_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tracker.imports.diff import Diff

MOST = 50
"""Complaints named in one answer."""


@contextmanager
def _kept(content: bytes) -> Iterator[Path]:
    """The content as a file of our own naming, gone afterwards."""
    with tempfile.NamedTemporaryFile(suffix=".csv") as file:
        file.write(content)
        file.flush()
        yield Path(file.name)


def _told(diff: Diff, number: int | None) -> shapes.ImportTold:
    complaints = [
        shapes.ImportComplaint(row=c.row, column=c.column, why=sentence_of(c.error))
        for c in diff.complaints[:MOST]
    ]
    questions = [
        shapes.ImportQuestion(kind=q.kind, value=q.value, rows=q.rows, near=list(q.near))
        for q in diff.questions
    ]
    return shapes.ImportTold(
        id=number,
        stored=number is not None,
        format=diff.format,
        rows=diff.rows,
        counts={outcome.value: diff.counts[outcome] for outcome in Outcome},
        complaints=complaints,
        questions=questions,
    )


def _refuse(diff: Diff) -> None:
    """Nothing of a file that has errors, or asks for what it does not name, is stored."""
    wrong = {f"row {c.row}, {c.column}": c.error for c in diff.complaints[:MOST]}
    for question in diff.questions[:MOST]:
        code = TrackerError("imports.unknown", kind=question.kind, value=question.value, n=question.rows)
        wrong[f"{question.kind}: {question.value}"] = code
    if wrong:
        raise InvalidError(wrong)


@operation(
    "POST", "/imports", Permission.ASSET_IMPORT, shapes.ImportTold, query=shapes.ImportQuery, media=CSV
)
def import_assets(call: Call) -> shapes.ImportTold:
    """Compare a CSV file with the register; with ``dry_run=false`` store all of it, or nothing."""
    with _kept(call.content) as path:
        if call.asked.dry_run == "true":
            return _told(Comparison(call.session, Answers(), call.viewer).whole(path), None)
        ready = prepare(call.session, path, Answers(), by=call.viewer, lock=True)
        _refuse(ready.diff)
        number, diff = store(
            call.session, path, "api.csv", Answers(), by=call.viewer, now=call.now, ready=ready
        )
    return _told(diff, number)


def _run(run: ImportRun) -> dict[str, Any]:
    return {"id": run.id, "file": run.file, "at": run.stored_at or run.at, "state": run.state.value}


@operation("GET", "/imports", Permission.ASSET_IMPORT, shapes.RunPage, query=shapes.RunQuery)
def list_imports(call: Call) -> shapes.RunPage:
    """Imports that were stored, the newest first, a page at a time."""
    asked: shapes.RunQuery = call.asked
    paths = call.viewer.paths(Permission.ASSET_IMPORT)
    mine = sa.or_(sa.false(), *(col(ImportRun.unit_path).startswith(path) for path in paths))
    stored = (ImportRun.state != ImportState.DRAFT, ImportRun.what == ImportWhat.ASSETS)
    statement = select(ImportRun).where(mine, *stored)
    if asked.before is not None:
        statement = statement.where(col(ImportRun.id) < asked.before)
    found = call.session.exec(statement.order_by(col(ImportRun.id).desc()).limit(asked.limit + 1)).all()
    rows = [shapes.RunTold(**_run(run)) for run in found[: asked.limit]]
    more = len(found) > asked.limit
    return shapes.RunPage(rows=rows, next=following(before=rows[-1].id) if more else None)


@operation("GET", "/imports/<int:import_id>", Permission.ASSET_IMPORT, shapes.RunWhole)
def show_import(call: Call, import_id: int) -> shapes.RunWhole:
    """One import that was stored, with what it did."""
    run = run_for(call.session, call.viewer, import_id)
    if run.state is ImportState.DRAFT or run.what is not ImportWhat.ASSETS:
        raise NotFoundError
    return shapes.RunWhole(**_run(run), format=run.format, counts=run.counts, undone_at=run.undone_at)
