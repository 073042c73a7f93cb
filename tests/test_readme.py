"""README.md says what is so: its commands, targets, links and the words of the terminal and the pages that it names."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tracker import cli
from tracker.texts import text
from tracker.words import Language

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
TYPED = re.compile(r"(?:^ {4}|`)((?:enhetskoll|make) [^`#\n]+)", re.MULTILINE)


@pytest.mark.parametrize("typed", sorted({match.strip() for match in TYPED.findall(TEXT)}))
def test_every_command_is_there(typed: str) -> None:
    program, *words = shlex.split(typed)
    if program == "make":
        assert re.search(rf"^{words[0]}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
        return
    known = {option for parameter in cli.loaded(words[0]).params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= known


def test_every_link_leads_somewhere() -> None:
    links = re.findall(r"\]\(([^)]+)\)", TEXT)
    assert len(links) > 8
    assert [link for link in links if not (ROOT / link).exists()] == []


@pytest.mark.parametrize("code", ["queue.title", "imports.page.title"])
def test_pages_are_called_as_they_call_themselves(code: str) -> None:
    assert f"*{text(code, Language.SV)}* ({text(code, Language.EN)})" in " ".join(TEXT.split())


def test_what_init_and_rights_are_said_to_do_they_say() -> None:
    assert "enhetskoll rights" in text("cli.init_rights", Language.EN, command="")
    assert "net.ipv4.ping_group_range" in text("cli.init_rights", Language.EN, command="")
    assert "{command}" not in text("cli.right_grant", Language.EN, command="sudo")
