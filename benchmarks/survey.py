"""A night on a network that is lived in: our whole survey beside ``nmap -sV`` on the same hosts, in one run.

On a /16 of our own (`benchmarks.crowd`) one address in twenty answers, with real daemons of eight kinds. Our survey sweeps
all addresses, probes who answers and says what each is; nmap is told who lives and asks the same ports. nmap is read kindly:
it knows a host's class when the class stands anywhere in what it says of the host's services, and its maker when the maker
does, or is the one whom it names for the MAC. Exit 1 when a claim does not hold: 300 s at 5,000 packets a second, 99 of 100
services found, 300 MB, and at the default rate 1.2 times what the plan foretold.

    python -m benchmarks.survey                the /16; nmap gets 250 of the hosts
    python -m benchmarks.survey --all          nmap gets them all
    python -m benchmarks.survey --polite       at the default rate too, beside what the plan foretold
    python -m benchmarks.survey --prefix 22    smaller: does it work?
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import crowd
from discovery.sweeps.figures import PORTS
from tests.lab.topology import Lab, is_possible

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from benchmarks.crowd import Crowd, Kind

MOST_S, MOST_MB, LEAST_FOUND, OVER_PLAN = 300, 300, 0.99, 1.2
SAMPLE = 250
_CLASS_WORDS = {"camera": "webcam", "network": "switch", "power": "power-device", "storage": "storage-misc"}
"""What nmap calls a class (nmap-service-probes, ``d/`` fields), where they are not ours."""


_SAID = ("product", "version", "extrainfo", "devicetype", "hostname", "ostype")


@dataclass(frozen=True, slots=True)
class Result:
    """One way of looking.

    Attributes:
        live: hosts that it was to look at; `seen`: those it saw.
        wanted, found: services.
        nameable: hosts that say what they are; `classed`, `made`: those whose class and maker were said rightly;
            `wrong`: those whose class was said wrongly.
    """

    way: str
    seconds: float
    peak_mb: float
    live: int
    seen: int = 0
    wanted: int = 0
    found: int = 0
    nameable: int = 0
    classed: int = 0
    made: int = 0
    wrong: int = 0

    def row(self) -> str:
        """For the table."""
        return (
            f"| {self.way} | {self.seen:,} of {self.live:,} | {self.found:,} of {self.wanted:,} "
            f"({self.found / max(self.wanted, 1):.1%}) | {self.classed:,} of {self.nameable:,} | {self.wrong} "
            f"| {self.made:,} of {self.nameable:,} | {self.seconds:.0f} | {self.peak_mb:.0f} |"
        )


def _timed(words: Sequence[str], take: Callable[[str], None]) -> tuple[float, float]:
    """Run a command, its output line by line; seconds and peak memory in MB."""
    began = time.perf_counter()
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(words, stdout=said, cwd=Path(__file__).resolve().parent.parent)
        _, status, usage = os.wait4(process.pid, 0)  # ip-netns executes the program in its place
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - began
        if process.returncode != 0:
            sys.exit(f"failed: {' '.join(words)}")
        said.seek(0)
        for line in said:
            take(line)
    return seconds, usage.ru_maxrss / 1024


def _config(place: Crowd, rate: int | None) -> Path:
    """The configuration; without a rate the product's own defaults."""
    path = place.scanner.folder() / "config.toml"
    rates = f"[limits]\nrate = {rate}\n\n" if rate else ""
    path.write_text(
        f'[[networks]]\nname = "crowd"\ncidr = "{place.network}"\n\n{rates}'
        f'[snmp]\ncommunities = ["{crowd.COMMUNITY}"]\n',
        encoding="utf-8",
    )
    return path


def _ours_said(sightings: Mapping[str, dict[str, Any]], live: Mapping[str, Kind]) -> Counter[str]:
    count: Counter[str] = Counter()
    for ip, kind in live.items():
        one = sightings.get(ip, {})
        learnt = {(e["probe"], e["key"]) for e in one.get("evidence", ())}
        ports = set(one.get("attributes", {}).get("ports", ()))
        count["seen"] += bool(one)
        count["wanted"] += len(kind.tcp) + len(kind.speaks)
        count["found"] += len(kind.tcp & ports) + len(learnt.intersection(kind.speaks))
        if kind.device_class is not None:
            identity = one.get("identity") or {}
            said = identity.get("device_class") or "unknown"
            count["nameable"] += 1
            count["classed"] += said == kind.device_class
            count["made"] += identity.get("vendor") == kind.vendor
            count["wrong"] += said not in {kind.device_class, "unknown"}
    return count


def _survey(place: Crowd, rate: int | None) -> tuple[Result, dict[str, Any]]:
    """Our survey; its coverage line beside the result."""
    words = (sys.executable, "-m", "discovery", "survey", "--config", str(_config(place, rate)))
    sightings: dict[str, dict[str, Any]] = {}
    coverage: dict[str, Any] = {}

    def take(line: str) -> None:
        fields = json.loads(line)
        if fields["type"] == "sighting":
            sightings.update({address["ip"]: fields for address in fields["addresses"] if address["ip"]})
        elif fields["type"] == "coverage":
            coverage.update(fields)

    seconds, peak = _timed(place.scanner.command(*words), take)
    way = f"Enhetskoll, {rate:,} packets/s" if rate else "Enhetskoll, as shipped"
    return Result(way, seconds, peak, len(place.live), **_ours_said(sightings, place.live)), coverage


def _foretold(place: Crowd) -> float:
    """Seconds that the plan says a survey at the default rate takes."""
    words = (sys.executable, "-m", "discovery", "plan", "--config", str(_config(place, None)))
    said: list[float] = []

    def take(line: str) -> None:
        fields = json.loads(line)
        if fields.get("type") == "duration":
            said.append(float(fields["seconds"]))

    _timed(place.scanner.command(*words), take)
    return sum(said)


def _nmap_says(host: ET.Element) -> tuple[set[int], str]:
    """Open ports, and all that is said of the services in one text."""
    ports: set[int] = set()
    words: list[str] = []
    for port in host.iter("port"):
        state = port.find("state")
        if state is None or state.get("state") != "open":
            continue
        ports.add(int(port.get("portid", "0")))
        for service in port.iter("service"):
            words += [service.get(name, "") for name in _SAID]
    return ports, " ".join(words)


def _stands(word: str, text: str) -> bool:
    return re.search(rf"\b{re.escape(word)}\b", text, re.IGNORECASE) is not None


def _nmap(place: Crowd, most: int | None) -> Result:
    """The same by nmap, of the hosts that listen on any port."""
    speaking = {ip: kind for ip, kind in place.live.items() if kind.tcp}
    live = dict(list(speaking.items())[:most])
    targets = place.scanner.folder() / "targets"
    targets.write_text("\n".join(live) + "\n", encoding="ascii")
    out = place.scanner.folder() / "nmap.xml"
    ports = ",".join(map(str, sorted(PORTS)))
    words = ("nmap", "-n", "-Pn", "-sV", "-T4", "-p", ports, "-iL", str(targets), "-oX", str(out))
    seconds, peak = _timed(place.scanner.command(*words), lambda _line: None)
    count: Counter[str] = Counter()
    for host in ET.parse(out).getroot().iter("host"):  # noqa: S314 -- nmap wrote it just now
        found = next(a.get("addr", "") for a in host.iter("address") if a.get("addrtype") == "ipv4")
        kind, (ports_open, said) = live[found], _nmap_says(host)
        count["seen"] += bool(ports_open)
        count["wanted"] += len(kind.tcp)
        count["found"] += len(kind.tcp & ports_open)
        if kind.device_class is not None:
            its_word = _CLASS_WORDS.get(kind.device_class, kind.device_class)
            maker = " ".join(address.get("vendor", "") for address in host.iter("address"))
            count["nameable"] += 1
            count["classed"] += _stands(kind.device_class, said) or _stands(its_word, said)
            count["made"] += _stands(kind.vendor, f"{said} {maker}")
    return Result("nmap -sV -T4", seconds, peak, len(live), **count)


def _broken(result: Result) -> list[str]:
    found = result.found / max(result.wanted, 1)
    checks = (
        (result.seconds > MOST_S, f"{result.seconds:.0f} s, over {MOST_S}"),
        (result.peak_mb > MOST_MB, f"{result.peak_mb:.0f} MB, over {MOST_MB}"),
        (found < LEAST_FOUND, f"{found:.1%} of the services found, under {LEAST_FOUND:.0%}"),
        (result.seen < result.live, f"{result.live - result.seen} hosts missed"),
    )
    return [said for is_so, said in checks if is_so]


def measure(place: Crowd, args: argparse.Namespace) -> list[str]:
    """All ways, one after the other; the claims that do not hold."""
    print(
        "| way | hosts seen | services found | class right | wrong | maker right | s | peak MB |\n|---|---|---|---|---|---|---|---|"
    )
    quick, coverage = _survey(place, args.rate)
    print(quick.row(), flush=True)
    broken = _broken(quick)
    if args.polite:
        foretold = _foretold(place)
        polite, _ = _survey(place, None)
        print(polite.row(), flush=True)
        if polite.seconds > OVER_PLAN * foretold:
            broken.append(f"{polite.seconds:.0f} s at the default rate; the plan foretold {foretold:.0f} s")
        print(
            f"\nThe plan foretold {foretold:.0f} s at the default rate: {polite.seconds / foretold:.2f} times that.\n"
        )
    if not args.no_nmap:
        print(_nmap(place, None if args.all else SAMPLE).row(), flush=True)
    print(f"\n{coverage['packets']:,} packets. By method:")
    for method in coverage["methods"]:
        reason = f" ({method['reason']})" if method["reason"] else ""
        print(
            f"  {method['name']:10} {method['state']:8} {method['answered']:>6,} of {method['targets']:>6,}{reason}"
        )
    return broken


def main() -> None:
    """Measure; exit 1 when a claim does not hold."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--prefix", type=int, default=16, choices=range(16, 25))
    parser.add_argument("--rate", type=int, default=5_000)
    parser.add_argument("--polite", action="store_true", help="at the default rate too (some minutes)")
    parser.add_argument("--all", action="store_true", help="nmap on all hosts (a long time)")
    parser.add_argument("--no-nmap", action="store_true")
    args = parser.parse_args()
    if reason := is_possible():
        sys.exit(f"The benchmark cannot run here: {reason}.")
    with Lab(prefix="ekcrowd") as lab:
        place = crowd.build(lab, args.prefix, 0.05)
        broken = measure(place, args)
    for one in broken:
        print(one, file=sys.stderr)
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
