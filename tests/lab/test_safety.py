"""What really leaves the scanner, read off the wire by tcpdump: nothing out of scope, nothing that prints, no burst."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.lab import appliances
from tests.lab.topology import Lab, is_possible
from tests.lab.watching import Allowed, Packet, breaches, read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.topology import Host

pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("lab")]

ROOT = Path(__file__).resolve().parents[2]
RATE, HOST_RATE = 200, 40
SCANNER, PRINTER, NEVER, OUTSIDE = "10.77.9.2", "10.77.9.10", "10.77.9.66", "10.77.9.200"
LIVE = {PRINTER: "3c:d9:2b:00:09:10", SCANNER: "02:aa:00:00:09:02"}
CONFIG = f"""
[[networks]]
name = "lan"
cidr = "10.77.9.0/25"
[scope]
never = ["{NEVER}"]
[snmp]
communities = ["public"]
[limits]
rate = {RATE}
host_rate = {HOST_RATE}
"""
LISTEN = """
import socket, threading

def hang_up(door):
    while True:
        door.accept()[0].close()

for port in (515, *range(9100, 9108), 22, 80):
    door = socket.socket(); door.bind(("", port)); door.listen()
    threading.Thread(target=hang_up, args=(door,)).start()
"""
"""Open ports that take a connection and end it: what is asked there is on the wire, and nobody waits for an answer."""
NO_CAPABILITY = ("setpriv", "--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all")
ALLOWED = Allowed(ip_network("10.77.9.0/25"), frozenset({NEVER}), RATE, HOST_RATE)


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    if reason := is_possible():
        pytest.skip(reason)
    with Lab() as lab:
        lab.segment("sw")
        lab.host("scanner", "sw", "02:aa:00:00:09:02", f"{SCANNER}/24")
        lab.host("printer", "sw", "3c:d9:2b:00:09:10", f"{PRINTER}/24")
        lab.host("never", "sw", "3c:d9:2b:00:09:66", f"{NEVER}/24")
        lab.host("outside", "sw", "3c:d9:2b:00:09:c8", f"{OUTSIDE}/24")
        lab.hosts["printer"].start(sys.executable, "-c", LISTEN)
        appliances.printer(lab.hosts["printer"], name="HP3CD92B", maker="HP", model="LaserJet M507")
        yield lab


def _survey(lab: Lab, *before: str, said: str = CONFIG) -> tuple[list[dict[str, Any]], Path]:
    config = str(lab.folder / "config.toml")
    Path(config).write_text(said)
    return _captured(lab, *before, sys.executable, "-m", "discovery", "survey", "--config", config)


def _captured(lab: Lab, *command: str) -> tuple[list[dict[str, Any]], Path]:
    """Run a command of the scanner and capture all that leaves it meanwhile."""
    scanner, pcap = lab.hosts["scanner"], lab.folder / f"{time.monotonic_ns()}.pcap"
    words = ("tcpdump", "-i", "eth0", "-Q", "out", "-U", "-s", "96", "-w", str(pcap), "-Z", "root")
    ear = scanner.start(*words)
    while not pcap.exists() or pcap.stat().st_size == 0:
        time.sleep(0.05)  # noqa: TID251 -- waits for tcpdump
    done = subprocess.run(
        scanner.command(*command),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    time.sleep(0.3)  # noqa: TID251 -- tcpdump writes the last packets
    ear.terminate()
    ear.wait(timeout=5)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()], pcap


def _read(scanner: Host, pcap: Path) -> str:
    return scanner.run("tcpdump", "-nn", "-tt", "-r", str(pcap))


def _methods(lines: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    (coverage,) = (line for line in lines if line["type"] == "coverage")
    return {method["name"]: method for method in coverage["methods"]}


def _addresses(lines: list[dict[str, Any]]) -> dict[str, str | None]:
    return {a["ip"]: a["mac"] for line in lines if line["type"] == "sighting" for a in line["addresses"]}


@pytest.fixture(scope="module")
def surveyed(lab: Lab) -> tuple[list[dict[str, Any]], Path]:
    return _survey(lab)


def test_only_what_may_be_sent_is_sent_and_no_faster(
    lab: Lab, surveyed: tuple[list[dict[str, Any]], Path]
) -> None:
    lines, pcap = surveyed
    said = _read(lab.hosts["scanner"], pcap)
    sent = read(said)
    assert breaches(sent, ALLOWED) == []
    assert len(sent) > RATE
    assert {PRINTER, "10.77.9.65", "10.77.9.67"} <= {one.to for one in sent}, "the capture saw the survey"
    for port in (80, 631):
        asked = rf"> {re.escape(PRINTER)}\.{port}: Flags \[S\]"
        assert re.search(asked, said), "an open port that may be asked was asked"
    found = _addresses(lines)
    assert {ip: mac for ip, mac in found.items() if ":" not in ip} == LIVE
    assert {ip: mac for ip, mac in found.items() if ":" in ip} == {"fe80::3ed9:2bff:fe00:910": LIVE[PRINTER]}
    assert "fe80::3ed9:2bff:fe00:966" not in said, "who is left alone is so by IPv6, too"
    assert "ICMP6, echo request" not in said, "everybody on a link is not asked where somebody is left alone"
    assert _methods(lines)["arp"]["state"] == "done"


SECOND = [Packet(n / HOST_RATE, PRINTER, 80) for n in range(HOST_RATE)]
BREAKING = (
    "from discovery.scope import Scope; Scope.targets = lambda _, cidrs: (a for c in cidrs for a in c.hosts()); \
from discovery.__main__ import main; main()"
)
"""A scanner whose scope no longer looks at the never list."""


@pytest.mark.parametrize(
    ("packets", "said"),
    [
        (SECOND, []),
        ([*SECOND, Packet(3.0, OUTSIDE, 80)], [f"outside the scope: {OUTSIDE}"]),
        ([*SECOND, Packet(3.0, NEVER)], [f"on the never list: {NEVER}"]),
        ([*SECOND, Packet(3.0, PRINTER, 515)], [f"to a port that prints: {PRINTER} 515"]),
        ([*SECOND, Packet(3.0, PRINTER, 9107)], [f"to a port that prints: {PRINTER} 9107"]),
        ([Packet(n / 100, PRINTER, 80) for n in range(46)], [f"46 packets in a second to {PRINTER}"]),
        ([Packet(n / 999, f"10.77.9.{n % 50 + 3}", 80) for n in range(250)], ["250 packets in a second"]),
    ],
)
def test_a_planted_breach_is_seen(packets: list[Packet], said: list[str]) -> None:
    assert breaches(packets, ALLOWED) == said


def test_a_breach_on_the_wire_is_seen(lab: Lab) -> None:
    words = (
        sys.executable,
        "-c",
        BREAKING,
        "sweep",
        "10.77.9.64/29",
        "--method",
        "arp",
        "--interface",
        "eth0",
    )
    _, pcap = _captured(lab, *words)
    found = breaches(read(_read(lab.hosts["scanner"], pcap)), ALLOWED)
    assert set(found) == {f"on the never list: {NEVER}"}


def test_a_real_printer_is_known_by_what_it_says_of_itself(
    surveyed: tuple[list[dict[str, Any]], Path],
) -> None:
    lines, _ = surveyed
    (printer,) = (line for line in lines if line.get("addresses", [{}])[0].get("ip") == PRINTER)
    assert printer["identity"]["device_class"] == "printer"
    assert "mdns service: _ipp._tcp" in printer["identity"]["because"]
    assert set(printer["attributes"]["ports"]) == {22, 80, 631}, "of its open ports, those that may be asked"


def test_without_any_right_it_falls_back_and_says_so(lab: Lab) -> None:
    few = CONFIG.replace('cidr = "10.77.9.0/25"', 'cidrs = ["10.77.9.0/28", "10.77.9.64/29"]')
    lines, pcap = _survey(lab, *NO_CAPABILITY, said=few)
    methods = _methods(lines)
    assert (methods["arp"]["state"], methods["arp"]["reason"]) == ("skipped", "not-permitted")
    assert methods["icmp"]["state"] == "done"
    assert methods["tcp"]["state"] == "done"
    # The kernel asked by ARP on its own for whom it spoke to, and its table says the MAC.
    assert _addresses(lines) == LIVE
    assert breaches(read(_read(lab.hosts["scanner"], pcap)), ALLOWED) == []


FAR = """
[[networks]]
name = "far"
cidr = "10.88.0.0/20"
[[harvest]]
kind = "router"
address = "10.88.99.1"
[snmp]
communities = ["public"]
"""
"""A network of which nobody answers, and a router that does not."""


def _told(process: subprocess.Popen[str], step: str) -> None:
    """Wait until the survey says that it is at a step."""
    assert process.stdout is not None
    for line in process.stdout:
        if json.loads(line).get("step") == step:
            return
    pytest.fail(f"it never came to {step}")


@pytest.mark.parametrize(
    ("step", "config", "after", "how"),
    [
        ("arp", CONFIG, 0.0, signal.SIGTERM),
        ("arp", CONFIG, 0.0, signal.SIGINT),
        ("icmp", FAR, 0.0, signal.SIGTERM),
        ("tcp", FAR.replace("/20", "/24"), 3.5, signal.SIGTERM),
        ("router_arp", FAR, 0.8, signal.SIGTERM),
    ],
)
def test_a_survey_that_is_told_to_stop_ends_within_a_second_and_says_partial(
    lab: Lab, step: str, config: str, after: float, how: signal.Signals
) -> None:
    scanner, path = lab.hosts["scanner"], lab.folder / f"{step}.toml"
    text = config if step == "router_arp" else config.partition("[[harvest]]")[0]
    path.write_text(text + "[limits]\nrate = 9000\n" if "[limits]" not in text else text)
    subprocess.run(
        ["ip", "-n", scanner.namespace, "route", "replace", "10.88.0.0/16", "via", PRINTER], check=True
    )
    words = [sys.executable, "-m", "discovery", "survey", "--config", str(path)]
    process = subprocess.Popen(scanner.command(*words), cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    if step != "router_arp":
        _told(process, "icmp" if step == "tcp" else step)
    # Ports are told of once a host is done with, and an agent that keeps silent is waited for without a word.
    time.sleep(after)  # noqa: TID251 -- until the step has begun
    process.send_signal(how)
    told = time.monotonic()
    lines = [json.loads(line) for line in process.stdout]
    assert process.wait(timeout=5) == 0
    process.stdout.close()
    assert time.monotonic() - told < 1
    method = _methods(lines)[step]
    assert (method["state"], method["reason"]) == ("partial", "stopped")
