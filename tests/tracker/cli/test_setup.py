"""What `init` asks and proposes, who may send raw frames, and the units for systemd."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from tracker import cli, scanner
from tracker.cli import setup
from tracker.cli.units import texts
from tracker.config import load, parse

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

CONFIG = """
[[networks]]
cidr = "10.20.0.0/24"
name = "kontor"
[backup]
folder = "/var/backups/enhetskoll"
"""


def _adapters(*found: tuple[str, str, int]) -> Iterable[object]:
    return [
        SimpleNamespace(name=name, ips=[SimpleNamespace(ip=ip, network_prefix=prefix, is_IPv4=True)])
        for name, ip, prefix in found
    ]


def test_only_networks_that_may_be_scanned_are_proposed(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = [
        ("lo", "127.0.0.1", 8),
        ("eth0", "10.20.0.7", 24),
        ("eth1", "10.0.0.9", 8),
        ("eth2", "192.0.2.1", 32),
        ("eth3", "193.10.1.4", 24),
        ("docker0", "172.17.0.1", 16),
        ("wg0", "10.99.0.1", 24),
    ]
    monkeypatch.setattr("tracker.cli.setup.ifaddr.get_adapters", lambda: _adapters(*seen))
    assert setup.own_networks() == ["10.20.0.0/24"]


def test_init_asks_for_what_was_not_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracker.cli.setup.own_networks", lambda: ["10.20.0.0/24", "10.30.0.0/24"])
    monkeypatch.setattr("tracker.cli.setup._has_terminal", lambda: True)
    config = tmp_path / "config.toml"
    answers = "y\nStadshuset\nn\n10.40.0.0/33\nskolan=10.40.0.0/24@Kvarnskolan\n\nanna\n"
    done = CliRunner().invoke(cli.build(), ["init", "--config", str(config)], input=answers)
    assert done.exit_code == 0, done.output
    assert "10.40.0.0/33 är inget nät" in done.output
    found = {network.name: (str(network.cidrs[0]), network.site) for network in load(config).networks}
    assert found == {
        "10.20.0.0/24": ("10.20.0.0/24", "Stadshuset"),
        "skolan": ("10.40.0.0/24", "Kvarnskolan"),
    }
    assert "Inloggning: anna" in done.output
    assert "cap_net_raw+ep" in done.output


def test_the_right_goes_to_a_python_of_the_scanners_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bin" / "python"))
    assert scanner.executable() == str(tmp_path / "bin" / "python")
    assert str(tmp_path / "bin" / "enhetskoll-scanner") in scanner.grant()
    (tmp_path / "bin").mkdir()
    scanner.own().write_text("#!/bin/sh\n")
    assert scanner.executable() == str(tmp_path / "bin" / "python")
    scanner.own().chmod(0o750)
    assert scanner.executable() == str(scanner.own())


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setcap"), reason="needs root and setcap")
def test_the_granted_scanner_alone_opens_raw_sockets(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "v")], check=True)
    python, own = tmp_path / "v/bin/python", tmp_path / "v/bin/enhetskoll-scanner"
    line = f"install -m 0755 '{python.resolve()}' '{own}' && setcap cap_net_raw+ep '{own}'"
    subprocess.run(["sh", "-c", line], check=True)
    ask = "import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)"
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    as_nobody = ["setpriv", "--reuid=65534", "--clear-groups", "--bounding-set=-all,+net_raw"]
    if subprocess.run([*as_nobody, str(python), "-c", "1"], check=False, capture_output=True).returncode:
        pytest.skip("this Python cannot be run by nobody")
    assert subprocess.run([*as_nobody, str(own), "-c", ask], check=False).returncode == 0
    refused = subprocess.run([*as_nobody, str(python), "-c", ask], check=False, capture_output=True)
    assert b"PermissionError" in refused.stderr


def test_only_the_schedulers_unit_may_send_raw_frames(tmp_path: Path) -> None:
    made = texts(parse(CONFIG, tmp_path / "config.toml"), "enhetskoll")
    assert set(made) == {"enhetskoll.target", "enhetskoll-web.service", "enhetskoll-schedule.service"}
    assert "AmbientCapabilities=CAP_NET_RAW" in made["enhetskoll-schedule.service"]
    assert "CapabilityBoundingSet=\n" in made["enhetskoll-web.service"]
    assert "AF_PACKET" not in made["enhetskoll-web.service"]
    assert "MemoryMax=2G\nCPUQuota=150%\n" in made["enhetskoll-schedule.service"]
    assert "MemoryMax=1G\nCPUQuota=400%\n" in made["enhetskoll-web.service"]
    for name in ("enhetskoll-web.service", "enhetskoll-schedule.service"):
        assert f'ReadWritePaths="{tmp_path}" "/var/backups/enhetskoll"\n' in made[name]
        assert f"--config {tmp_path / 'config.toml'}" in made[name]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")
def test_systemd_understands_the_units(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(CONFIG)
    done = CliRunner().invoke(
        cli.build(), ["units", "--config", str(config), "--user", "root", "--folder", str(tmp_path)]
    )
    assert done.exit_code == 0, done.output
    files = [str(path) for path in tmp_path.iterdir() if path.suffix in {".service", ".target"}]
    said = subprocess.run(["systemd-analyze", "verify", *files], capture_output=True, text=True, check=False)
    complaints = [line for line in said.stderr.splitlines() if str(tmp_path) in line or "enhetskoll" in line]
    assert complaints == []
