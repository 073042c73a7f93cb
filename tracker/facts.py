"""What the deciding modules are told and what they answer: frozen facts, no session, no lazy loading."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from discovery.sighting import DeviceClass, Sighting
from tracker.words import (
    AssetStatus,
    DecisionKind,
    FindingKind,
    FindingState,
    IdentifierKind,
    Purpose,
    Severity,
)

Identifier = tuple[IdentifierKind, str]
THIS_MACHINE = "this-machine"
"""The flag of a device that is the scanner itself."""
_NUMBERED = re.compile(r"/(?:bacnet_instance|unit)/(\d+)")


def bus_number(uuids: Iterable[str]) -> str | None:
    """Which of those behind its gateway a device is, out of its UUIDs; None for one that stands behind none. Pure."""
    return next((found[1] for one in sorted(uuids) if (found := _NUMBERED.search(one))), None)


DeviceRef = int | str
"""A device's id, or ``new:SIGHTING`` for one that the plan will make."""


@dataclass(frozen=True, slots=True)
class Place:
    """A site where a device was seen, from when to when."""

    site_id: int
    first_seen: datetime
    last_seen: datetime


@dataclass(frozen=True, slots=True)
class KnownAsset:
    """An asset as the rules see it.

    Attributes:
        homes: sites where it belongs: its own, else those of its unit, its holder's unit and the units above them.
        home: what the place where it belongs is called.
        support_ends: the asset's own date, else its model's.
        status_since: when the status was last touched.
    """

    id: int
    tag: str
    status: AssetStatus
    unit_id: int | None = None
    site_id: int | None = None
    vendor: str | None = None
    model: str | None = None
    device_class: DeviceClass = DeviceClass.UNKNOWN
    support_ends: date | None = None
    support_basis: str | None = None
    expected_online: bool = True
    identifiers: frozenset[Identifier] = frozenset()
    created_at: datetime | None = None
    status_since: datetime | None = None
    homes: frozenset[int] = frozenset()
    home: str | None = None


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """A device the register has met before, or, in a plan, as it will stand after this survey."""

    ref: DeviceRef
    asset_id: int | None = None
    identifiers: frozenset[Identifier] = frozenset()
    network_id: int | None = None
    ip: str | None = None
    mac: str | None = None
    name: str | None = None
    device_class: DeviceClass = DeviceClass.UNKNOWN
    vendor: str | None = None
    model: str | None = None
    is_iot: bool | None = None
    sector: str | None = None
    confidence: float = 0.0
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    stale: frozenset[Identifier] = frozenset()
    """Identifiers that it showed once, and not of late."""
    latest: frozenset[Identifier] = frozenset()
    """Identifiers that it showed when it last showed any."""
    shown_at: datetime | None = None
    """When that was."""
    maybe: tuple[str, ...] = ()
    """Tags of the assets it may be, where a person must say."""
    places: tuple[Place, ...] = ()
    """Where it was seen, guests' networks and networks without a site left out."""
    flags: Sequence[str] = ()
    """What was odd about the last sighting of it: the words of ``resolve``, and `THIS_MACHINE`."""
    plugged: Sequence[str] = ()
    """The switch, its port and the room, empty where unknown; nothing where no switch has told."""
    behind: str | None = None
    """The address of the gateway that it stands behind."""

    @property
    def number(self) -> str | None:
        """Which of those behind its gateway it is, as the bus numbers them."""
        return bus_number(value for kind, value in self.identifiers if kind is IdentifierKind.UUID)


@dataclass(frozen=True, slots=True)
class NetworkFact:
    """A network: where it is, whose, and what for.

    Attributes:
        cidrs: as configured, textual.
        covered_at: end of the last scan that looked everywhere on it.
        left_alone: addresses on it that the pages keep scans from: nobody looks there.
    """

    id: int
    name: str
    purpose: Purpose
    site_id: int | None = None
    site: str | None = None
    unit_id: int | None = None
    cidrs: tuple[str, ...] = ()
    covered_at: datetime | None = None
    left_alone: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LiveFinding:
    """A finding that is not closed."""

    id: int
    key: str
    kind: FindingKind
    state: FindingState
    facts: dict[str, Any] = field(default_factory=dict)
    version: int = 1


@dataclass(frozen=True, slots=True)
class StandingDecision:
    """A decision not taken back. It stands through `until` (None: for good)."""

    key: str
    kind: DecisionKind
    until: date | None = None
    decided_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Patience:
    """Days of silence before a unit is missed: fixed equipment, and what people carry."""

    fixed_days: int = 7
    carried_days: int = 30


@dataclass(frozen=True, slots=True)
class World:
    """Everything reconciliation looks at.

    Attributes:
        sightings: what this survey saw, in order.
        now: the moment of the reconciliation; `today` its local date.
    """

    assets: tuple[KnownAsset, ...]
    devices: tuple[KnownDevice, ...]
    networks: tuple[NetworkFact, ...]
    sightings: tuple[Sighting, ...]
    findings: tuple[LiveFinding, ...]
    decisions: tuple[StandingDecision, ...]
    now: datetime
    today: date
    patience: Patience = Patience()


@dataclass(frozen=True, slots=True)
class Judged:
    """What the rules see: the world after matching. `device_of` maps an asset to its devices."""

    assets: tuple[KnownAsset, ...]
    devices: tuple[KnownDevice, ...]
    networks: dict[int, NetworkFact]
    open_keys: frozenset[str]
    now: datetime
    today: date
    patience: Patience = Patience()
    worked_out: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)
    """What several rules ask and is dear to answer, by the question's name (`tracker.contradicting`)."""

    def devices_of(self) -> dict[int, list[KnownDevice]]:
        """Devices by the asset they are."""
        found: dict[int, list[KnownDevice]] = {}
        for device in self.devices:
            if device.asset_id is not None:
                found.setdefault(device.asset_id, []).append(device)
        return found


@dataclass(frozen=True, slots=True)
class Wanted:
    """A finding a rule wants open. Its topic and what it is about, else the id of its device, site or asset, make its key."""

    kind: FindingKind
    topic: str
    rule: str
    severity: Severity
    asset_id: int | None = None
    device: DeviceRef | None = None
    site_id: int | None = None
    network_id: int | None = None
    unit_id: int | None = None
    group_key: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    about: str | None = None
    """What names the question where its devices may change places from night to night: ``mac:aa:bb:…``."""
    begun: datetime | None = None
    """When the cause arose, for causes that come back: an earlier decision was about another time."""

    def key(self, ids: dict[str, int]) -> str:
        """The finding's key; `ids` gives the id of each device the plan made."""
        if self.about is not None:
            return f"{self.topic}:{self.about}"
        if self.device is not None:
            made = self.device if isinstance(self.device, int) else ids.get(self.device, self.device)
            return f"{self.topic}:device:{made}"
        if self.site_id is not None:
            return f"{self.topic}:site:{self.site_id}"
        return f"{self.topic}:asset:{self.asset_id}"


@dataclass(frozen=True, slots=True)
class Match:
    """Which device and asset a sighting is.

    Attributes:
        answer: ``new``, ``same`` or ``ask``.
        candidates: the others it might be, when a person must say.
        because: codes with data, ``serial:PF3ABC``.
    """

    sighting: Sighting
    device: DeviceRef
    asset_id: int | None
    answer: str
    candidates: tuple[DeviceRef, ...] = ()
    flags: tuple[str, ...] = ()
    because: tuple[str, ...] = ()
    identifiers: frozenset[Identifier] = frozenset()
    """What the register keeps of it."""
    also: tuple[DeviceRef, ...] = ()
    """Further devices that the same proof names: one thing met twice before it was known to be one."""
    is_fresh: bool = False
    """The device is made by this very sighting."""
    keeps_identity: bool = False
    """The sighting proves nothing by itself: it only says that the device is still there."""
    is_nothing: bool = False
    """No device of its own stands behind the sighting (a firewall's phantom, a broadcast address)."""


@dataclass(frozen=True, slots=True)
class FindingStep:
    """One thing to do with a finding: ``open``, ``keep``, ``reopen`` or ``close``; `state` is the one to open in."""

    act: str
    wanted: Wanted | None = None
    finding_id: int | None = None
    state: FindingState = FindingState.OPEN
    version: int | None = None
    """The version of the finding that the step rests on; a person's act in between goes before."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What reconciliation wants done."""

    matches: tuple[Match, ...]
    devices: tuple[KnownDevice, ...]
    """The devices seen, as they stand after this survey."""
    steps: tuple[FindingStep, ...]
    absorbed: dict[int, DeviceRef] = field(default_factory=dict)
    """Devices that turned out to be another one, and which."""
    links: dict[DeviceRef, int | None] = field(default_factory=dict)
    """The asset that each known device was linked to when the plan was made: a later link by a person goes before."""
    noise: int = 0
    """Sightings behind which no device stands."""
