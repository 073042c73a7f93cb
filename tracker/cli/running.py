"""Runs the command line: errors become one sentence in the operator's language and an exit code."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from typer.main import get_command

from tracker import cli
from tracker.cli.shown import safe
from tracker.cli.unforeseen import Watch
from tracker.config import Config, load
from tracker.db import open_engine
from tracker.errors import ConfigError, TrackerError
from tracker.migrations import is_current
from tracker.texts import text
from tracker.words import Language

ConfigOption = Annotated[
    Path | None, typer.Option("--config", envvar="ENHETSKOLL_CONFIG", help="The configuration file.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]

EXIT_FAILED = 1
EXIT_USAGE = 2


@dataclass(frozen=True, slots=True)
class Opened:
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


def _fail(sentence: str) -> None:
    typer.echo(sentence, err=True)
    sys.exit(EXIT_FAILED)


def run() -> None:
    """The console script."""
    Watch(language).begin()
    try:
        get_command(cli.build())()  # the application itself would put its own report in the place of ours
    except ConfigError as error:
        typer.echo(_config_sentences(error), err=True)
        sys.exit(EXIT_USAGE)
    except TrackerError as error:
        _fail(_filled(error.code, error.data))
    except OperationalError as error:
        _fail(text("cli.register_unavailable", language(), said=safe(str(error.orig).strip())))
    except OSError as error:
        _fail(text("cli.system", language(), file=error.filename or "-", said=error.strerror or str(error)))
