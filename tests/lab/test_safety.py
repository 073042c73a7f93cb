"""What really leaves the scanner, read off the wire by tcpdump: nothing out of scope, nothing that prints, no burst."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.lab import appliances
from tests.lab.topology import Lab, is_possible

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
SENT = re.compile(r"^(?P<at>[\d.]+) (?:ARP, Request who-has (?P<asked>[\d.]+)|IP [\d.]+ > (?P<to>[\d.]+):)")


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
        (lab.folder / "config.toml").write_text(CONFIG)
        yield lab


def _survey(lab: Lab, *before: str) -> tuple[list[dict[str, Any]], Path]:
    """Run a survey and capture all that leaves the scanner meanwhile."""
    scanner, pcap = lab.hosts["scanner"], lab.folder / f"{time.monotonic_ns()}.pcap"
    words = ("tcpdump", "-i", "eth0", "-Q", "out", "-U", "-s", "96", "-w", str(pcap), "-Z", "root")
    ear = scanner.start(*words)
    while not pcap.exists() or pcap.stat().st_size == 0:
        time.sleep(0.05)  # noqa: TID251 -- waits for tcpdump
    done = subprocess.run(
        scanner.command(
            *before, sys.executable, "-m", "discovery", "survey", "--config", lab.folder / "config.toml"
        ),  # type: ignore[arg-type]
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


def _sent(said: str) -> list[tuple[float, str]]:
    found = [SENT.match(line) for line in said.splitlines()]
    ends = ((m, m["asked"] or ".".join(m["to"].split(".")[:4])) for m in found if m)
    return [(float(m["at"]), to) for m, to in ends]


def _most_in_a_second(moments: list[float]) -> int:
    moments = sorted(moments)
    most, first = 0, 0
    for last, moment in enumerate(moments):
        while moment - moments[first] > 1:
            first += 1
        most = max(most, last - first + 1)
    return most


def _methods(lines: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    (coverage,) = (line for line in lines if line["type"] == "coverage")
    return {method["name"]: method for method in coverage["methods"]}


def _addresses(lines: list[dict[str, Any]]) -> dict[str, str | None]:
    return {a["ip"]: a["mac"] for line in lines if line["type"] == "sighting" for a in line["addresses"]}


@pytest.fixture(scope="module")
def surveyed(lab: Lab) -> tuple[list[dict[str, Any]], Path]:
    return _survey(lab)


def test_only_what_may_be_sent_is_sent(lab: Lab, surveyed: tuple[list[dict[str, Any]], Path]) -> None:
    lines, pcap = surveyed
    said = _read(lab.hosts["scanner"], pcap)
    sent = _sent(said)
    targets = {to for _, to in sent}
    assert PRINTER in targets, "the printer was asked, so the capture saw the survey"
    assert NEVER not in targets
    assert all(to.startswith("10.77.9.") and int(to.rsplit(".", 1)[1]) < 128 for to in targets)
    assert not re.search(r"> [\d.]+\.(515|910[0-7]):", said)
    for port in (80, 631):
        asked = rf"> {re.escape(PRINTER)}\.{port}: Flags \[S\]"
        assert re.search(asked, said), "an open port that may be asked was asked"
    assert _addresses(lines) == LIVE
    assert _methods(lines)["arp"]["state"] == "done"


def test_a_real_printer_is_known_by_what_it_says_of_itself(
    surveyed: tuple[list[dict[str, Any]], Path],
) -> None:
    lines, _ = surveyed
    (printer,) = (line for line in lines if line.get("addresses", [{}])[0].get("ip") == PRINTER)
    assert printer["identity"]["device_class"] == "printer"
    assert "mdns service: _ipp._tcp" in printer["identity"]["because"]
    assert set(printer["attributes"]["ports"]) == {22, 80, 631}, "of its open ports, those that may be asked"


def test_the_rates_are_kept_on_the_wire(lab: Lab, surveyed: tuple[list[dict[str, Any]], Path]) -> None:
    _, pcap = surveyed
    sent = _sent(_read(lab.hosts["scanner"], pcap))
    assert len(sent) > RATE
    # Acknowledgements that the kernel sends are in the count; the wire allows for four packets a connection.
    assert _most_in_a_second([at for at, _ in sent]) <= RATE * 1.1
    by_host = Counter(to for _, to in sent)
    busiest = by_host.most_common(1)[0][0]
    assert _most_in_a_second([at for at, to in sent if to == busiest]) <= HOST_RATE * 1.1


def test_without_any_right_it_falls_back_and_says_so(lab: Lab) -> None:
    lines, pcap = _survey(lab, *NO_CAPABILITY)
    methods = _methods(lines)
    assert (methods["arp"]["state"], methods["arp"]["reason"]) == ("skipped", "not-permitted")
    assert methods["icmp"]["state"] == "done"
    assert methods["tcp"]["state"] == "done"
    # The kernel asked by ARP on its own for whom it spoke to, and its table says the MAC.
    assert _addresses(lines) == LIVE
    assert NEVER not in {to for _, to in _sent(_read(lab.hosts["scanner"], pcap))}


def test_a_survey_that_is_told_to_stop_ends_within_a_second_and_says_partial(lab: Lab) -> None:
    scanner = lab.hosts["scanner"]
    words = [sys.executable, "-m", "discovery", "survey", "--config", str(lab.folder / "config.toml")]
    process = subprocess.Popen(scanner.command(*words), cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    first = json.loads(process.stdout.readline())
    assert first["step"] == "arp"
    process.terminate()
    told = time.monotonic()
    lines = [json.loads(line) for line in process.stdout]
    assert process.wait(timeout=5) == 0
    process.stdout.close()
    assert time.monotonic() - told < 1
    assert _methods(lines)["arp"] | {"answered": 0, "targets": 0} == {
        "name": "arp",
        "state": "partial",
        "reason": "stopped",
        "answered": 0,
        "targets": 0,
    }
