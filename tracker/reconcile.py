"""What a survey means: a pure function from the world to a plan. Computed outside any transaction."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network
from typing import TYPE_CHECKING

from discovery.address import normalise_mac
from discovery.sighting import DeviceClass
from tracker.facts import (
    DeviceRef,
    FindingStep,
    Identifier,
    Judged,
    KnownDevice,
    LiveFinding,
    Match,
    NetworkFact,
    Place,
    Plan,
    StandingDecision,
    Wanted,
    World,
)
from tracker.matching import matcher_for
from tracker.rules import RULES
from tracker.suspecting import gateway_of
from tracker.words import FindingState, IdentifierKind, Purpose

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, datetime

    from discovery.sighting import Sighting

_LONGEST_PLACE = 80
LESS_SURE = 0.25
ONE_SURVEY = timedelta(hours=1)
"""What a device shows within so long belongs together."""


def _own_address(match: Match, known: KnownDevice) -> tuple[str | None, str | None]:
    """The address it answered on, and a MAC that is its own: never the router's it was seen through."""
    own = {value for kind, value in match.identifiers if kind is IdentifierKind.MAC}
    address = match.sighting.addresses[0] if match.sighting.addresses else None
    macs = (normalise_mac(a.mac) for a in match.sighting.addresses if a.mac)
    mac = next((mac for mac in macs if mac in own), known.mac)
    return (address.ip if address is not None and address.ip else known.ip), mac


def _seen(known: KnownDevice, match: Match, networks: dict[str, NetworkFact]) -> KnownDevice:
    """The device as it stands after the sighting. Nothing known is replaced by nothing."""
    sighting = match.sighting
    network = networks.get(sighting.network or "")
    ip, mac = _own_address(match, known)
    latest, shown_at = _latest(known, match)
    seen = replace(
        known,
        asset_id=match.asset_id if match.asset_id is not None else known.asset_id,
        network_id=network.id if network else known.network_id,
        ip=ip,
        mac=mac,
        first_seen=known.first_seen or sighting.seen_at,
        last_seen=max(filter(None, (known.last_seen, sighting.seen_at))),
        identifiers=known.identifiers | match.identifiers,
        stale=known.stale - match.identifiers,
        latest=latest,
        shown_at=shown_at,
        places=_places(known, network, sighting.seen_at),
        flags=match.flags,
        plugged=_plugged(known, sighting),
        behind=gateway_of(sighting),
    )
    return seen if match.keeps_identity else _identified(seen, sighting)


def _latest(known: KnownDevice, match: Match) -> tuple[frozenset[Identifier], datetime | None]:
    """What the device showed last, and when: two sightings of one survey show one face."""
    at = match.sighting.seen_at
    if not match.identifiers or (known.shown_at is not None and at < known.shown_at - ONE_SURVEY):
        return known.latest, known.shown_at
    if known.shown_at is not None and at - known.shown_at <= ONE_SURVEY:
        return known.latest | match.identifiers, max(at, known.shown_at)
    return match.identifiers, at


def _places(known: KnownDevice, network: NetworkFact | None, at: datetime) -> tuple[Place, ...]:
    """Where the device was seen, this sighting included."""
    if network is None or network.site_id is None or network.purpose is Purpose.GUEST:
        return known.places
    before = next((p for p in known.places if p.site_id == network.site_id), None)
    here = Place(
        network.site_id, before.first_seen if before else at, max(before.last_seen, at) if before else at
    )
    return (*(p for p in known.places if p is not before), here)


def _plugged(known: KnownDevice, sighting: Sighting) -> Sequence[str]:
    """Where a switch says that it stands; what was told last stands until another is told."""
    said = [str(sighting.attributes.get(key) or "")[:_LONGEST_PLACE] for key in ("switch", "port", "room")]
    return said if said[0] and said[1] else known.plugged


def _identified(known: KnownDevice, sighting: Sighting) -> KnownDevice:
    """What the sighting says the device is; a much less sure answer than the last does not unseat it."""
    name = sighting.names[0] if sighting.names else known.name
    identity = sighting.identity
    if identity is None:
        return replace(known, name=name)
    named = identity.device_class is not DeviceClass.UNKNOWN
    if known.device_class is not DeviceClass.UNKNOWN and identity.confidence + LESS_SURE < known.confidence:
        return replace(known, name=name)
    return replace(
        known,
        name=name,
        device_class=identity.device_class if named else known.device_class,
        is_iot=identity.is_iot if named else known.is_iot,
        vendor=identity.vendor or known.vendor,
        model=identity.model or known.model,
        sector=identity.sector or known.sector,
        confidence=identity.confidence if named else known.confidence,
    )


def _stands(decision: StandingDecision, wanted: Wanted, today: date) -> bool:
    if decision.until is not None and decision.until < today:
        return False
    if wanted.begun is None or decision.decided_at is None:
        return True
    return decision.decided_at >= wanted.begun


def _step(wanted: Wanted, live: LiveFinding | None, *, decided: bool) -> FindingStep:
    if live is None:
        return FindingStep("open", wanted, state=FindingState.DECIDED if decided else FindingState.OPEN)
    act = "reopen" if live.state is FindingState.DECIDED and not decided else "keep"
    return FindingStep(act, wanted, live.id, version=live.version)


def finding_steps(
    wanted: Iterable[Wanted], live: Iterable[LiveFinding], decisions: Iterable[StandingDecision], today: date
) -> list[FindingStep]:
    """Open what is wanted and not there, keep what is both, close what has lost its cause."""
    decided: dict[str, list[StandingDecision]] = defaultdict(list)
    for decision in decisions:
        decided[decision.key].append(decision)
    by_key = {finding.key: finding for finding in live}
    steps: list[FindingStep] = []
    kept: set[str] = set()
    for one in wanted:
        key = one.key({})
        kept.add(key)
        standing = any(_stands(decision, one, today) for decision in decided.get(key, ()))
        steps.append(_step(one, by_key.get(key), decided=standing))
    gone = [finding for key, finding in by_key.items() if key not in kept]
    return steps + [FindingStep("close", finding_id=f.id, version=f.version) for f in gone]


def edges(networks: Iterable[NetworkFact]) -> frozenset[str] | None:
    """The networks' own and broadcast addresses; None when no network's range is known."""
    ranges = [ip_network(cidr) for network in networks for cidr in network.cidrs]
    wide = [r for r in ranges if r.version == 4 and r.num_addresses > 2]  # noqa: PLR2004 -- RFC 3021: a /31 has no broadcast
    return (
        frozenset(str(a) for r in wide for a in (r.network_address, r.broadcast_address)) if ranges else None
    )


class _Standing:
    """Devices as they stand while sightings are taken in."""

    def __init__(self, world: World) -> None:
        self._networks = {network.name: network for network in world.networks}
        self._tags = {f"asset:{asset.id}": asset.tag for asset in world.assets}
        asked = {finding.key: finding.facts.get("maybe", ()) for finding in world.findings}
        self.devices: dict[DeviceRef, KnownDevice] = {
            # What another scan asked about a device that this one did not look for is still asked.
            device.ref: replace(device, maybe=tuple(asked.get(f"unregistered:device:{device.ref}", ())))
            for device in world.devices
        }
        self.absorbed: dict[int, DeviceRef] = {}

    def take(self, match: Match) -> None:
        """One sighting; devices that it proves to be one become one."""
        known = self.devices.get(match.device, KnownDevice(match.device))
        for ref in match.also:
            other = self.devices.pop(ref, None)
            if other is not None and isinstance(ref, int):
                known = _joined(known, other)
                self.absorbed[ref] = match.device
        maybe = tuple(self._tags[c] for c in map(str, match.candidates) if c in self._tags)
        self.devices[match.device] = replace(_seen(known, match, self._networks), maybe=maybe)


def _joined(known: KnownDevice, other: KnownDevice) -> KnownDevice:
    firsts = [moment for moment in (known.first_seen, other.first_seen) if moment is not None]
    return replace(
        known,
        asset_id=known.asset_id if known.asset_id is not None else other.asset_id,
        identifiers=known.identifiers | other.identifiers,
        stale=(known.stale | other.stale)
        - (known.identifiers - known.stale)
        - (other.identifiers - other.stale),
        first_seen=min(firsts, default=None),
        latest=known.latest | other.latest,
        places=known.places + other.places,
    )


def _renamed(decision: StandingDecision, absorbed: dict[int, DeviceRef]) -> StandingDecision:
    """A decision about a device that turned out to be another one is about that one."""
    topic, _, ref = decision.key.rpartition(":")
    if topic.endswith(":device") and ref.isdigit() and int(ref) in absorbed:
        return replace(decision, key=f"{topic}:{absorbed[int(ref)]}")
    return decision


def reconcile(world: World) -> Plan:
    """Match every sighting, then judge everything known in the light of it."""
    ids = {network.name: network.id for network in world.networks}
    matcher = matcher_for(world.sightings, world.assets, world.devices, ids, edges(world.networks))
    matched = matcher.match_all(world.sightings)
    matches = tuple(match for match in matched if not match.is_nothing)
    standing = _Standing(world)
    for match in matches:
        standing.take(match)
    judged = Judged(
        assets=world.assets,
        devices=tuple(standing.devices.values()),
        networks={network.id: network for network in world.networks},
        open_keys=frozenset(finding.key for finding in world.findings),
        now=world.now,
        today=world.today,
        patience=world.patience,
    )
    wanted = [one for rule in RULES for one in rule(judged)]
    decisions = [_renamed(decision, standing.absorbed) for decision in world.decisions]
    touched = dict.fromkeys(match.device for match in matches)
    return Plan(
        matches=matches,
        devices=tuple(standing.devices[ref] for ref in touched),
        steps=tuple(finding_steps(wanted, world.findings, decisions, world.today)),
        absorbed=standing.absorbed,
        links={device.ref: device.asset_id for device in world.devices},
        noise=len(matched) - len(matches),
    )
