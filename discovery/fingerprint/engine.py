"""Weighs what the rules claim: agreement adds up, contradiction abstains, and every claim keeps its reason. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from discovery.address import AddressQuality, normalise_mac, normalise_serial, quality
from discovery.fingerprint.rules import Knowledge, Rule, knowledge
from discovery.sighting import DeviceClass, Identity
from discovery.vendor import registered_to, short_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from discovery.evidence import Evidence

ENOUGH = 0.5
"""The least weight that is an answer."""
MARGIN = 0.2
"""By how much an answer must outweigh the next; a wrong answer costs more than none."""

_ENTERPRISE = re.compile(r"^\.?1\.3\.6\.1\.4\.1\.(\d+)(?:\.|$)")
_AGENTS = frozenset({"8072", "2021", "311"})
"""Enterprise numbers of agents that run on anything: net-snmp, UCD, Microsoft."""
_SERIAL_KEYS = frozenset({"entPhysicalSerialNum", "prtGeneralSerialNumber", "serialNumber"})
_MAC_IN_TEXT = re.compile(r"(?<![0-9a-f])(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}(?![0-9a-f])", re.IGNORECASE)
_TAKEN_MODEL = frozenset({"entPhysicalModelName", "upsIdentModel", "modelName"})
_MOST_VALUE = 400
_MADE = frozenset({AddressQuality.BURNED_IN, AddressQuality.DOCK})
"""Addresses whose prefix says who made the thing."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One field's value with its weight and the evidence behind it."""

    field: str
    value: str
    weight: float
    because: str


def _because(evidence: Evidence) -> str:
    return f"{evidence.probe} {evidence.key}: {evidence.value[:80]}"


def _rules_for(known: Knowledge, evidence: Evidence) -> Iterable[Rule]:
    exact = known.rules.get((evidence.probe, evidence.key), ())
    family = evidence.key.partition(".")[0]
    return (*exact, *known.rules.get((evidence.probe, f"{family}.*"), ())) if "." in evidence.key else exact


def _from_rules(known: Knowledge, evidence: Evidence) -> Iterator[Claim]:
    value = evidence.value[:_MOST_VALUE]
    for rule in _rules_for(known, evidence):
        said = rule.claims(value)
        for name, claimed in (said or {}).items():
            if claimed:
                value_of = short_name(claimed) if name == "vendor" else claimed
                yield Claim(name, value_of, rule.weight, _because(evidence))


def _from_enterprise(known: Knowledge, evidence: Evidence) -> Iterator[Claim]:
    found = _ENTERPRISE.match(evidence.value) if evidence.key == "sysObjectID" else None
    if found is None or found.group(1) in _AGENTS:
        return
    vendor = known.enterprises.get(found.group(1))
    if vendor:
        yield Claim("vendor", vendor, 0.8, _because(evidence))


def _from_mac(known: Knowledge, evidence: Evidence) -> Iterator[Claim]:
    mac = normalise_mac(evidence.value) if evidence.key == "mac" else None
    name = registered_to(mac) if mac and quality(mac) in _MADE else None
    if name is None:
        return
    lowered = name.lower()
    for starts, vendor, device_class in known.makers:
        if lowered.startswith(starts):
            if vendor:
                yield Claim("vendor", vendor, 0.55, f"{_because(evidence)} ({name})")
            if device_class:
                yield Claim("class", device_class, 0.5, f"{_because(evidence)} ({name})")
            return


def _taken(evidence: Evidence) -> Iterator[Claim]:
    """What the device states in a field made for it."""
    if evidence.key in _SERIAL_KEYS and (serial := normalise_serial(evidence.value)):
        yield Claim("serial", serial, 0.9, _because(evidence))
    elif evidence.key in _TAKEN_MODEL:
        yield Claim("model", evidence.value[:120], 0.6, _because(evidence))


def claims(evidence: Sequence[Evidence]) -> list[Claim]:
    """Everything the knowledge claims of the evidence."""
    known = knowledge()
    found: list[Claim] = []
    macs: set[str | None] = set()
    for one in evidence:
        found += _from_rules(known, one)
        found += _from_enterprise(known, one)
        found += _taken(one)
        # ARP and the lease file tell of one address: that is one reason, not two.
        mac = normalise_mac(one.value) if one.key == "mac" else None
        if mac not in macs:
            found += _from_mac(known, one)
        macs.add(mac)
    return found


def weigh(
    field: str, found: Iterable[Claim], *, enough: float = ENOUGH
) -> tuple[str | None, float, list[str]]:
    """The value of a field that carries enough weight and a margin over the next; None when unsure."""
    doubt: dict[str, float] = {}
    reasons: dict[str, list[str]] = {}
    for claim in dict.fromkeys(found):
        if claim.field == field:
            doubt[claim.value] = doubt.get(claim.value, 1.0) * (1.0 - claim.weight)
            reasons.setdefault(claim.value, []).append(claim.because)
    ranked = sorted(((1.0 - left, value) for value, left in doubt.items()), reverse=True)
    if not ranked or ranked[0][0] < enough:
        return None, 0.0, []
    weight, value = ranked[0]
    if len(ranked) > 1 and weight - ranked[1][0] < MARGIN:
        return None, 0.0, []
    return value, weight, reasons[value]


def _best(field: str, found: Sequence[Claim]) -> str | None:
    """The heaviest value of a descriptive field; the longer of equals says more."""
    ranked = sorted(((c.weight, len(c.value), c.value) for c in found if c.field == field), reverse=True)
    return ranked[0][2] if ranked else None


def _macs(evidence: Sequence[Evidence]) -> tuple[str, ...]:
    found = [normalise_mac(e.value) for e in evidence if e.key == "mac"]
    for one in evidence:
        found += [normalise_mac(text) for text in _MAC_IN_TEXT.findall(one.value[:_MOST_VALUE])]
    return tuple(dict.fromkeys(mac for mac in found if mac))


def identify(evidence: Sequence[Evidence]) -> Identity:
    """What the evidence says the device is; unknown stays unknown."""
    found = claims(evidence)
    device_class, weight, why_class = weigh("class", found)
    vendor, _, why_vendor = weigh("vendor", found)
    serial, _, _ = weigh("serial", found)
    sector, _, _ = weigh("sector", found)
    named = DeviceClass(device_class) if device_class else DeviceClass.UNKNOWN
    return Identity(
        device_class=named,
        vendor=vendor,
        model=_best("model", found) if vendor or device_class else None,
        os=_best("os", found),
        serial=serial,
        macs=_macs(evidence),
        is_iot=knowledge().classes.get(named.value),
        sector=sector,
        confidence=round(weight, 2),
        because=tuple(dict.fromkeys([*why_class, *why_vendor]))[:8],
    )
