"""The commands, one noun a file. Each module has `add(app)`; importing this package imports none of them."""

from __future__ import annotations

from importlib import import_module

import typer

COMMANDS = (
    "setup",
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


def build() -> typer.Typer:
    """The whole command line."""
    app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)
    for name in COMMANDS:
        import_module(f"tracker.cli.{name}").add(app)
    return app
