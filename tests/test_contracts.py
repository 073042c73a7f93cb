"""The import contracts hold, and each is seen to bite: a planted breach must be caught by the contract it breaks."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

BREACHES = [
    ("discovery/scope.py", "import tracker.words", "Dependencies point one way"),
    ("tracker/register.py", "import web", "Dependencies point one way"),
    ("tracker/reconcile.py", "import discovery.probes", "published language only"),
    ("web/pages/findings.py", "import discovery.wire", "published language only"),
    ("tracker/matching.py", "import tracker.db", "Deciding modules"),
    ("tracker/rules/end_of_life.py", "import sqlmodel", "Deciding modules"),
    ("discovery/merge.py", "import socket", "Deciding modules"),
    ("discovery/probes/ssh.py", "import socket", "wire"),
    ("tracker/rules/not_seen.py", "import tracker.rules.end_of_life", "No rule knows another"),
    ("discovery/probes/ssh.py", "import discovery.probes.snmp", "No probe knows another"),
    ("tracker/tables/assets.py", "import tracker.movements", "Tables hold columns"),
    ("web/pages/start.py", "import tracker.looking", "never load the scanner"),
    ("web/pages/start.py", "import scapy", "never load the scanner"),
]


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200"},
    )


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("contracts")
    for package in ("discovery", "tracker", "web"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


@pytest.mark.xdist_group("contracts")
def test_the_contracts_hold() -> None:
    found = _lint(ROOT)
    assert found.returncode == 0, found.stdout


@pytest.mark.xdist_group("contracts")
@pytest.mark.parametrize(("module", "breach", "contract"), BREACHES)
def test_a_planted_breach_is_caught(copy: Path, module: str, breach: str, contract: str) -> None:
    path = copy / module
    before = path.read_text(encoding="utf-8")
    path.write_text(f"{before}\n{breach}\n", encoding="utf-8")
    try:
        found = _lint(copy)
    finally:
        path.write_text(before, encoding="utf-8")
    assert found.returncode == 1, found.stdout
    broken = [line for line in found.stdout.splitlines() if "BROKEN" in line]
    assert any(contract in line for line in broken), found.stdout
