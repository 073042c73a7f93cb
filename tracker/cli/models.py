"""``import-models``: ends of support by file, compared first."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tracker.cli.running import EXIT_FAILED, ConfigOption, language, opened, say
from tracker.cli.shown import safe
from tracker.clock import local_date, utc_now
from tracker.db import reading, writing
from tracker.end_of_support import follow
from tracker.errors import RefusedError
from tracker.movements.model_files import ModelDiff, compare, store
from tracker.texts import text

SHOWN = 20


def _show(diff: ModelDiff) -> None:
    say(
        "models.import.summary",
        rows=diff.rows,
        changed=len(diff.changed),
        new=len(diff.new),
        same=diff.same,
    )
    for number, error in diff.complaints[:SHOWN]:
        line = text("models.import.row", language(), row=number, why=error.say(language()))
        typer.echo(safe(line), err=True)


def import_models(
    file: Path,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be done; store nothing.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Read the ends of models' support, all or nothing.  Example: enhetskoll import-models support.csv --dry-run"""  # noqa: D415 -- help text
    register = opened(config)
    if not file.is_file():
        raise RefusedError("cli.no_file", path=str(file))
    now, zone = utc_now(), register.config.schedule.zone
    with reading(register.engine) as session:
        diff = compare(session, file, local_date(now, zone))
    _show(diff)
    if diff.complaints:
        say("models.import.wrong", n=len(diff.complaints))
        raise typer.Exit(EXIT_FAILED)
    if dry_run or not (diff.new or diff.changed):
        say("models.import.dry" if dry_run else "models.import.nothing")
        return
    with writing(register.engine) as session:
        # Compared again inside the write transaction: what was compared is what is stored.
        changed = store(session, compare(session, file, local_date(now, zone)), file.name, now)
    for model_id in changed:
        follow(register.engine, model_id, now, zone)
    say("models.import.stored")


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command("import-models")(import_models)
