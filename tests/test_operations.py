"""docs/operations.md says what is so: its commands, options, keys, figures, answers and links exist."""

from __future__ import annotations

import re
import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from prometheus_client import generate_latest
from typer.main import get_command

from tracker import cli
from tracker.cli.units import texts as units
from tracker.config import parse
from tracker.queries.system import Figures
from tracker.tables import Scan
from tracker.texts import catalogue
from tracker.words import Language, ScanCause, ScanState
from web.pages.metrics import registry_of

if TYPE_CHECKING:
    import click

PAGE = Path(__file__).resolve().parent.parent / "docs" / "operations.md"
TEXT = PAGE.read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)
CONSOLE = [line for kind, body in BLOCKS if kind == "console" for line in body.splitlines()]
TYPED = re.compile(r"(?:^[$#] |`)(enhetskoll (?:[^`\n]*))", re.MULTILINE)
OTHERS_SAY = re.compile(r"/opt/\S+ cap_net_raw|enhetskoll_\w+[ {]|\d{4}-\d\d-\d\dT\S+Z INFO |  sudo |\.\.\.$")
"""Answers of other programs, figures, log lines, and what was left out."""


def _commands() -> dict[str, click.Command]:
    return {name: cli.loaded(name) for name in cli.COMMANDS}


def _says_much(line: str) -> bool:
    """A text that is little but gaps would stand for any answer."""
    return len(re.sub(r"\{\w+\}|\W", "", line)) > 7


def _answers() -> re.Pattern[str]:
    """Any line that the program may say in English."""
    found: list[str] = []
    for said in catalogue(Language.EN).values():
        for form in said.values() if isinstance(said, dict) else [said]:
            lines = form.replace("{{", "{").replace("}}", "}").splitlines()
            found.extend(re.sub(r"\\\{\w+\\\}", ".*", re.escape(one)) for one in lines if _says_much(one))
    return re.compile("|".join(found))


@pytest.mark.parametrize("typed", sorted({match.strip() for match in TYPED.findall(TEXT)}))
def test_every_command_and_option_exists(typed: str) -> None:
    _, *words = shlex.split(typed)
    known = _commands()
    group = get_command(cli.build())
    while words[0].startswith("--"):
        assert words.pop(0) in {option for one in group.params for option in one.opts}
    name = words.pop(0)
    if name == "COMMAND":  # any
        return
    assert name in known
    options = {option for one in known[name].params for option in one.opts}
    assert {word for word in words if word.startswith("--")} <= options


def test_the_page_names_commands_to_look_at() -> None:
    named = {shlex.split(typed)[1] for typed in TYPED.findall(TEXT)}
    assert named >= {"init", "upgrade", "backup", "restore", "verify", "units", "run", "scan", "move"}


def test_every_answer_is_one_that_the_program_gives() -> None:
    answers = _answers()
    said = [line for line in CONSOLE if not re.match(r"[$#] ", line) and not OTHERS_SAY.match(line)]
    assert len(said) > 20
    assert not answers.fullmatch("The backup is made and lost: x.db (459 kB).")
    assert [line for line in said if not answers.fullmatch(line.strip())] == []


@pytest.mark.parametrize("source", [body for kind, body in BLOCKS if kind == "toml"])
def test_every_piece_of_configuration_is_one(source: str, tmp_path: Path) -> None:
    token = tmp_path / "metrics-token"
    token.write_text("f" * 48)
    token.chmod(0o600)
    parse(source, tmp_path / "config.toml")


def test_every_figure_is_given() -> None:
    at = datetime(2026, 11, 24, tzinfo=UTC)
    scan = Scan(network_id=1, cause=ScanCause.NIGHTLY, state=ScanState.DONE, asked_at=at)
    figures = Figures((("kontor", False),), {}, 0, 0, {}, (("kontor", scan),), at, 1)
    given = set(
        re.findall(r"^(enhetskoll_\w+)", generate_latest(registry_of(figures)).decode(), re.MULTILINE)
    )
    named = set(re.findall(r"enhetskoll_[a-z_]+", TEXT))
    assert named
    assert named <= given


def test_every_unit_is_made(tmp_path: Path) -> None:
    made = set(units(parse("", tmp_path / "config.toml"), "enhetskoll"))
    named = set(re.findall(r"/etc/systemd/system/([\w.-]+)", TEXT))
    assert named == made


def test_every_link_leads_somewhere() -> None:
    anchors = {
        re.sub(r"[^\w -]", "", head).lower().replace(" ", "-")
        for head in re.findall(r"^## (.+)$", TEXT, re.MULTILINE)
    }
    for target in re.findall(r"\]\(([^)]+)\)", TEXT):
        if target.startswith("#"):
            assert target[1:] in anchors
        else:
            assert (PAGE.parent / target).exists()
