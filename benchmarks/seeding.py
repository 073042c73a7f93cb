"""The rows of a large municipality's register, of any size: made from a number, without a database.

Units, persons, assets with serials and MACs, a history of movements, devices on a network a school, open findings. Everything
follows from `Size`: two runs measure the same register. `benchmarks.filling` puts them in, `benchmarks.kept` keeps the register.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from benchmarks.fictional import FIRST, LAST, MODELS
from discovery.sighting import DeviceClass
from tracker.swedish import search_key, sort_key
from tracker.words import (
    AssetStatus,
    Condition,
    FindingKind,
    FindingState,
    IdentifierKind,
    MovementKind,
    Severity,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

BEGUN = datetime(2023, 8, 14, 6, 0, tzinfo=UTC)
"""When the first unit was entered."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything."""

    assets: int = 100_000
    movements: int = 1_000_000
    persons: int = 30_000
    devices: int = 20_000
    findings: int = 5_000
    schools: int = 60
    users: int = 25


QUICK = Size(assets=2_000, movements=8_000, persons=600, devices=400, findings=200, schools=6, users=4)
LONG, LONG_STEPS = 100, 200
"""So many assets have a history of so many steps; the others share what is left."""


class Seeding:
    """One register in the making; every choice comes from one generator with a fixed seed."""

    def __init__(self, size: Size, now: datetime) -> None:
        self.size = size
        self.now = now
        self.chance = random.Random(20261124)  # noqa: S311 -- the same register each time, no secret
        self.schools: list[tuple[int, str, list[int]]] = []  # unit, name, classes
        self.holders: list[list[int]] = []  # persons of each school

    def mac(self, number: int) -> str:
        """The address of an asset; beyond 24 bits, of a device that is nobody's."""
        digits = f"a4bb6d{number:06x}" if number < 1 << 24 else f"acde48{number & 0xFFFFFF:06x}"
        return ":".join(digits[i : i + 2] for i in range(0, 12, 2))

    def serial(self, number: int) -> str:
        """As two makers write theirs."""
        return f"{'PF' if number % 2 else '5CD'}{number * 7919 % 0xFFFFFFF:07X}"

    def tag(self, number: int) -> str:
        """What stands on the label."""
        return f"EK-{100_000 + number}"

    def persons(self) -> Iterator[dict[str, Any]]:
        """Pupils of the schools that are there; assets and movements name them afterwards."""
        self.holders = [[] for _ in self.schools]
        for number in range(self.size.persons):
            school = number % len(self.schools)
            name = f"{self.chance.choice(FIRST)} {self.chance.choice(LAST)}"
            self.holders[school].append(number + 1)
            yield {
                "id": number + 1,
                "external_id": f"p{number}",
                "unit_id": self.chance.choice(self.schools[school][2]),
                "name": name,
                "sort_key": sort_key(name),
                "search_key": search_key(name),
                "is_pupil": True,
                "is_protected": number % 500 == 0,
            }

    def _model(self, number: int) -> int:
        return number * 31 % 7 % 4 if number % 5 else 4 + number // 5 % 4

    def asset(self, number: int) -> dict[str, Any]:
        """One asset of the register."""
        school = number % len(self.schools)
        unit_id, place, _ = self.schools[school]
        model = self._model(number)
        fixed = model > 3  # noqa: PLR2004 -- cameras, printers, switches, projectors stay in their place
        out = not fixed and number % 10 < 7  # noqa: PLR2004 -- seven of ten are out
        status = AssetStatus.IN_USE if fixed else AssetStatus.HANDED_OUT if out else AssetStatus.RETURNED
        tag, name = self.tag(number), f"{MODELS[model][2].value} {place} rum {number % 90}"
        serial, mac = self.serial(number), self.mac(number)
        words = (tag, name, MODELS[model][0], MODELS[model][1], mac, serial)
        return {
            "id": number + 1,
            "tag": tag,
            "status": status,
            "model_id": model + 1,
            "unit_id": unit_id,
            "site_id": school + 1,
            "holder_id": self.holders[school][number // len(self.schools) % len(self.holders[school])]
            if out
            else None,
            "name": name,
            "purchased_on": (BEGUN + timedelta(days=number % 900)).date(),
            "support_ends": (self.now + timedelta(days=400 + number % 900)).date(),
            "sort_key": sort_key(tag),
            "search_key": search_key(*words),
            "created_at": BEGUN,
            "changed_at": self.now - timedelta(days=number % 200),
        }

    def identifiers(self) -> Iterator[dict[str, Any]]:
        """A serial and a MAC an asset."""
        for n in range(self.size.assets):
            yield {"asset_id": n + 1, "kind": IdentifierKind.SERIAL, "value": self.serial(n)}
            yield {"asset_id": n + 1, "kind": IdentifierKind.MAC, "value": self.mac(n)}

    def movements(self) -> Iterator[dict[str, Any]]:
        """Handed out and returned in turn, from the beginning until yesterday."""
        assets, most = self.size.assets, self.size.movements
        long = min(LONG, assets // 10) * LONG_STEPS
        span = self.now - timedelta(days=1) - BEGUN
        for number in range(most):
            asset = number % (long // LONG_STEPS) if number < long else number % assets
            is_out = number % 2 == 0
            school = asset % len(self.schools)
            yield {
                "asset_id": asset + 1,
                "kind": MovementKind.HANDED_OUT if is_out else MovementKind.RETURNED,
                "at": BEGUN + span * (number / most),
                "by_id": 1 + number % self.size.users,
                "unit_id": self.schools[school][0],
                "holder_id": self.holders[school][number // 7 % len(self.holders[school])],
                "before": AssetStatus.RETURNED if is_out else AssetStatus.HANDED_OUT,
                "after": AssetStatus.HANDED_OUT if is_out else AssetStatus.RETURNED,
                "condition": None if is_out else Condition.WHOLE,
                "has_charger": None if is_out else True,
                "receipt": f"K-{number * 2_654_435_761 % (1 << 40):010X}",
            }

    def device(self, number: int) -> dict[str, Any]:
        """One device: the first are nobody's and have a finding each, the others are assets."""
        stranger = number < self.size.findings
        vendor, model, kind = MODELS[number * 13 % len(MODELS)]
        if stranger and number % 3 == 0:
            model = f"{model}/{number}"  # one of its kind
        network = number % self.size.schools
        host = number // self.size.schools + 1
        ip = f"10.{network + 1}.{host >> 8}.{host & 255}"
        mac = self.mac((1 << 24) + number) if stranger else self.mac(number)
        name = f"{kind.value}-{number:05d}"
        return {
            "id": number + 1,
            "asset_id": None if stranger else number + 1,
            "network_id": network + 1,
            "device_class": kind,
            "vendor": vendor,
            "model": model,
            "is_iot": kind is DeviceClass.CAMERA,
            "confidence": 0.9,
            "name": name,
            "ip": ip,
            "mac": mac,
            "evidence": [{"probe": "http", "key": "server", "value": f"{vendor} {model}"}],
            "because": [f"http server: {vendor}"],
            "first_seen": self.now - timedelta(days=30),
            "last_seen": self.now - timedelta(hours=number % 20),
            "sort_key": sort_key(name),
            "search_key": search_key(name, vendor, model, ip, mac),
        }

    def finding(self, device: dict[str, Any]) -> dict[str, Any]:
        """The finding of a device that is nobody's."""
        network = device["network_id"]
        iot = device["is_iot"]
        kind = FindingKind.UNREGISTERED_IOT if iot else FindingKind.UNREGISTERED_DEVICE
        unit_id, school, _ = self.schools[network - 1]
        return {
            "key": f"unregistered:device:{device['id']}",
            "kind": kind,
            "rule": "REG-01",
            "severity": Severity.HIGH if iot else Severity.MEDIUM,
            "state": FindingState.OPEN,
            "device_id": device["id"],
            "network_id": network,
            "unit_id": unit_id,
            "group_key": f"{kind.value}|{device['vendor']}|{device['model']}|NET-{network - 1:02d}",
            "facts": {
                "class": device["device_class"].value,
                **{name: device[name] for name in ("vendor", "model", "ip", "mac", "name")},
                "network": f"NET-{network - 1:02d}",
                "site": school,
                "since": device["first_seen"].isoformat(),
            },
            "since": self.now - timedelta(minutes=device["id"] % 4000),
            "changed_at": self.now,
        }

    def is_technician(self, number: int) -> bool:
        """Two of five users; the others are at a school of their own."""
        return number % 5 < 2  # noqa: PLR2004 -- two of five

    def tags_of(self, number: int) -> tuple[str, ...]:
        """Handed-out tags at the user's school that no other user takes back."""
        schools, users = self.size.schools, self.size.users
        mine = range(number % schools, self.size.assets, schools)
        others = users // schools + 1  # users at one school take turns
        chosen = [n for n in mine if n // schools % others == number // schools % others]
        return tuple(self.tag(n) for n in chosen if self.asset(n)["status"] is AssetStatus.HANDED_OUT)
