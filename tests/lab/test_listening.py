"""The watcher on a real link: who asks a real DHCP server for an address and answers no probe is found all the same."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lab import daemons
from tests.lab.topology import Lab, is_possible, wait_for

pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("lab")]

ROOT = Path(__file__).resolve().parents[2]
CONFIG = '[[networks]]\nname = "lan"\ncidr = "10.77.9.0/24"\nsite = "Stadshuset"\n'
MAC = "9c:b6:d0:00:09:21"
ONLY_RAW = (
    "setpriv",
    "--bounding-set=-all,+net_raw",
    "--inh-caps=-all,+net_raw",
    "--ambient-caps=-all,+net_raw",
)
"""As the unit gives it: the right to hear a link, and no other."""


def test_who_asks_for_an_address_and_answers_nobody_is_found_by_listening() -> None:
    if reason := is_possible():
        pytest.skip(reason)
    with Lab() as lab:
        lab.segment("sw")
        scanner = lab.host("scanner", "sw", "02:aa:00:00:09:02", "10.77.9.2/24")
        server = lab.host("server", "sw", "02:aa:00:00:09:01", "10.77.9.1/24")
        shy = lab.host("shy", "sw", MAC)
        daemons.dnsmasq(server, ["10.77.9.100,10.77.9.120,255.255.255.0,1h"])
        (lab.folder / "config.toml").write_text(CONFIG)
        words = (
            "watch",
            "--config",
            str(lab.folder / "config.toml"),
            "--interface",
            "eth0",
            "--seconds",
            "60",
        )
        before = scanner.run("cat", "/sys/class/net/eth0/statistics/tx_packets")
        watching = subprocess.Popen(
            scanner.command(*ONLY_RAW, sys.executable, "-m", "discovery", *words),
            stdout=subprocess.PIPE,
            cwd=ROOT,
            text=True,
        )
        try:
            # Once it has joined mDNS's group it hears.
            joined = scanner.command("sh", "-c", "ip maddress show dev eth0 | grep -q 224.0.0.251")
            wait_for("the watcher", joined)
            ip = daemons.dhcp_client(shy, hostname="skylt-entre")
            shy.run("sysctl", "-qw", "net.ipv4.icmp_echo_ignore_all=1")
            shy.run("ip", "link", "set", "eth0", "down")
        finally:
            watching.terminate()
            said, _ = watching.communicate(timeout=20)
        after = scanner.run("cat", "/sys/class/net/eth0/statistics/tx_packets")
    lines = [json.loads(line) for line in said.splitlines()]
    (seen,) = (one for one in lines if one["type"] == "sighting" and one["addresses"][0]["mac"] == MAC)
    assert (seen["addresses"][0]["ip"], seen["names"], seen["source"]) == (ip, ["skylt-entre"], "dhcp")
    assert {e["key"] for e in seen["evidence"] if e["probe"] == "dhcp"} >= {
        "hostname",
        "vendor_class",
        "param_list",
        "mac",
    }
    (covered,) = (one for one in lines if one["type"] == "coverage")
    assert [m["name"] for m in covered["methods"]] == ["passive"]
    assert int(after) - int(before) < 30, "the kernel's own joins and neighbour discovery, no probe"
