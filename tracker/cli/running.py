"""Runs the command line: errors become one sentence in the operator's language and an exit code."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer
from typer.main import get_command

from tracker import cli
from tracker.cli.shown import safe
from tracker.cli.unforeseen import Watch
from tracker.errors import ConfigError, TrackerError
from tracker.texts import text
from tracker.words import Language

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tracker.config import Config

ConfigOption = Annotated[
    Path | None, typer.Option("--config", envvar="ENHETSKOLL_CONFIG", help="The configuration file.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]

EXIT_FAILED = 1
EXIT_USAGE = 2


class Opened(NamedTuple):
    """The configuration and its register."""

    config: Config
    engine: Engine


def language() -> Language:
    """The terminal's language: ENHETSKOLL_LANGUAGE, else what LANG says; Swedish unless it says English."""
    said = os.environ.get("ENHETSKOLL_LANGUAGE") or os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    return Language.EN if said.lower().startswith("en") else Language.SV


def say(code: str, **data: object) -> None:
    """One sentence on the terminal; what fills it may come from a device or a file."""
    typer.echo(_filled(code, data))


def _filled(code: str, data: dict[str, object]) -> str:
    return text(code, language(), **{k: safe(v) if isinstance(v, str) else v for k, v in data.items()})


def opened(path: Path | None) -> Opened:
    """Load the configuration and open its register.

    Raises:
        ConfigError: the configuration cannot be used.
        TrackerError: there is no register yet, or it is of another version.
    """
    from tracker.config import load  # noqa: PLC0415 -- these load the register's libraries, which `--help` needs not
    from tracker.db import open_engine  # noqa: PLC0415
    from tracker.migrations import is_current  # noqa: PLC0415

    config = load(path)
    engine = open_engine(config.database_url)
    if not is_current(engine):
        raise TrackerError("error.not_initialised", path=str(config.path))
    return Opened(config, engine)


def _config_sentences(error: ConfigError) -> str:
    lines = [text("error.config", language(), path=error.path, n=len(error.complaints))]
    for complaint in error.complaints:
        sentence = text(complaint.code, language(), **dict(complaint.data))
        where = f"{complaint.line}: " if complaint.line else ""
        lines.append(f"  {where}{sentence}")
    return "\n".join(lines)


def _unavailable(error: Exception) -> str | None:
    """The sentence where the database cannot be reached or written; None where it is something else."""
    from sqlalchemy.exc import OperationalError  # noqa: PLC0415 -- loads long, and only where something failed

    if not isinstance(error, OperationalError):
        return None
    return text("cli.register_unavailable", language(), said=safe(str(error.orig).strip()))


def _fail(sentence: str) -> None:
    typer.echo(sentence, err=True)
    sys.exit(EXIT_FAILED)


def run() -> None:
    """The console script."""
    watch = Watch(language)
    watch.begin()
    try:
        get_command(
            cli.build(watch.listen)
        )()  # the application itself would put its own report in the place of ours
    except ConfigError as error:
        typer.echo(_config_sentences(error), err=True)
        sys.exit(EXIT_USAGE)
    except TrackerError as error:
        _fail(_filled(error.code, error.data))
    except OSError as error:
        _fail(text("cli.system", language(), file=error.filename or "-", said=error.strerror or str(error)))
    except Exception as error:
        sentence = _unavailable(error)
        if sentence is None:
            raise
        _fail(sentence)
