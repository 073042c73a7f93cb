"""The queue's forms as commands."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from discovery.sighting import DeviceClass
from tracker.errors import InvalidError, TrackerError
from tracker.movements.decisions import Decide
from tracker.movements.placing import CorrectPlace
from tracker.movements.registrations import Register
from tracker.words import AssetStatus, DecisionKind
from web.forms.reading import line, number, request_id

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

MOST_REASON = 500
MOST_ASKED = 160


def chosen(form: MultiDict[str, str]) -> tuple[tuple[int, int], ...]:
    """The (id, version) of every finding the form speaks of, each once.

    Raises:
        InvalidError: none, or one that is not written by our page.
    """
    found: dict[int, int] = {}
    # A group's findings stand in one field.
    for said in " ".join(form.getlist("finding")).split():
        finding, _, version = said.partition(":")
        if not (finding.isdecimal() and version.isdecimal()):
            raise InvalidError({"finding": TrackerError("web.problem.400.text")})
        found[int(finding)] = int(version)
    if not found:
        raise InvalidError({"finding": TrackerError("web.problem.400.text")})
    return tuple(found.items())


def _until(form: MultiDict[str, str]) -> date | None:
    said = form.get("until", "").strip()
    try:
        return date.fromisoformat(said) if said else None
    except ValueError as error:
        raise InvalidError({"until": TrackerError("queue.bad_day", value=said[:20])}) from error


def decide(form: MultiDict[str, str]) -> Decide:
    """What was decided."""
    kind = form.get("decision", "")
    if kind not in {DecisionKind.NOT_OURS, DecisionKind.IGNORED}:
        raise InvalidError({"decision": TrackerError("web.problem.400.text")})
    return Decide(
        findings=chosen(form),
        kind=DecisionKind(kind),
        reason=form.get("reason", "").strip()[:MOST_REASON],
        asked=form.get("asked", "").strip()[:MOST_ASKED],
        until=_until(form),
        request_id=request_id(form),
    )


def correct(form: MultiDict[str, str]) -> CorrectPlace:
    """Whose place to correct; where to, their findings say."""
    return CorrectPlace(findings=chosen(form), request_id=request_id(form))


def register(form: MultiDict[str, str], device_id: int | None) -> Register:
    """The unit to register. Cells that are too long are cut as the form's own fields cut them."""
    kind, status = form.get("device_class", ""), form.get("status", "")
    return Register(
        tag=(line(form, "tag") or "")[:40],
        vendor=(line(form, "vendor") or "")[:80],
        model=(line(form, "model") or "")[:120],
        device_class=DeviceClass(kind) if kind in set(DeviceClass) else DeviceClass.UNKNOWN,
        status=AssetStatus(status) if status in set(AssetStatus) else AssetStatus.IN_USE,
        serial=(line(form, "serial") or "")[:160],
        macs=(line(form, "macs") or "")[:400],
        unit_id=number(form, "unit_id") or 0,
        site_id=number(form, "site_id"),
        name=(line(form, "name") or "")[:120],
        device_id=device_id,
        request_id=request_id(form),
    )
