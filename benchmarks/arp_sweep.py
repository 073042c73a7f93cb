"""Who answers, and how soon: our ARP sweep beside ``nmap -sn -PR`` and arp-scan, in one namespace of our own.

Every second /24 of the network answers (AnyIP routes in a second namespace), so half of it is silent. All
three sweep the same link in the same run. Prints one row a sweep; ``--json`` prints them as JSON. Needs root.

    .venv/bin/python benchmarks/arp_sweep.py             /20 with nmap; /16 without (nmap would need 20 minutes)
    .venv/bin/python benchmarks/arp_sweep.py --full      nmap on the /16 too
"""

from __future__ import annotations

import argparse
import ipaddress
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.lab.topology import Host, Lab, is_possible, run  # noqa: E402 -- the path comes first

FRAME = 64
"""Bytes arp-scan counts for one request (arp-scan(1), --bandwidth: the minimum Ethernet frame)."""
POLITE = 1000
"""Requests per second when nothing is configured."""


@dataclass(frozen=True, slots=True)
class Row:
    """One sweep: seconds it took, hosts it found of those that answer, packets it sent, peak memory in MB."""

    tool: str
    network: str
    live: int
    found: int
    seconds: float
    packets: int
    peak_mb: float


def _packets(host: Host) -> int:
    path = "/sys/class/net/eth0/statistics/tx_packets"
    return int(host.run("cat", path))


def measure(host: Host, tool: str, network: str, live: set[str], words: list[str]) -> Row:
    """Run one sweep inside the scanner's namespace and read the addresses out of what it prints."""
    before = _packets(host)
    started = time.perf_counter()
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(host.command(*words), stdout=output, cwd=ROOT)
        _, status, usage = os.wait4(process.pid, 0)  # the tool's own peak: ip-netns executes it in its place
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - started
        output.seek(0)
        said = output.read()
    if process.returncode != 0:
        sys.exit(f"{tool} failed: {' '.join(words)}")
    found = set(re.findall(r"\b(?:\d{1,3}\.){3}\d{1,3}\b", _hosts_only(tool, said))) & live
    return Row(
        tool,
        network,
        len(live),
        len(found),
        round(seconds, 2),
        _packets(host) - before,
        round(usage.ru_maxrss / 1024, 1),
    )


def _hosts_only(tool: str, output: str) -> str:
    if not tool.startswith("enhetskoll"):
        return output
    lines = [json.loads(line) for line in output.splitlines()]
    return "\n".join(line["ip"] for line in lines if line["type"] == "host")


def answering(lab: Lab, network: ipaddress.IPv4Network) -> set[str]:
    """Make every second /24 answer; the addresses that do."""
    live: set[str] = set()
    for part in list(network.subnets(new_prefix=24))[::2]:
        run("ip", "-n", lab.hosts["many"].namespace, "route", "add", "local", str(part), "dev", "eth0")
        live.update(str(address) for address in part)
    live.discard(str(network.network_address))
    live.discard(str(network.broadcast_address))
    return live


def ours(network: str, rate: int) -> list[str]:
    """Our own sweep's command."""
    words = [sys.executable, "-m", "discovery", "sweep", network, "--method", "arp", "--interface", "eth0"]
    return [*words, "--rate", str(rate)]


def compare(prefix: int, *, with_nmap: bool) -> list[Row]:
    """All sweeps of one network size, one after the other on the same quiet link."""
    network = ipaddress.IPv4Network(f"10.99.0.0/{prefix}")
    text = str(network)
    rows: list[Row] = []
    with Lab(prefix=f"ekb{prefix}") as lab:
        lab.segment("sw")
        scanner = lab.host("scan", "sw", "00:1b:21:00:00:aa", f"{network.broadcast_address - 5}/{prefix}")
        lab.host("many", "sw", "00:1b:21:00:00:bb")
        live = answering(lab, network)
        live.discard(scanner.ip or "")
        for rate in (POLITE, *(megabits * 1_000_000 // (FRAME * 8) for megabits in (10, 100))):
            scan = ["arp-scan", "--interface=eth0", f"--bandwidth={rate * FRAME * 8}", "--retry=2"]
            scan += ["--plain", "-q", text]
            rows.append(measure(scanner, f"arp-scan {rate}/s", text, live, scan))
            rows.append(measure(scanner, f"enhetskoll {rate}/s", text, live, ours(text, rate)))
        rows.append(measure(scanner, "enhetskoll 20000/s", text, live, ours(text, 20_000)))
        if with_nmap:
            rows.append(
                measure(scanner, "nmap -sn -PR -T4", text, live, ["nmap", "-sn", "-PR", "-T4", "-n", text])
            )
    return rows


def ratios(rows: list[Row]) -> list[str]:
    """Our seconds as a share of arp-scan's, at each rate that both were run at."""
    took = {(row.network, row.tool): row.seconds for row in rows}
    return [
        f"{network} {tool}: {seconds / took[network, peer]:.2f} times the seconds of {peer}"
        for (network, tool), seconds in took.items()
        if tool.startswith("enhetskoll") and (network, peer := tool.replace("enhetskoll", "arp-scan")) in took
    ]


def main() -> None:
    """Run, print the table, fail when our sweep missed a host."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--full", action="store_true", help="nmap on the /16 too (about 20 minutes)")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    if reason := is_possible():
        sys.exit(f"The benchmark cannot run here: {reason}.")
    rows = compare(20, with_nmap=True) + compare(16, with_nmap=args.full)
    if args.json:
        print(json.dumps([asdict(row) for row in rows]))
    else:
        print(f"{'sweep':24} {'network':14} {'found/live':>14} {'seconds':>8} {'packets':>8} {'peak MB':>8}")
        for row in rows:
            found = f"{row.found}/{row.live}"
            print(
                f"{row.tool:24} {row.network:14} {found:>14} {row.seconds:8.2f} {row.packets:8} {row.peak_mb:8.1f}"
            )
        print(*ratios(rows), sep="\n")
    missed = [row for row in rows if row.tool.startswith("enhetskoll") and row.found < row.live]
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
