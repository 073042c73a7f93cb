"""The commands are listed without being loaded, and one is loaded without the others."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup
from typer.main import get_command
from typer.testing import CliRunner

from tracker import cli

ROOT = Path(__file__).resolve().parents[3]
LOADED = """
import sys
from tracker.cli.running import run
sys.argv = ["enhetskoll", *sys.argv[1:]]
try:
    run()
finally:
    heavy = {"alembic", "flask", "pydantic", "rich.progress", "scapy", "sqlalchemy", "sqlmodel", "tracker.tables"}
    print(sorted(heavy & set(sys.modules)), file=sys.stderr)
"""


def _loads(*words: str) -> str:
    """Which of the libraries that load long are there when the command ends."""
    line = [sys.executable, "-c", LOADED, *words]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    return done.stderr.splitlines()[-1]


def test_help_loads_nothing_that_takes_long() -> None:
    assert _loads("--help") == "[]"


def test_a_command_loads_no_library_of_anothers(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("")
    units = _loads("units", "--config", str(config), "--folder", str(tmp_path))
    assert units == "['pydantic', 'sqlalchemy']"
    assert (tmp_path / "enhetskoll.target").is_file()
    findings = _loads("findings", "--config", str(config))
    assert findings == "['pydantic', 'sqlalchemy', 'sqlmodel', 'tracker.tables']"


@pytest.mark.parametrize("module", sorted(set(cli.COMMANDS.values())))
def test_each_command_of_a_module_is_listed(module: str) -> None:
    app = typer.Typer()
    app.callback()(lambda: None)
    import_module(f"tracker.cli.{module}").add(app)
    group = get_command(app)
    assert isinstance(group, TyperGroup)
    assert set(group.commands) == {name for name, of in cli.COMMANDS.items() if of == module}


def test_every_module_that_adds_commands_is_known() -> None:
    folder = ROOT / "tracker" / "cli"
    adding = {
        file.stem for file in folder.glob("*.py") if "\ndef add(app" in file.read_text(encoding="utf-8")
    }
    assert adding == set(cli.COMMANDS.values())


def test_what_is_listed_is_what_each_says_of_itself() -> None:
    group = get_command(cli.build())
    assert isinstance(group, TyperGroup)
    for name in cli.COMMANDS:
        assert group.get_command(None, name).help == cli.loaded(name).help, name
    assert (
        " ".join(CliRunner().invoke(cli.build(), ["--help"]).output.split()).count("Example: enhetskoll") > 10
    )


def test_a_misspelt_command_is_refused_with_the_nearest() -> None:
    done = CliRunner().invoke(cli.build(), ["finding"])
    assert done.exit_code == 2
    assert "No such command 'finding'. Did you mean 'findings'" in " ".join(done.output.split())
