"""What a survey learns of every protocol that the lab speaks, on the own link and through a router."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.lab.night import ROOT
from tests.lab.services import HOSTS, SERVICES, Truth, settle

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
    is_real: bool
    wanted: int
    learnt: tuple[int, ...]

    @property
    def is_whole(self) -> bool:
        """Whether all was learnt everywhere."""
        return set(self.learnt) == {self.wanted}


@dataclass(frozen=True, slots=True)
class Told:
    """What one host was taken for, from one place.

    Attributes:
        behind: devices found behind it.
        packets: what it was sent.
    """

    place: str
    host: str
    truth: Truth
    identity: dict[str, Any]
    behind: int
    packets: int

    @property
    def is_right(self) -> bool:
        """Whether the class and the devices behind it are true, and no wrong maker told; who is many things may be taken for any."""
        wrong_class = self.truth.device_class not in {None, self.identity.get("device_class")}
        wrong_vendor = self.truth.vendor is not None and self.identity.get("vendor") not in {
            None,
            self.truth.vendor,
        }
        return not wrong_class and not wrong_vendor and self.behind == self.truth.behind


@dataclass(frozen=True, slots=True)
class Looked:
    """A survey from one of `PLACES`."""

    place: str
    seconds: float
    packets: int
    by_ip: dict[str, dict[str, Any]]
    behind: Counter[str]

    def told(self) -> list[Told]:
        """What each host was taken for."""
        return [
            Told(
                self.place,
                name,
                truth,
                (seen := self.by_ip.get(truth.ip, {})).get("identity") or {},
                self.behind[truth.ip],
                seen.get("attributes", {}).get("packets", 0),
            )
            for name, truth in HOSTS.items()
        ]


def _config(scanner: Host) -> str:
    path = scanner.folder() / "recall.toml"
    path.write_text(
        '[[networks]]\nname = "a"\ncidr = "10.77.1.0/24"\n[snmp]\ncommunities = ["lab-public"]\n',
        encoding="utf-8",
    )
    return str(path)


def _survey(place: str, scanner: Host) -> Looked:
    words = (sys.executable, "-m", "discovery", "survey", "--config", _config(scanner))
    started = time.monotonic()
    done = subprocess.run(
        scanner.command(*words), cwd=ROOT, capture_output=True, text=True, check=True, timeout=120
    )
    seconds = time.monotonic() - started
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    seen = [line for line in lines if line["type"] == "sighting"]
    return Looked(
        place,
        seconds,
        sum(line["packets"] for line in lines if line["type"] == "coverage"),
        {address["ip"]: line for line in seen for address in line["addresses"] if address["ip"]},
        Counter(a["via"] for line in seen for a in line["addresses"] if not a["ip"]),
    )


def recall(lab: Lab) -> tuple[list[Recall], list[Looked]]:
    """Bring two segments, a router and all services up, and look at them from both sides."""
    for segment in "ab":
        lab.segment(segment)
    lab.router("rt", [("a", "00:1b:21:00:00:01", "10.77.1.1/24"), ("b", "00:1b:21:00:00:02", "10.77.2.1/24")])
    settle(lab, "a")
    scanners = (
        lab.host("near", "a", "02:00:00:00:00:aa", "10.77.1.2/24", "10.77.1.1"),
        lab.host("far", "b", "02:00:00:00:00:ab", "10.77.2.2/24", "10.77.2.1"),
    )
    with ThreadPoolExecutor() as both:
        looked = list(both.map(_survey, PLACES, scanners))
    found = []
    for one in SERVICES:
        ip = HOSTS[one.host].ip
        said = [
            {(e["probe"], e["key"]) for e in each.by_ip.get(ip, {}).get("evidence", ())} for each in looked
        ]
        learnt = tuple(len(keys.intersection(one.proves)) for keys in said)
        found.append(Recall(one.protocol, one.speaks, one.is_real, len(one.proves), learnt))
    return found, looked


def table(found: list[Recall], looked: list[Looked]) -> str:
    """For the terminal."""
    lines = [f"{'protocol':9} {'by':22} {'':9} {PLACES[0]:>12} {PLACES[1]:>8}"]
    for one in found:
        near, far = (f"{learnt}/{one.wanted}" for learnt in one.learnt)
        made = "real" if one.is_real else "faithful"
        lines.append(f"{one.protocol:9} {one.speaks:22} {made:9} {near:>12} {far:>8}")
    lines += ["", f"{'host':11} {'from':12} {'told to be':50} {'behind':>6} {'packets':>8}"]
    for told in (told for each in looked for told in each.told()):
        words = (told.identity.get(key) for key in ("device_class", "vendor", "model"))
        said = f"{' '.join(filter(None, words))} ({told.identity.get('confidence', 0):.2f})"
        mark = "" if told.is_right else "  WRONG"
        lines.append(f"{told.host:11} {told.place:12} {said:50} {told.behind:>6} {told.packets:>8}{mark}")
    lines += [
        "",
        *(f"{each.place}: {each.seconds:.1f} s, {each.packets} packets" for each in looked),
    ]
    return "\n".join(lines)
