"""A scanner keeps the right to send frames, where it has it, and no other: read of real processes in proc(5)."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from discovery.dropping import NET_RAW, kept

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.wire

PATIENCE = 10.0
ROOT = Path(__file__).resolve().parents[2]
RAW = 1 << NET_RAW
SETPCAP = 1 << 8
"""CAP_SETPCAP (capabilities(7)): without it the bounding set cannot be made smaller."""
CONFIG = '[[networks]]\nname = "lan"\ncidr = "127.9.0.0/25"\nrate = 20\n[limits]\nmemory_mb = 700\n'


def _status(process: int | str) -> dict[str, str]:
    lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    return {key: value.strip() for key, _, value in (line.partition(":") for line in lines)}


def _rights(status: dict[str, str]) -> dict[str, int]:
    return {name: int(status[f"Cap{name}"], 16) for name in ("Inh", "Prm", "Eff", "Bnd", "Amb")}


def _memory(process: int) -> str:
    """The hard limit of its address space."""
    limits = Path(f"/proc/{process}/limits").read_text(encoding="ascii").splitlines()
    return next(line for line in limits if line.startswith("Max address space")).split()[4]


OWN = _rights(_status("self"))


@pytest.fixture(scope="module")
def scanner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[subprocess.Popen[bytes]]:
    config = tmp_path_factory.mktemp("scanner") / "config.toml"
    config.write_text(CONFIG, encoding="utf-8")
    words = [sys.executable, "-m", "discovery", "survey", "--config", str(config)]
    process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and _memory(process.pid) == "unlimited":
        time.sleep(0.02)  # noqa: TID251 -- waits until the scanner has bounded itself
    yield process
    process.kill()
    process.communicate()


def test_a_scanner_at_work_holds_the_right_to_send_frames_and_no_other(
    scanner: subprocess.Popen[bytes],
) -> None:
    status = _status(scanner.pid)
    bound = RAW & OWN["Bnd"] if OWN["Eff"] & SETPCAP else OWN["Bnd"]
    may = OWN["Prm"] & RAW
    assert _rights(status) == {"Inh": 0, "Prm": may, "Eff": may, "Bnd": bound, "Amb": 0}
    assert status["NoNewPrivs"] == "1"


def test_a_scanner_at_work_is_bounded_in_memory(scanner: subprocess.Popen[bytes]) -> None:
    assert _memory(scanner.pid) == str(700 * 2**20)


def test_what_a_scanner_starts_holds_no_more() -> None:
    said = "from discovery.dropping import drop; import subprocess; drop(); subprocess.run(['cat', '/proc/self/status'])"
    done = subprocess.run(
        [sys.executable, "-c", said], cwd=ROOT, capture_output=True, text=True, check=True, timeout=30
    )
    rights = _rights(dict(line.split(":", 1) for line in done.stdout.splitlines()))
    assert rights["Eff"] | rights["Prm"] | rights["Inh"] | rights["Amb"] in {0, RAW}


def test_the_right_is_kept_only_where_it_was_held() -> None:
    assert (kept(0x1FFFFFFFFFF), kept(RAW), kept(SETPCAP), kept(0)) == (RAW, RAW, 0, 0)
