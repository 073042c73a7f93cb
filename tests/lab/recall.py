"""What a survey learns of every protocol that the lab speaks, on the own link and through a router."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.lab.night import ROOT
from tests.lab.services import SERVICES, settle

if TYPE_CHECKING:
    from tests.lab.topology import Host, Lab

PLACES = ("on the link", "routed")


@dataclass(frozen=True, slots=True)
class Recall:
    """One protocol.

    Attributes:
        learnt: for each of `PLACES` what was learnt of what is to be learnt.
    """

    protocol: str
    speaks: str
    wanted: int
    learnt: tuple[int, ...]

    @property
    def is_whole(self) -> bool:
        """Whether all was learnt everywhere."""
        return set(self.learnt) == {self.wanted}


def _config(scanner: Host) -> str:
    path = scanner.folder() / "recall.toml"
    path.write_text(
        '[[networks]]\nname = "a"\ncidr = "10.77.1.0/24"\n[snmp]\ncommunities = ["lab-public"]\n',
        encoding="utf-8",
    )
    return str(path)


def _survey(scanner: Host) -> dict[str, dict[str, Any]]:
    words = (sys.executable, "-m", "discovery", "survey", "--config", _config(scanner))
    done = subprocess.run(
        scanner.command(*words), cwd=ROOT, capture_output=True, text=True, check=True, timeout=120
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    seen = [line for line in lines if line["type"] == "sighting"]
    return {address["ip"]: line for line in seen for address in line["addresses"] if address["ip"]}


def recall(lab: Lab) -> list[Recall]:
    """Bring two segments, a router and all services up, and look at them from both sides."""
    for segment in "ab":
        lab.segment(segment)
    lab.router("rt", [("a", "00:1b:21:00:00:01", "10.77.1.1/24"), ("b", "00:1b:21:00:00:02", "10.77.2.1/24")])
    hosts = settle(lab, "a")
    scanners = (
        lab.host("near", "a", "02:00:00:00:00:aa", "10.77.1.2/24", "10.77.1.1"),
        lab.host("far", "b", "02:00:00:00:00:ab", "10.77.2.2/24", "10.77.2.1"),
    )
    seen = [_survey(scanner) for scanner in scanners]
    found = []
    for one in SERVICES:
        said = [
            {(e["probe"], e["key"]) for e in by_ip.get(hosts[one.protocol].ip or "", {}).get("evidence", ())}
            for by_ip in seen
        ]
        learnt = tuple(len(keys.intersection(one.proves)) for keys in said)
        found.append(Recall(one.protocol, one.speaks, len(one.proves), learnt))
    return found


def table(found: list[Recall]) -> str:
    """For the terminal."""
    lines = [f"{'protocol':9} {'by':20} {PLACES[0]:>12} {PLACES[1]:>8}"]
    for one in found:
        near, far = (f"{learnt}/{one.wanted}" for learnt in one.learnt)
        lines.append(f"{one.protocol:9} {one.speaks:20} {near:>12} {far:>8}")
    return "\n".join(lines)
