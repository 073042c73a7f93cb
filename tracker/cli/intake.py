"""``import``: a register by file, with everything it would do shown first."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from tracker.cli.running import EXIT_FAILED, ConfigOption, JsonOption, language, opened, say
from tracker.cli.shown import safe
from tracker.clock import utc_now
from tracker.db import reading, writing
from tracker.errors import RefusedError
from tracker.imports.assets import Diff, Import
from tracker.texts import text

SHOWN = 20


def _complaints(diff: Diff) -> None:
    for complaint in diff.complaints[:SHOWN]:
        why = complaint.error.say(language())
        line = text("imports.row", language(), row=complaint.row, column=complaint.column, why=why)
        typer.echo(safe(line), err=True)
    if diff.complained > SHOWN:
        typer.echo(text("imports.more", language(), n=diff.complained - SHOWN), err=True)


def _show(diff: Diff) -> None:
    counts = {"rows": diff.rows, "new": len(diff.new), "changed": len(diff.changed), "same": diff.same}
    say("imports.summary", **counts, conflict=diff.conflicts, wrong=diff.complained - diff.conflicts)
    for code, names in (("new_models", diff.models), ("new_sites", diff.sites)):
        if names:
            say(f"imports.{code}", n=len(names), names=safe(", ".join(names[:SHOWN])))
    if diff.unknown_columns:
        say("imports.unknown_columns", names=safe(", ".join(diff.unknown_columns)))
    for change in diff.changed[:SHOWN]:
        for field, (before, after) in change.fields.items():
            shown = {"before": safe(before) or "-", "after": safe(after)}
            say("imports.change", tag=safe(change.tag), field=field, **shown)


def _json(diff: Diff) -> str:
    return json.dumps(
        {
            "v": 1,
            "type": "import",
            "rows": diff.rows,
            "new": len(diff.new),
            "changed": len(diff.changed),
            "same": diff.same,
            "conflict": diff.conflicts,
            "wrong": diff.complained - diff.conflicts,
            "complaints": [
                {"row": c.row, "column": c.column, "why": c.error.say(language())} for c in diff.complaints
            ],
        }
    )


def import_(
    file: Path,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be done; store nothing.")
    ] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read assets from a CSV file, all or nothing.  Example: enhetskoll import assets.csv --dry-run"""  # noqa: D415 -- help text
    register = opened(config)
    if not file.is_file():
        raise RefusedError("cli.no_file", path=str(file))
    now = utc_now()
    with reading(register.engine) as session:
        diff = Import(session, now).read(file)
    typer.echo(_json(diff)) if as_json else _show(diff)
    if diff.complaints:
        _complaints(diff)
        say("imports.has_errors", n=diff.complained)
        raise typer.Exit(EXIT_FAILED)
    if dry_run:
        if not as_json:
            say("imports.dry")
        return
    if diff.new or diff.changed:
        # Read again inside the write transaction: what was compared is what is stored.
        with writing(register.engine) as session:
            work = Import(session, now)
            work.read(file)
            work.store(None, file.name)
    if not as_json:
        say("imports.stored" if diff.new or diff.changed else "imports.nothing")


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command("import")(import_)
