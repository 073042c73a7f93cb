"""The house keeps its shape: small modules, a capture for every probe, texts and a rule for every finding kind."""

from __future__ import annotations

import re
import subprocess
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import pytest

from discovery.probes import PROBES
from tracker.texts import has_text
from tracker.words import FindingKind, Language

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("discovery", "tracker", "web")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
FORBIDDEN_NAMES = {"utils", "helpers", "manager", "common"}
WORKPLACE = re.compile(r"/" + r"work/|/" + r"farm/|\." + r"library|bash_" + r"jobs")


def _lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_no_module_is_past_400_lines() -> None:
    written = [path for path in MODULES if "versions" not in path.parts]  # migrations are what Alembic wrote
    assert [str(path.relative_to(ROOT)) for path in written if _lines(path) > 400] == []


def test_the_median_module_fits_on_a_screen_or_two() -> None:
    assert median(_lines(path) for path in MODULES if path.name != "__init__.py") <= 130


def test_no_script_for_the_browser_is_past_200_lines() -> None:
    scripts = (ROOT / "web" / "static").rglob("*.js")
    assert [path.name for path in scripts if _lines(path) > 200] == []


def test_no_drawer_for_odds_and_ends() -> None:
    assert [path for path in MODULES if path.stem in FORBIDDEN_NAMES] == []


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.NAME)
def test_every_probe_has_a_capture_with_its_origin_and_a_test(probe: ModuleType) -> None:
    name = probe.__name__.rpartition(".")[2]
    captures = [path for path in (ROOT / "tests/discovery/captures" / name).glob("*") if path.is_file()]
    assert captures, f"no capture of what {name} reads"
    assert (ROOT / f"tests/discovery/probes/test_{name}.py").exists()


@pytest.mark.parametrize("kind", FindingKind)
def test_every_finding_kind_has_a_rule_and_its_texts(kind: FindingKind) -> None:
    assert import_module(f"tracker.rules.{kind.value}").__doc__
    for language in Language:
        assert has_text(f"finding.{kind.value}", language) or has_text(f"findings.{kind.value}", language)


def test_no_path_of_a_workplace_is_in_the_project() -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split()
    tracked = [ROOT / name for name in listed if not name.endswith((".lock", ".png"))]
    found = [
        path for path in tracked if path.is_file() and WORKPLACE.search(path.read_text("utf-8", "replace"))
    ]
    assert found == []
