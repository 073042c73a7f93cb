"""Every text that a template names is there in both languages, and no template opens what the policy closes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tracker.texts import catalogue, has_text
from tracker.words import Language

WEB = Path(__file__).parents[2] / "web"
TEMPLATES = sorted(WEB.glob("templates/**/*.html"))
SCRIPTS = sorted(WEB.glob("static/*.js"))
CODE = re.compile(r'\bt\(\s*"([a-z_]+(?:\.[a-z0-9_]+)+)"')
SAID = re.compile(r'\bsay\(\s*"([a-z_]+(?:\.[a-z0-9_]+)+)"')
CLOSED = re.compile(
    r"\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)|javascript:|\|\s*safe\b|https?://", re.IGNORECASE
)
NAMES = {"ids": lambda path: path.relative_to(WEB).as_posix()}


def test_there_are_templates_and_scripts_to_look_at() -> None:
    assert len(TEMPLATES) > 10
    assert len(SCRIPTS) > 5


@pytest.mark.parametrize("path", [*TEMPLATES, *SCRIPTS], **NAMES)
def test_every_text_named_exists_in_both_languages(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    named = set(CODE.findall(source)) | set(SAID.findall(source))
    missing = {(code, lang.value) for code in named for lang in Language if not has_text(code, lang)}
    assert missing == set()


@pytest.mark.parametrize("path", TEMPLATES, **NAMES)
def test_no_template_has_what_the_content_policy_forbids(path: Path) -> None:
    assert CLOSED.findall(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", SCRIPTS, **NAMES)
def test_a_script_is_a_short_plain_module(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert len(source.splitlines()) <= 200
    assert "eval(" not in source
    assert "http://" not in source
    assert "https://" not in source


def test_the_pages_say_the_same_things_in_both_languages() -> None:
    areas = ("web.", "start.", "returns.", "handovers.")
    swedish, english = (
        {code for code in catalogue(language) if code.startswith(areas)}
        for language in (Language.SV, Language.EN)
    )
    assert swedish == english
