"""A finding as one sentence, and why it is one, in the reader's language."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

from babel.dates import format_date, format_datetime

from discovery.sighting import port_number
from tracker.clock import STOCKHOLM
from tracker.makes import make_text
from tracker.texts import has_text, text
from tracker.words import FindingKind, Language

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo


class Told(Protocol):
    """What is needed of a finding."""

    kind: FindingKind
    rule: str
    facts: dict[str, Any]


_PLAIN = (
    "site",
    "home",
    "silent",
    "usual",
    "first",
    "first_value",
    "second",
    "second_value",
    "value",
    "other",
)
"""Facts that stand in a sentence as they are."""


def _noun(facts: dict[str, Any], language: Language) -> str:
    word = str(facts.get("class") or "unknown").replace("-", "_")
    return text(f"finding.noun.{word}", language)


def _make(facts: dict[str, Any]) -> str:
    return make_text(facts.get("vendor"), facts.get("model"))


def plugged_text(plugged: Sequence[str], language: Language) -> str:
    """Where a device is plugged in, empty where no switch has told: ``switch sw-3 port 14, Rum 12``."""
    if not plugged:
        return ""
    switch, port, room = (*plugged, "", "", "")[:3]
    said = text("finding.plugged", language, switch=switch, port=port_number(port))
    return f"{said}, {room}" if room else said


def behind_text(gateway: str, number: str | None, language: Language) -> str:
    """Which device behind a gateway: ``behind 10.77.40.5, no. 7701``."""
    if number is None:
        return text("finding.behind", language, gateway=gateway)
    return text("finding.behind_numbered", language, gateway=gateway, number=number)


def _where(facts: dict[str, Any], language: Language) -> str:
    plugged = plugged_text(facts.get("plugged") or (), language)
    if facts.get("behind"):
        plugged = behind_text(facts["behind"], facts.get("number"), language)
    if facts.get("site"):
        said = text("finding.at_site", language, site=facts["site"])
    elif facts.get("network"):
        said = text("finding.on_network", language, network=facts["network"])
    else:
        said = text("finding.somewhere", language)
    return f"{said} ({plugged})" if plugged else said


@lru_cache(maxsize=4096)  # a night finds hundreds at the same moment
def _when(moment: str | None, language: Language, zone: ZoneInfo) -> str:
    if not moment:
        return ""
    local = datetime.fromisoformat(moment).astimezone(zone)
    pattern = "EEEE d MMMM HH.mm" if language is Language.SV else "EEEE d MMMM HH:mm"
    return format_datetime(local, pattern, locale=language.value)


def _day(day: str | None, language: Language) -> str:
    if not day:
        return ""
    return (
        day if language is Language.SV else format_date(date.fromisoformat(day), "d MMMM y", locale="en_GB")
    )


_STRANGERS = frozenset({FindingKind.UNREGISTERED_DEVICE, FindingKind.UNREGISTERED_IOT})


def _what(finding: Told) -> str:
    """The kind, or which of the conflicts it is, or that the stranger is the scanner itself."""
    if finding.kind in _STRANGERS and finding.facts.get("observer"):
        return "this_machine"
    if finding.kind is not FindingKind.CONFLICTING:
        return finding.kind.value
    claim = str(finding.facts.get("claim", ""))
    return claim if claim in {"same_serial", "same_mac", "board"} else finding.kind.value


def sentence(finding: Told, language: Language, zone: ZoneInfo = STOCKHOLM) -> str:
    """The one sentence that says what is wrong."""
    facts = finding.facts
    make = _make(facts)
    noun = _noun(facts, language)
    data = {
        "noun": noun,
        "Noun": noun[:1].upper() + noun[1:],
        "make": f" {make}" if make else "",
        "where": _where(facts, language),
        "since": _when(facts.get("since"), language, zone),
        "seen": _when(facts.get("seen"), language, zone),
        "tag": facts.get("tag", ""),
        "ends": _day(facts.get("ends"), language),
    }
    data |= {key: facts.get(key, "") for key in _PLAIN}
    code = f"finding.{_what(finding)}"
    if finding.kind is FindingKind.NOT_SEEN and not facts.get("seen"):
        code = "finding.never_seen"
    if finding.kind is FindingKind.GONE_BUT_SEEN:
        data["status"] = text(f"finding.status.{facts.get('status', 'returned')}", language)
    return text(code, language, **data)


def why(finding: Told, language: Language) -> tuple[str, str, str]:
    """(the policy's own sentence in Swedish, the duty's id, what it means here)."""
    rule = finding.rule.replace("-", "_").lower()
    code = f"finding.policy.{rule}"
    quote = text(code, language) if has_text(code, language) else ""
    return quote, finding.rule, text(f"finding.why.{_what(finding)}", language)
