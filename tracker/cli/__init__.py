"""The commands, one noun a file. Each module has `add(app)`; it is imported when one of its commands is called.

A register's tables and the libraries below them load for more than a second: who asks for help does not wait for them.
"""

from __future__ import annotations

import ast
import logging
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command
from typing_extensions import override

from tracker import logs

if TYPE_CHECKING:
    from collections.abc import Callable

COMMANDS = {
    "init": "setup",
    "upgrade": "setup",
    "rights": "rights",
    "scan": "scans",
    "reconcile": "scans",
    "resolve": "scans",
    "findings": "findings",
    "import": "intake",
    "import-undo": "intake",
    "import-people": "people_files",
    "import-models": "models",
    "backup": "copies",
    "restore": "copies",
    "verify": "copies",
    "move": "copies",
    "serve": "serving",
    "schedule": "serving",
    "run": "serving",
    "units": "units",
    "demo": "demo",
}
"""Each command and the module of this package that adds it, in the order of ``--help``."""


@cache
def _sentences(module: str) -> dict[str, str]:
    """What the functions of a module say of themselves, by the command each is; read, for running it is what takes long."""
    tree = ast.parse(Path(__file__).with_name(f"{module}.py").read_text(encoding="utf-8"))
    functions = (one for one in tree.body if isinstance(one, ast.FunctionDef))
    return {one.name.rstrip("_").replace("_", "-"): ast.get_docstring(one) or "" for one in functions}


def _nothing() -> None:
    pass


def loaded(name: str) -> TyperCommand:
    """A command, its module imported.

    Raises:
        KeyError: there is none of that name, or its module does not add it.
    """
    app = typer.Typer()
    app.callback()(_nothing)  # makes it a group, however few commands are added
    import_module(f"tracker.cli.{COMMANDS[name]}").add(app)
    group: Any = get_command(app)
    command: TyperCommand = group.commands[name]
    return command


class Commands(TyperGroup):
    """Lists the commands by their sentences, and loads the one that is called."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.commands.update({name: TyperCommand(name) for name in COMMANDS})

    @override
    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """A command as `--help` lists it."""
        command = super().get_command(ctx, cmd_name)
        if command is not None:
            command.help = _sentences(COMMANDS[cmd_name])[cmd_name]
        return command

    @override
    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """The command that is called; a name that is none is refused as ever."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, loaded(name) if name else command, rest


def build(first: Callable[[], None] = _nothing) -> typer.Typer:
    """The whole command line; `first` is called when the command's module is loaded, before the command runs."""
    app = typer.Typer(
        cls=Commands, no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False
    )

    def every(
        debug: Annotated[
            bool,
            typer.Option(
                "--debug", envvar="ENHETSKOLL_DEBUG", help="Log everything, and where an error arose."
            ),
        ] = False,
    ) -> None:
        if debug:
            logs.begin(level=logging.DEBUG)
        first()

    app.callback()(every)
    return app
