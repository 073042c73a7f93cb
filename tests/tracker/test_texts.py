"""Every text stands in both languages with the same placeholders."""

from __future__ import annotations

import ast
import re
import string
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tracker.texts import MissingTextError, catalogue, has_text, text
from tracker.words import Language, Permission

if TYPE_CHECKING:
    from collections.abc import Iterator


def _placeholders(found: str | dict[str, str]) -> set[str]:
    forms = found.values() if isinstance(found, dict) else [found]
    return {name.split("!")[0] for form in forms for _, name, _, _ in string.Formatter().parse(form) if name}


def test_both_languages_hold_the_same_codes() -> None:
    assert set(catalogue(Language.SV)) == set(catalogue(Language.EN))
    assert len(catalogue(Language.SV)) > 0


def test_both_languages_ask_for_the_same_data() -> None:
    swedish, english = catalogue(Language.SV), catalogue(Language.EN)
    differing = {
        code
        for code in swedish
        if code in english and _placeholders(swedish[code]) != _placeholders(english[code])
    }
    assert differing == set()


def test_no_swedish_text_begs_or_shouts() -> None:
    forms = {
        (code, form)
        for code, found in catalogue(Language.SV).items()
        for form in (found.values() if isinstance(found, dict) else [found])
    }
    assert [code for code, form in forms if "!" in form or "var god" in form.casefold()] == []


def test_an_unknown_code_is_an_error_and_never_shown() -> None:
    assert not has_text("no.such.code")
    with pytest.raises(MissingTextError):
        text("no.such.code", Language.SV)


ROOT = Path(__file__).parents[2]
CODE = re.compile(r"[a-z_]+(\.[a-z0-9_-]+)+")
OTHER_NAMES = re.compile(r"\.(list|show|form|box|index|id)$")
"""Endpoints and columns, which look like codes."""
OWN_FILES = re.compile(r"\.(toml|py|html|css|js|db|csv|pem|json|png|jsonl)$")


def _strings(path: Path) -> Iterator[str]:
    """Every string constant of a module; of f-strings the part before the first value."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _used_in_templates() -> Iterator[str]:
    for folder, pattern in (
        ("templates", r"\bt\(\s*['\"]([a-z0-9_.-]+)['\"]\s*[,)]"),
        ("static", r"\bsay\(\"([^\"]+)\""),
    ):
        for path in (ROOT / "web" / folder).rglob("*.*"):
            yield from re.findall(pattern, path.read_text(encoding="utf-8"))


def test_every_code_that_is_used_has_its_text() -> None:
    known = catalogue(Language.SV)
    areas = {code.split(".")[0] for code in known} | {"config"}
    used = set(_used_in_templates())
    for package in ("tracker", "web"):
        for path in (ROOT / package).rglob("*.py"):
            if "migrations" not in path.parts:
                used |= {s for s in _strings(path) if CODE.fullmatch(s) and not OWN_FILES.search(s)}
    codes = {code for code in used if code.split(".")[0] in areas}
    assert len(codes) > 200
    permissions = {permission.value for permission in Permission}
    missing = {c for c in codes if c not in known and c not in permissions and not OTHER_NAMES.search(c)}
    assert missing == set()
