"""``import`` and ``import-undo``: a register by file, with everything it would do shown first, and taken back with one command."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from tracker.cli import people_files
from tracker.cli.running import EXIT_FAILED, ConfigOption, JsonOption, language, opened, say
from tracker.cli.shown import safe
from tracker.clock import utc_now
from tracker.db import reading, writing
from tracker.errors import RefusedError
from tracker.imports.diff import Diff, Outcome
from tracker.imports.people.undoing import is_of_people
from tracker.imports.preparing import prepare
from tracker.imports.questions import CREATABLE, from_words
from tracker.imports.storing import store
from tracker.imports.undoing import take_back
from tracker.texts import text

SHOWN = 20


def _complaints(diff: Diff) -> None:
    for complaint in diff.complaints[:SHOWN]:
        why = complaint.error.say(language())
        line = text("imports.row", language(), row=complaint.row, column=complaint.column, why=why)
        typer.echo(safe(line), err=True)
    if diff.complained > SHOWN:
        typer.echo(text("imports.more", language(), n=diff.complained - SHOWN), err=True)


def _questions(diff: Diff) -> None:
    """Everything unknown, and how to answer it here."""
    shown: Counter[str] = Counter()
    for question in diff.questions:
        shown[question.kind] += 1
        if shown[question.kind] > SHOWN:
            continue
        near = text("imports.near", language(), names=", ".join(question.near)) if question.near else ""
        kind = text(f"imports.kind.{question.kind}", language())
        value = question.value or text("imports.nothing_written", language())
        line = text("imports.unknown", language(), kind=kind, value=value, n=question.rows)
        typer.echo(safe(f"{line} {near}".rstrip()), err=True)
    for kind, n in shown.items():
        if n > SHOWN:
            typer.echo(text("imports.more", language(), n=n - SHOWN), err=True)
        how = "imports.how_create" if kind in CREATABLE else "imports.how_leave"
        typer.echo(
            text(how, language(), kind=kind, kinds=f"{kind}{'es' if kind.endswith('s') else 's'}"), err=True
        )


def _show(diff: Diff) -> None:
    counts = {outcome.value: diff.counts[outcome] for outcome in Outcome}
    say("imports.recognised", format=text(f"imports.format.{diff.format}", language()))
    say("imports.summary", rows=diff.rows, **counts)
    if diff.unused:
        say("imports.unknown_columns", names=safe(", ".join(diff.unused)))
    for change in diff.changed[:SHOWN]:
        for field, (before, after) in change.fields.items():
            shown = {"before": safe(before) or "-", "after": safe(after) or "-"}
            say(
                "imports.change",
                tag=safe(change.tag),
                field=text(f"imports.field.{field}", language()),
                **shown,
            )


def _json(diff: Diff, import_id: int | None) -> str:
    return json.dumps(
        {
            "v": 1,
            "type": "import",
            "id": import_id,
            "format": diff.format,
            "rows": diff.rows,
            **{outcome.value: diff.counts[outcome] for outcome in Outcome},
            "unused_columns": list(diff.unused),
            "questions": [
                {"kind": q.kind, "value": q.value, "rows": q.rows, "near": list(q.near)}
                for q in diff.questions
            ],
            "complaints": [
                {"row": c.row, "column": c.column, "why": c.error.say(language())} for c in diff.complaints
            ],
        }
    )


def _stop_unless_ready(diff: Diff, *, dry_run: bool) -> None:
    """Leave with what has to be put right: complaints always, questions when the file was to be stored."""
    if diff.complaints:
        _complaints(diff)
    _questions(diff)
    if diff.complaints:
        say("imports.has_errors", n=diff.complained)
        raise typer.Exit(EXIT_FAILED)
    if diff.questions and not dry_run:
        say("imports.has_questions", n=len(diff.questions))
        raise typer.Exit(EXIT_FAILED)


def import_(
    file: Path,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be done; store nothing.")
    ] = False,
    create: Annotated[
        list[str] | None,
        typer.Option(help="Make what is unknown: units, sites, rooms, models (comma between)."),
    ] = None,
    leave: Annotated[
        list[str] | None,
        typer.Option(help="Leave what is unknown empty: any of those, or holders, statuses, classes."),
    ] = None,
    map_: Annotated[
        list[str] | None,
        typer.Option(
            "--map", help="What an unknown name stands for: 'Kvarn skolan=Kvarnskolan'; 'site:…=…'."
        ),
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read assets from CSV or Excel, all or nothing.  Example: enhetskoll import assets.csv --dry-run"""  # noqa: D415 -- help text
    register = opened(config)
    if not file.is_file():
        raise RefusedError("cli.no_file", path=str(file))
    answers = from_words(create or (), leave or (), map_ or ())
    # Compared while others write; within the write transaction what was compared is only seen to hold still.
    with reading(register.engine) as session:
        ready = prepare(session, file, answers, by=None)
    diff = ready.diff
    if not as_json:
        _show(diff)
    if as_json and (dry_run or diff.complaints or diff.questions or not diff.to_store):
        typer.echo(_json(diff, None))
    _stop_unless_ready(diff, dry_run=dry_run)
    if dry_run or not diff.to_store:
        if not as_json:
            say("imports.dry" if dry_run else "imports.nothing")
        return
    with writing(register.engine) as session:
        number, diff = store(session, file, file.name, answers, by=None, now=utc_now(), ready=ready)
    typer.echo(_json(diff, number)) if as_json else say("imports.stored", id=number)


def import_undo(import_id: int, *, config: ConfigOption = None) -> None:
    """Take an import of assets or of people back.  Example: enhetskoll import-undo 7"""  # noqa: D415 -- help text
    register = opened(config)
    with writing(register.engine) as session:
        if is_of_people(session, import_id):
            people_files.take_back(session, import_id, register.config.schedule.zone)
            return
        done = take_back(session, import_id, by=None, now=utc_now())
    say("imports.undone", removed=done.removed, restored=done.restored)
    if done.left:
        say("imports.left", n=len(done.left), tags=safe(", ".join(done.left[:SHOWN])))


def add(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("import")(import_)
    app.command("import-undo")(import_undo)
