"""What the plan and the scan say of rights that are missing, and of the scanner itself, in a network namespace of the test's own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tracker import cli
from tracker.cli import rights

ROOT = Path(__file__).resolve().parents[3]
OWN = "10.77.200.1"
LINK = (
    f"mount -t sysfs sysfs /sys; ip link set lo up; ip link add eth9 type veth peer name eth8; ip link set eth8 up; ip addr add {OWN}/29 dev eth9; "
    'ip link set eth9 up; exec "$@"'
)
WITHOUT = ("setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw")
pytestmark = [
    pytest.mark.wire,
    pytest.mark.xdist_group("cli"),
    pytest.mark.skipif(
        os.geteuid() != 0 or not (shutil.which("ip") and shutil.which("setpriv")),
        reason="needs root, iproute2 and util-linux",
    ),
]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """An installation whose one network is the namespace's own link."""
    config = tmp_path / "config.toml"
    words = ["init", "--network", "lan=10.77.200.0/29@Stadshuset", "--config", str(config)]
    done = CliRunner().invoke(cli.build(), words)
    assert done.exit_code == 0, done.output
    return config


def _say(config: Path, *words: str, without: bool = False, ping: str = "1 0") -> str:
    line = [*(WITHOUT if without else ()), sys.executable, "-m", "tracker", *words, "--config", str(config)]
    allow = f'sysctl -qw net.ipv4.ping_group_range="{ping}"; '
    env = {**os.environ, "PYTHONPATH": str(ROOT), "ENHETSKOLL_LANGUAGE": "sv"}
    done = subprocess.run(
        ["unshare", "--net", "--mount", "sh", "-c", allow + LINK, "sh", *line],
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_with_the_right_the_plan_is_by_arp(place: Path) -> None:
    said = _say(place, "scan", "--plan")
    assert "lan: arp till högst 6 adresser" in said
    assert "icmp till" not in said  # on the own link nobody is pinged beside
    assert "görs inte" not in said


def test_without_it_the_plan_names_what_is_lost_as_the_scan_does(place: Path) -> None:
    said = _say(place, "scan", "--plan", without=True)
    assert "arp till" not in said
    assert "icmp till" not in said
    for method in ("ARP-svep", "ICMP-svep"):
        assert f"lan: {method} görs inte: Rättigheten saknas på den här datorn." in said
    assert "net.ipv4.ping_group_range" in said
    assert "lan: tcp till högst 6 adresser" in said


def test_a_group_that_may_ping_is_recognised(place: Path) -> None:
    said = _say(place, "scan", "--plan", without=True, ping="0 2147483647")
    assert "lan: icmp till högst 6 adresser" in said
    assert "ICMP-svep görs inte" not in said


def test_the_scan_says_what_was_lost_and_which_of_the_strangers_is_the_scanner(place: Path) -> None:
    said = _say(place, "scan", without=True)
    for method in ("ARP-svep", "ICMP-svep"):
        assert f"  {method} gjordes inte: Rättigheten saknas på den här datorn." in said
    assert f"  {OWN} är den här datorn, som skannar. Den är inte registrerad" in said
    (found,) = [json.loads(line) for line in _say(place, "findings", "--json").splitlines()]
    assert found["facts"]["observer"] is True
    assert _say(place, "findings").count("Datorn som Enhetskoll skannar från är inte registrerad") == 1


def test_the_rights_are_told_with_the_line_that_gives_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ENHETSKOLL_LANGUAGE", "sv")
    assert set(rights.held()) == {"arp", "icmp"}
    monkeypatch.setattr(rights, "held", lambda: {"arp": False, "icmp": True})
    rights.rights()
    first, second, _, line = capsys.readouterr().out.splitlines()
    assert first.startswith("ARP-svep görs inte: Rättigheten saknas på den här datorn.")
    assert second == "ICMP-svep får göras."
    assert "cap_net_raw+ep" in line
    monkeypatch.setattr(rights, "held", lambda: {"arp": True, "icmp": True})
    rights.rights()
    assert "cap_net_raw" not in capsys.readouterr().out
    rights.rights(as_json=True)
    assert json.loads(capsys.readouterr().out) == {"v": 1, "type": "rights", "arp": True, "icmp": True}
