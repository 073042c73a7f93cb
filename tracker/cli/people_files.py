"""``import-people``: pupils, staff and classes by file, with everything it would do shown first. No name is ever printed."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tracker.cli.running import EXIT_FAILED, ConfigOption, JsonOption, language, opened, say
from tracker.cli.shown import safe
from tracker.clock import local_date, utc_now
from tracker.db import reading, writing
from tracker.errors import InvalidError, RefusedError
from tracker.imports.people.diff import Choices, Deed, Diff, Outcome
from tracker.imports.people.preparing import Prepared, prepare
from tracker.imports.people.storing import store
from tracker.imports.people.undoing import take_back as undo
from tracker.texts import text

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from sqlmodel import Session

SHOWN = 20


class KindOfPerson(StrEnum):
    """What the people are whom the file says nothing about."""

    PUPIL = "pupil"
    STAFF = "staff"


def _aside(code: str, **data: object) -> None:
    """One sentence on standard error."""
    typer.echo(safe(text(code, language(), **data)), err=True)


def _complaints(diff: Diff) -> None:
    for one in diff.complaints[:SHOWN]:
        _aside("imports.row", row=one.row, column=one.column, why=one.error.say(language()))
    if diff.counts[Outcome.WRONG] > SHOWN:
        _aside("imports.more", n=diff.counts[Outcome.WRONG] - SHOWN)


def _classes(diff: Diff, choices: Choices) -> None:
    for one in diff.classes[:SHOWN]:
        code = "people_files.new_class_near" if one.near else "people_files.new_class"
        _aside(code, school=one.school, name=one.name, near=one.near)
    if len(diff.classes) > SHOWN:
        _aside("imports.more", n=len(diff.classes) - SHOWN)
    if diff.classes and not choices.make_classes:
        _aside("people_files.how_classes")


def _leavers(diff: Diff, choices: Choices) -> None:
    for one in diff.emptying[:SHOWN]:
        code = "people_files.emptying_pupils" if one.is_pupil else "people_files.emptying_staff"
        _aside(code, school=one.school, leaves=one.leaves, of=one.of)
    if diff.holding:
        _aside("people_files.holding", n=diff.devices)
    if (n := diff.counts[Outcome.LEAVES]) and not choices.end_leavers:
        _aside("people_files.how_leavers_many" if diff.emptying else "people_files.how_leavers", n=n)


def _notes(diff: Diff, choices: Choices) -> None:
    if diff.counts[Outcome.UNPROTECTED] and not choices.clear_protection:
        _aside("people_files.how_protection")
    if diff.alike:
        rows = ", ".join(map(str, diff.alike[:SHOWN]))
        _aside("people_files.alike", n=len(diff.alike), rows=rows)
    if diff.kindless:
        _aside("people_files.kindless", n=diff.kindless)
        _aside("people_files.how_kind")


def _show(diff: Diff) -> None:
    say("imports.recognised", format=text(f"people_files.format.{diff.format}", language()))
    called = {name: text(f"people_files.header.{name}", language()) for name in diff.columns}
    read_as = ", ".join(f"{called[name]} = {header}" for name, header in diff.columns.items())
    say("people_files.read_as", columns=read_as)
    counts = {outcome.value: diff.counts[outcome] for outcome in Outcome}
    say("people_files.summary", n=diff.rows, rows=diff.rows, **counts)
    if diff.new_protected:
        say("people_files.new_protected", n=diff.new_protected)
    if diff.unused:
        say("imports.unknown_columns", names=", ".join(diff.unused))


def _json(diff: Diff, import_id: int | None) -> str:
    return json.dumps(
        {
            "v": 1,
            "type": "import-people",
            "id": import_id,
            "format": diff.format,
            "rows": diff.rows,
            **{outcome.value: diff.counts[outcome] for outcome in Outcome},
            "unused_columns": list(diff.unused),
            "classes": [
                {"school": one.school, "name": one.name, "near": one.near or None} for one in diff.classes
            ],
            "kindless": diff.kindless,
            "emptying": [
                {
                    "unit": one.school,
                    "kind": "pupil" if one.is_pupil else "staff",
                    "leaves": one.leaves,
                    "of": one.of,
                }
                for one in diff.emptying
            ],
            "leavers_with_devices": diff.holding,
            "their_devices": diff.devices,
            "alike_rows": diff.alike,
            "complaints": [
                {"row": one.row, "column": one.column, "why": one.error.say(language())}
                for one in diff.complaints
            ],
        }
    )


_IN_A_TERMINAL = {
    "people_files.classes_unticked": "people_files.classes_unflagged",
    "people_files.leavers_unnamed": "people_files.leavers_unflagged",
}
"""What a page says of boxes to tick, as flags."""


def _stop_unless_ready(ready: Prepared) -> None:
    """Leave with what has to be put right; a dry run too, for it says what would become of the file."""
    diff, choices = ready.diff, ready.choices
    _complaints(diff)
    _classes(diff, choices)
    _leavers(diff, choices)
    _notes(diff, choices)
    if diff.counts[Outcome.WRONG]:
        say("people_files.has_errors", n=diff.counts[Outcome.WRONG])
        raise typer.Exit(EXIT_FAILED)
    if diff.kindless:  # which is told already, with how to answer
        raise typer.Exit(EXIT_FAILED)
    try:
        diff.check(choices)
    except InvalidError as error:
        for one in error.fields.values():
            _aside(_IN_A_TERMINAL.get(one.code, one.code), **one.data)
        raise typer.Exit(EXIT_FAILED) from error
    if diff.to_store and not ready.rows:
        _aside("people_files.nothing_flagged")
        raise typer.Exit(EXIT_FAILED)


def import_people(
    file: Path,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be done; store nothing.")
    ] = False,
    make_classes: Annotated[
        bool, typer.Option("--make-classes", help="Make classes that their school does not have.")
    ] = False,
    end_leavers: Annotated[
        bool,
        typer.Option(
            "--end-leavers", help="Make people inactive who are at the file's schools but not in it."
        ),
    ] = False,
    leavers: Annotated[
        int | None, typer.Option(help="How many those are; asked for where they are unusually many.")
    ] = None,
    clear_protection: Annotated[
        bool, typer.Option("--clear-protection", help="Take protection away where the file says so.")
    ] = False,
    kind: Annotated[
        KindOfPerson | None, typer.Option(help="What new people are where the file does not say.")
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read people from CSV or Excel, all or nothing.  Example: enhetskoll import-people people.csv --dry-run"""  # noqa: D415 -- help text
    register = opened(config)
    if not file.is_file():
        raise RefusedError("cli.no_file", path=str(file))
    is_pupil = kind is KindOfPerson.PUPIL if kind is not None else None
    choices = Choices(make_classes, end_leavers, leavers, clear_protection)
    now = utc_now()
    deed = Deed(None, now, local_date(now, register.config.schedule.zone))
    # Compared while others write; within the write transaction what was compared is only seen to hold still.
    with reading(register.engine) as session:
        ready = prepare(session, file, choices, deed, is_pupil=is_pupil)
    diff = ready.diff
    if not as_json:
        _show(diff)
    if as_json and (dry_run or diff.counts[Outcome.WRONG] or not diff.to_store):
        typer.echo(_json(diff, None))
    if dry_run and not as_json:
        say("people_files.dry")
    _stop_unless_ready(ready)
    if dry_run or not diff.to_store:
        if not as_json and not dry_run:
            say("people_files.nothing")
        return
    with writing(register.engine) as session:
        number, diff = store(session, file, choices, deed, is_pupil=is_pupil, ready=ready)
    typer.echo(_json(diff, number)) if as_json else say("people_files.stored", id=number)


def take_back(session: Session, import_id: int, zone: ZoneInfo) -> None:
    """Take an import of people back, and say what was done."""
    now = utc_now()
    done = undo(session, import_id, Deed(None, now, local_date(now, zone)))
    say("people_files.undone", n=done.removed, removed=done.removed, restored=done.restored)
    if done.left:
        say("people_files.left", n=len(done.left))


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command("import-people")(import_people)
