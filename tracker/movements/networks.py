"""Narrow a network: gentler, slower, fewer addresses, a pause. Never wider than config.toml, and one step to undo."""

from __future__ import annotations

from datetime import date, datetime
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session, col, select

from discovery.narrowing import FROM_HARD_TO_GENTLE
from tracker import journal
from tracker.errors import InvalidError, NotFoundError, RefusedError, StaleError, TrackerError
from tracker.movements.acting import faster, set_versioned
from tracker.narrowings import network_for, row_of, standing_of
from tracker.requests import once
from tracker.scans_asked import ask_to_stop
from tracker.tables import Network, NetworkNarrowing, Scan
from tracker.words import Profile, ScanState

if TYPE_CHECKING:
    from discovery.settings import IPNetwork
    from tracker.roles import Viewer

VALUES = ("profile", "rate", "never", "paused_until", "reason")
MOST_NEVER = 200
"""Addresses and networks that one network may leave out; more is a network to leave out of config.toml."""


class NarrowNetwork(BaseModel):
    """What is asked of a network; what is None or empty is as configured.

    Attributes:
        version: of the narrowing the page showed, 0 when there was none.
        most_rate: packets per second that config.toml allows there.
        never: as written: addresses and networks, separated by spaces, commas or lines.
        paused_until: the last local date without a scan.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    network_id: int
    version: int = 0
    most_rate: int
    profile: Profile | None = None
    rate: int | None = None
    never: str = Field(default="", max_length=8000)
    paused_until: date | None = None
    reason: str = Field(default="", max_length=500)
    request_id: str


def _inside(address: IPNetwork, cidrs: list[IPNetwork]) -> bool:
    return any(
        address.version == cidr.version
        and cidr.network_address <= address.network_address  # type: ignore[operator]
        and address.broadcast_address <= cidr.broadcast_address  # type: ignore[operator]
        for cidr in cidrs
    )


def _never(written: str, cidrs: list[IPNetwork]) -> tuple[str, TrackerError | None]:
    """The addresses in one form, and what is wrong with the first that cannot be taken."""
    found: list[str] = []
    for word in written.replace(",", " ").replace(";", " ").split():
        try:
            address = ip_network(word)
        except ValueError:
            return "", TrackerError("networks.bad_address", value=word[:50])
        if not _inside(address, cidrs):
            where = ", ".join(str(cidr) for cidr in cidrs)
            return "", TrackerError("networks.not_inside", value=word[:50], cidrs=where)
        found.append(str(address.network_address if address.num_addresses == 1 else address))
    if len(found) > MOST_NEVER:
        return "", TrackerError("networks.too_many", n=len(found), most=MOST_NEVER)
    return " ".join(dict.fromkeys(found)), None


def _is_wider(asked: Profile | None, bound: Profile) -> bool:
    order = FROM_HARD_TO_GENTLE
    return asked is not None and order.index(asked.value) < order.index(bound.value)


def _checked(command: NarrowNetwork, network: Network, today: date) -> dict[str, Any]:
    """The values to store.

    Raises:
        InvalidError: something is wider than config.toml, cannot be read, or lacks its reason.
    """
    wrong: dict[str, TrackerError] = {}
    if _is_wider(command.profile, network.profile):
        wrong["profile"] = TrackerError("networks.wider_profile", bound=network.profile.value)
    if command.rate is not None and not 1 <= command.rate <= command.most_rate:
        wrong["rate"] = TrackerError("networks.wider_rate", most=command.most_rate)
    never, problem = _never(command.never, [ip_network(cidr) for cidr in network.cidrs.split()])
    if problem is not None:
        wrong["never"] = problem
    if command.paused_until is not None and command.paused_until < today:
        wrong["paused_until"] = TrackerError("networks.pause_past")
    profile = command.profile if command.profile is not network.profile else None
    rate = command.rate if command.rate != command.most_rate else None
    values = {"profile": profile, "rate": rate, "never": never, "paused_until": command.paused_until}
    narrows = any(values.values())
    if narrows and not command.reason.strip():
        wrong["reason"] = TrackerError("movements.reason_missing")
    if wrong:
        raise InvalidError(wrong)
    return {**values, "reason": command.reason.strip() if narrows else ""}


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """The values as JSON, for the undo and the journal."""
    until, profile = values["paused_until"], values["profile"]
    return {
        **values,
        "profile": profile.value if profile is not None else None,
        "paused_until": until.isoformat() if until is not None else None,
    }


def _from_plain(kept: dict[str, Any]) -> dict[str, Any]:
    until, profile = kept["paused_until"], kept["profile"]
    return {
        **kept,
        "profile": Profile(profile) if profile else None,
        "paused_until": date.fromisoformat(until) if until else None,
    }


EMPTY: dict[str, Any] = {"profile": None, "rate": None, "never": "", "paused_until": None, "reason": ""}


def _stale(session: Session, network_id: int) -> StaleError:
    row = row_of(session, network_id)
    return (
        faster(session, row.changed_by_id, row.changed_at) if row is not None else faster(session, None, None)
    )


def _set(session: Session, network_id: int, version: int, values: dict[str, Any]) -> None:
    """Compare-and-set; the first narrowing of a network is made, by one of two people at once.

    Raises:
        StaleError: someone else was faster.
    """
    if not set_versioned(session, col(NetworkNarrowing.network_id), network_id, version, values):
        raise _stale(session, network_id)


def _stop_what_runs(session: Session, network: Network, today: date, now: datetime) -> None:
    """A network that is to be left alone is so from now on, not from the next scan."""
    row = row_of(session, network.id or 0)
    if row is not None:
        session.refresh(row)
    if not standing_of(network, row, today).is_left_alone:
        return
    active = (ScanState.WANTED, ScanState.RUNNING)
    for scan_id in session.exec(
        select(Scan.id).where(Scan.network_id == network.id, col(Scan.state).in_(active))
    ).all():
        ask_to_stop(session, scan_id or 0, now)


def narrow_network(
    session: Session, command: NarrowNetwork, *, by: Viewer, now: datetime, today: date
) -> None:
    """Scan a network less than config.toml allows, from its next scan on; a pause stops the one that runs.

    Raises:
        InvalidError: wider than config.toml, unreadable, or without a reason; each beside its field.
        NotFoundError, StaleError: the network is not there, or someone was faster.
    """

    def act() -> dict[str, Any]:
        network = network_for(session, command.network_id, by)
        values = _checked(command, network, today)
        row = row_of(session, command.network_id)
        before = {name: getattr(row, name) for name in VALUES} if row is not None else EMPTY
        whose = {"before": _plain(before), "changed_by_id": by.user_id, "changed_at": now}
        _set(session, command.network_id, command.version, {**values, **whose})
        _stop_what_runs(session, network, today, now)
        facts = {"before": _plain(before), "after": _plain(values)}
        _record(session, "network:narrowing:change", network, facts, by=by, now=now)
        return {}

    once(session, command.request_id, by=by, what="narrow-network", now=now, act=act)


def undo(  # noqa: PLR0913 -- which network, as which version, in which request; who and when
    session: Session,
    network_id: int,
    version: int,
    request_id: str,
    *,
    by: Viewer,
    now: datetime,
    today: date,
) -> None:
    """Take back the last change of a network's narrowing.

    Raises:
        NotFoundError: no such network, or it was never narrowed.
        RefusedError: the last change is taken back already.
        StaleError: someone changed it since.
    """

    def act() -> dict[str, Any]:
        network = network_for(session, network_id, by)
        row = row_of(session, network_id)
        if row is None:
            raise NotFoundError
        if row.before is None:
            raise RefusedError("networks.nothing_to_undo")
        kept = dict(row.before)
        after = _plain({name: getattr(row, name) for name in VALUES})
        whose = {"before": None, "changed_by_id": by.user_id, "changed_at": now}
        _set(session, network_id, version, {**_from_plain(kept), **whose})
        _stop_what_runs(session, network, today, now)
        facts = {"before": after, "after": kept}
        _record(session, "network:narrowing:undo", network, facts, by=by, now=now)
        return {}

    once(session, request_id, by=by, what="narrow-network-undo", now=now, act=act)


def _record(
    session: Session, what: str, network: Network, facts: dict[str, Any], *, by: Viewer, now: datetime
) -> None:
    # The reason is free text, and people write names in it.
    reasons = {name: str(facts[name].get("reason", "")) for name in ("before", "after")}
    kept = {name: {k: v for k, v in facts[name].items() if k != "reason"} for name in ("before", "after")}
    journal.record(
        session,
        what,
        f"network:{network.id}",
        by=by,
        now=now,
        facts={"network": network.name, **kept},
        personal={"reason": reasons["after"]} if reasons["after"] else None,
    )
