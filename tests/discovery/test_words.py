"""What coverage says can be read in both languages: each method has its name, each reason its sentence."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from discovery.coverage import HARVESTS, NAMING, SWEEPS
from discovery.probes import PROBES
from tracker.texts import has_text
from tracker.words import Language

DISCOVERY = Path(__file__).resolve().parents[2] / "discovery"
METHODS = sorted({*SWEEPS, *HARVESTS, *NAMING, "neighbour", "nd", *(probe.NAME for probe in PROBES)})
_REASON = re.compile(r"^[a-z]+(-[a-z]+)*$")


def _spoken(call: ast.Call) -> list[ast.expr]:
    """Where a call says a reason: the second word of `skipped`, the last of an error or a `Method`."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name == "skipped":
        return call.args[1:2]
    if name == "ProbeFailedError":
        return call.args[2:3]
    return [word.value for word in call.keywords if word.arg == "reason"] if name == "Method" else []


def _reasons() -> set[str]:
    found: set[str] = set()
    for path in DISCOVERY.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                found |= {a.value for a in _spoken(node) if isinstance(a, ast.Constant) and a.value}
    return {reason for reason in found if isinstance(reason, str) and _REASON.fullmatch(reason)}


FIGURED = {"failed", "malformed-lines", "cut-short", "late", "rooms", "unknown-networks"}
"""Reasons with a number behind a colon."""
ASSIGNED = {"echo-everywhere", "not-everybody", "no-answer", "disabled", "gentle", "deadline", "stopped"}
"""Reasons that are not said in the call itself."""


def test_the_search_finds_the_reasons() -> None:
    assert {
        "not-permitted",
        "not-configured",
        "no-login",
        "too-large",
        "old-export",
        "tool-missing",
    } <= _reasons()


@pytest.mark.parametrize("language", Language)
def test_every_method_and_every_reason_has_its_words(language: Language) -> None:
    missing = [name for name in METHODS if not has_text(f"scanpages.method.{name}", language)]
    reasons = _reasons() | ASSIGNED | FIGURED
    missing += [r for r in reasons if not has_text(f"scanpages.reason.{r.replace('-', '_')}", language)]
    assert missing == []
