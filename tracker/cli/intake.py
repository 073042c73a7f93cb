"""``import`` and ``import-undo``: a register by file, with everything it would do shown first, and taken back with one command."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from discovery.sighting import DeviceClass
from tracker.cli import people_files
from tracker.cli.running import EXIT_FAILED, ConfigOption, JsonOption, language, opened, say
from tracker.cli.shown import safe
from tracker.clock import utc_now
from tracker.db import reading, writing
from tracker.errors import RefusedError
from tracker.imports.checking import class_of, status_of
from tracker.imports.diff import Diff, Outcome
from tracker.imports.people.undoing import is_of_people
from tracker.imports.preparing import prepare
from tracker.imports.questions import CREATABLE, Answers, Do, Kind, from_words
from tracker.imports.storing import store
from tracker.imports.undoing import take_back
from tracker.texts import text
from tracker.words import AssetStatus

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tracker.imports.known import Known

SHOWN = 20


def _complaints(diff: Diff) -> None:
    for complaint in diff.complaints[:SHOWN]:
        why = complaint.error.say(language())
        line = text("imports.row", language(), row=complaint.row, column=complaint.column, why=why)
        typer.echo(safe(line), err=True)
    if diff.complained > SHOWN:
        typer.echo(text("imports.more", language(), n=diff.complained - SHOWN), err=True)


def _words(kind: Kind) -> str:
    """The words that are known of a kind that has its own, as the reader's language calls them; else nothing."""
    words: Iterable[AssetStatus | DeviceClass] = ()
    area = "asset_status" if kind is Kind.STATUS else "device_class"
    if kind in {Kind.STATUS, Kind.CLASS}:
        words = AssetStatus if kind is Kind.STATUS else DeviceClass
    return ", ".join(text(f"words.{area}.{one.value.replace('-', '_')}", language()) for one in words)


def _check_words(answers: Answers) -> None:
    """Whether what statuses and kinds shall stand for are words that there are.

    Raises:
        RefusedError: one is not.
    """
    for (kind, _), answer in answers.each.items():
        known = {Kind.STATUS: status_of, Kind.CLASS: class_of}.get(kind)
        if answer.do is Do.MAP and known is not None and known(answer.target) is None:
            called = text(f"imports.kind.{kind}", language())
            raise RefusedError(
                "imports.no_such_word", value=answer.target[:80], kind=called, words=_words(kind)
            )


def _check_targets(answers: Answers, known: Known) -> None:
    """Whether what units, sites, models and holders shall stand for is in the register.

    Raises:
        RefusedError: one is not.
    """
    pools = {
        Kind.UNIT: known.units,
        Kind.SITE: known.sites,
        Kind.MODEL: known.models,
        Kind.HOLDER: known.people,
    }
    for (kind, _), answer in answers.each.items():
        if answer.do is Do.MAP and answer.target.casefold() not in pools.get(
            kind, {answer.target.casefold()}
        ):
            called = text(f"imports.kind.{kind}", language())
            raise RefusedError("imports.no_such_target", value=answer.target[:80], kind=called)


def _questions(diff: Diff) -> None:
    """Everything unknown, and how to answer it here."""
    shown: Counter[str] = Counter()
    for question in diff.questions:
        if question.kind is Kind.UNIT and not question.value:
            typer.echo(text("imports.no_unit_column", language(), n=question.rows), err=True)
            continue
        shown[question.kind] += 1
        if shown[question.kind] > SHOWN:
            continue
        near = text("imports.near", language(), names=", ".join(question.near)) if question.near else ""
        kind = text(f"imports.kind.{question.kind}", language())
        value = question.value or text("imports.nothing_written", language())
        line = text("imports.unknown", language(), kind=kind, value=value, n=question.rows)
        typer.echo(safe(f"{line} {near}".rstrip()), err=True)
    for kind, n in shown.items():
        if known := _words(Kind(kind)):
            called = text(f"imports.kind.{kind}", language())
            typer.echo(text("imports.known_words", language(), kind=called, words=known), err=True)
        if n > SHOWN:
            typer.echo(text("imports.more", language(), n=n - SHOWN), err=True)
        how = "imports.how_create" if kind in CREATABLE else "imports.how_leave"
        typer.echo(
            text(how, language(), kind=kind, kinds=f"{kind}{'es' if kind.endswith('s') else 's'}"), err=True
        )


def _show(diff: Diff) -> None:
    counts = {outcome.value: diff.counts[outcome] for outcome in Outcome}
    say("imports.recognised", format=text(f"imports.format.{diff.format}", language()))
    say("imports.summary", n=diff.rows, rows=diff.rows, **counts)
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
    if diff.questions:
        say("imports.has_questions", n=len(diff.questions))
        if dry_run:
            say("imports.dry")
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
    _check_words(answers)
    # Compared while others write; within the write transaction what was compared is only seen to hold still.
    with reading(register.engine) as session:
        ready = prepare(session, file, answers, by=None)
    diff = ready.diff
    _check_targets(answers, ready.work.known)
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
