"""The form that narrows a network, as a command, and as it is filled in when it is opened."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from tracker.errors import InvalidError, TrackerError
from tracker.movements.networks import NarrowNetwork
from tracker.words import Profile
from web.forms.reading import number, request_id

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

    from tracker.queries.networks import NetworkPage

LONGEST = 8000
LONGEST_REASON = 500


def filled(page: NetworkPage) -> dict[str, str]:
    """The form as the network stands: what is as configured is said as config.toml says it, or left empty."""
    row = page.row.narrowing
    return {
        "version": str(row.version if row is not None else 0),
        "profile": page.row.standing.profile.value,
        "rate": str(row.rate) if row is not None and row.rate is not None else "",
        "never": "\n".join(page.row.never),
        "paused_until": row.paused_until.isoformat() if row is not None and row.paused_until else "",
        "reason": row.reason if row is not None else "",
    }


def _day(form: MultiDict[str, str], wrong: dict[str, TrackerError]) -> date | None:
    said = form.get("paused_until", "").strip()
    try:
        return date.fromisoformat(said) if said else None
    except ValueError:
        wrong["paused_until"] = TrackerError("queue.bad_day", value=said[:20])
        return None


def _rate(form: MultiDict[str, str], wrong: dict[str, TrackerError]) -> int | None:
    said = form.get("rate", "").strip()
    if said and number(form, "rate") is None:
        wrong["rate"] = TrackerError("networks.bad_rate", value=said[:20])
    return number(form, "rate")


def narrow(form: MultiDict[str, str], network_id: int, most_rate: int) -> NarrowNetwork:
    """What is asked of the network.

    Raises:
        InvalidError: a figure or a day that cannot be read.
    """
    wrong: dict[str, TrackerError] = {}
    until, rate = _day(form, wrong), _rate(form, wrong)
    profile = form.get("profile", "")
    if profile and profile not in set(Profile):
        wrong["profile"] = TrackerError("error.unknown_filter", value=profile[:40])
    if wrong:
        raise InvalidError(wrong)
    return NarrowNetwork(
        network_id=network_id,
        version=number(form, "version") or 0,
        most_rate=most_rate,
        profile=Profile(profile) if profile else None,
        rate=rate,
        never=form.get("never", "")[:LONGEST],
        paused_until=until,
        reason=form.get("reason", "").strip()[:LONGEST_REASON],
        request_id=request_id(form),
    )
