"""``backup``, ``restore`` and ``verify``: copies of the register, and whether it and they hold."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tracker.backup import checking, copies
from tracker.cli.running import EXIT_FAILED, ConfigOption, Opened, language, opened, say
from tracker.clock import utc_now
from tracker.config import load
from tracker.db import open_engine
from tracker.errors import RefusedError, TrackerError
from tracker.texts import text

if TYPE_CHECKING:
    from collections.abc import Callable

YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


def _agreed(question: str, refusal: Callable[[], RefusedError], *, yes: bool, **data: object) -> None:
    """Ask on a terminal; where nobody can answer, no is the answer."""
    if yes:
        return
    if not sys.stdin.isatty() or not typer.confirm(text(question, language(), **data)):
        raise refusal()


def backup(path: Path, *, yes: YesOption = False, config: ConfigOption = None) -> None:
    """Copy the register while it is in use, and check the copy.  Example: enhetskoll backup /var/backups/enhetskoll"""  # noqa: D415 -- help text
    register = opened(config)
    now = utc_now()
    target = copies.target_of(register.engine, path, now)
    exists = target.exists()
    if exists:
        _agreed(
            "backup.ask_overwrite",
            lambda: RefusedError("backup.exists", path=str(target)),
            yes=yes,
            path=str(target),
        )
    made = copies.make(register.engine, target, now, overwrite=exists)
    say("backup.made", path=str(made.path), kb=-(-made.size // 1000))


def restore(path: Path, *, yes: YesOption = False, config: ConfigOption = None) -> None:
    """Put a copy in the register's place; the former register is kept.  Example: enhetskoll restore enhetskoll.db"""  # noqa: D415 -- help text
    settings = load(config)
    engine = open_engine(settings.database_url)
    found = copies.examine(path)
    if found.problems:
        raise found.problems[0]
    _agreed("backup.ask_restore", lambda: RefusedError("backup.not_asked"), yes=yes, path=str(path))
    aside = copies.restore(engine, path, utc_now())
    say("backup.restored", path=str(path))
    now = checking.check(engine)
    say("backup.figures_of_copy", assets=now.assets, n=now.entries)
    if aside is not None:
        say("backup.aside", path=str(aside))


def _tell_of_restore(register: Opened) -> None:
    """Say that figures lower than yesterday's are a copy's, where they are."""
    if (last := copies.last_restore(register.engine)) is not None:
        local = last.at.astimezone(register.config.schedule.zone)
        say("backup.restored_at", when=f"{local:%Y-%m-%d %H:%M}", file=last.facts.get("file", "-"))


def _tell(problems: tuple[TrackerError, ...]) -> None:
    for problem in problems:
        typer.echo(problem.say(language()), err=True)


def verify(
    path: Annotated[Path | None, typer.Argument(help="A copy to check as well.")] = None,
    *,
    config: ConfigOption = None,
) -> None:
    """Check the database, the journal's chain, and a copy.  Example: enhetskoll verify /var/backups/enhetskoll.db"""  # noqa: D415 -- help text
    register = opened(config)
    own = checking.check(register.engine)
    problems = own.problems
    if not own.problems:
        say("cli.verify_ok", n=own.entries, assets=own.assets)
        _tell_of_restore(register)
    if path is not None:
        copy = copies.examine(path)
        problems += copy.problems
        if not own.problems and not checking.continues(register.engine, copy):
            problems += (TrackerError("backup.not_continued", path=str(path)),)
        if not copy.problems:
            say("backup.copy_ok", path=str(path))
    if problems:
        _tell(problems)
        raise typer.Exit(EXIT_FAILED)


def move(
    url: Annotated[str, typer.Argument(help="The empty database, as [database] url would say it.")],
    *,
    config: ConfigOption = None,
) -> None:
    """Copy the register into an empty database of another kind.  Example: enhetskoll move postgresql://enhetskoll@db/enhetskoll"""  # noqa: D415 -- help text
    from tracker.backup.moving import move as move_register  # noqa: PLC0415 -- this command only

    if not url.startswith(("sqlite:///", "postgresql://")):
        raise RefusedError("backup.bad_url")
    register = opened(config)
    count = move_register(register.engine, open_engine(url))
    say("backup.moved", n=count, path=str(register.config.path))


def add(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(backup)
    app.command()(restore)
    app.command()(verify)
    app.command()(move)
