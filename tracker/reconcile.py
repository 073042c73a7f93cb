"""What a survey means: a pure function from the world to a plan. Computed outside any transaction."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from discovery.sighting import DeviceClass
from tracker.facts import (
    DeviceRef,
    FindingStep,
    Judged,
    KnownDevice,
    LiveFinding,
    Match,
    NetworkFact,
    Plan,
    StandingDecision,
    Wanted,
    World,
)
from tracker.matching import Matcher, shared_macs, show
from tracker.rules import RULES
from tracker.words import FindingState

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

NEW = "new:"
"""How the reference of a device begins that the plan will make."""


def _seen(known: KnownDevice, match: Match, networks: dict[str, NetworkFact]) -> KnownDevice:
    """The device as it stands after the sighting. Nothing known is replaced by nothing."""
    sighting = match.sighting
    network = networks.get(sighting.network or "")
    address = sighting.addresses[0] if sighting.addresses else None
    seen = replace(
        known,
        asset_id=match.asset_id if match.asset_id is not None else known.asset_id,
        network_id=network.id if network else known.network_id,
        ip=(address.ip if address else None) or known.ip,
        mac=(address.mac if address else None) or known.mac,
        first_seen=known.first_seen or sighting.seen_at,
        last_seen=max(filter(None, (known.last_seen, sighting.seen_at))),
    )
    if match.keeps_identity or sighting.identity is None:
        return seen
    identity, shown = sighting.identity, show(sighting)
    named = identity.device_class is not DeviceClass.UNKNOWN
    return replace(
        seen,
        identifiers=known.identifiers | set(shown.strong) | set(shown.weak),
        name=sighting.names[0] if sighting.names else known.name,
        device_class=identity.device_class if named else known.device_class,
        is_iot=identity.is_iot if named else known.is_iot,
        vendor=identity.vendor or known.vendor,
        model=identity.model or known.model,
        sector=identity.sector or known.sector,
    )


def _stands(decision: StandingDecision, today: date) -> bool:
    return decision.until is None or decision.until >= today


def _step(wanted: Wanted, live: LiveFinding | None, *, decided: bool) -> FindingStep:
    if live is None:
        return FindingStep("open", wanted, state=FindingState.DECIDED if decided else FindingState.OPEN)
    if live.state is FindingState.DECIDED and not decided:
        return FindingStep("reopen", wanted, live.id)
    return FindingStep("keep", wanted, live.id)


def finding_steps(
    wanted: Iterable[Wanted], live: Iterable[LiveFinding], decisions: Iterable[StandingDecision], today: date
) -> list[FindingStep]:
    """Open what is wanted and not there, keep what is both, close what has lost its cause."""
    standing = {decision.key for decision in decisions if _stands(decision, today)}
    by_key = {finding.key: finding for finding in live}
    steps: list[FindingStep] = []
    kept: set[str] = set()
    for one in wanted:
        key = one.key({})
        kept.add(key)
        steps.append(_step(one, by_key.get(key), decided=key in standing))
    steps += [
        FindingStep("close", finding_id=finding.id) for key, finding in by_key.items() if key not in kept
    ]
    return steps


def reconcile(world: World) -> Plan:
    """Match every sighting, then judge everything known in the light of it."""
    networks = {network.name: network for network in world.networks}
    matcher = Matcher(world.assets, world.devices, {name: network.id for name, network in networks.items()})
    shared = shared_macs(world.sightings)
    matches = tuple(matcher.match(sighting, shared) for sighting in world.sightings)
    devices: dict[DeviceRef, KnownDevice] = {device.ref: device for device in world.devices}
    for match in matches:
        devices[match.device] = _seen(devices.get(match.device, KnownDevice(match.device)), match, networks)
    judged = Judged(
        assets=world.assets,
        devices=tuple(devices.values()),
        networks={network.id: network for network in world.networks},
        open_keys=frozenset(finding.key for finding in world.findings),
        now=world.now,
        today=world.today,
    )
    wanted = [one for rule in RULES for one in rule(judged)]
    steps = finding_steps(wanted, world.findings, world.decisions, world.today)
    touched = dict.fromkeys(match.device for match in matches)
    return Plan(matches, tuple(devices[ref] for ref in touched), tuple(steps))
