"""The commands, one noun a file. Each module has `add(app)`; importing this package imports none of them."""

from __future__ import annotations

import logging
from importlib import import_module
from typing import Annotated

import typer

from tracker import logs

COMMANDS = (
    "setup",
    "rights",
    "scans",
    "findings",
    "intake",
    "people_files",
    "models",
    "copies",
    "serving",
    "units",
    "demo",
)
"""Modules of this package, in the order of ``--help``."""


def _every(
    debug: Annotated[
        bool,
        typer.Option("--debug", envvar="ENHETSKOLL_DEBUG", help="Log everything, and where an error arose."),
    ] = False,
) -> None:
    if debug:
        logs.begin(level=logging.DEBUG)


def build() -> typer.Typer:
    """The whole command line."""
    app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)
    app.callback()(_every)
    for name in COMMANDS:
        import_module(f"tracker.cli.{name}").add(app)
    return app
