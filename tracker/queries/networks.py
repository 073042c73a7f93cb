"""Networks as they are scanned: what config.toml allows, how it is narrowed, the next night, the last scans."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from discovery.narrowing import FROM_HARD_TO_GENTLE
from tracker.clock import local_date
from tracker.errors import NotFoundError
from tracker.narrowings import Standing, network_for, row_of, standing_of
from tracker.tables import Network, NetworkNarrowing, Night, Scan, Site, User
from tracker.words import Permission, Profile

if TYPE_CHECKING:
    from tracker.roles import Viewer

GENTLE_RATE = 100
"""Packets per second under every profile but full (`discovery.plan.GENTLE_RATE`; a test holds the two equal)."""
LAST = 5
"""Scans shown on a network's page."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What config.toml and the clock say.

    Attributes:
        at: the hour of the nights, as the clock on the wall in `zone` says.
        rates: packets per second that config.toml allows, by network; `rate` for all others.
    """

    now: datetime
    at: time
    zone: ZoneInfo
    rates: Mapping[str, int]
    rate: int

    @property
    def today(self) -> date:
        """The local date."""
        return local_date(self.now, self.zone)

    def most(self, network: Network) -> int:
        """Packets per second that config.toml allows on a network: by its rate, and by its profile."""
        limits = [self.rate, self.rates.get(network.name, self.rate)]
        return min(limits) if network.profile is Profile.FULL else min(*limits, GENTLE_RATE)


@dataclass(frozen=True, slots=True)
class Narrowed:
    """One network.

    Attributes:
        most_rate: packets per second that config.toml allows; `rate`: those that are sent.
        next_night: when it is scanned next by itself, None for never.
    """

    network: Network
    site: str | None
    narrowing: NetworkNarrowing | None
    standing: Standing
    most_rate: int
    rate: int
    next_night: datetime | None
    latest: Scan | None

    @property
    def is_narrowed(self) -> bool:
        """Whether anything differs from config.toml now."""
        row = self.narrowing
        slower = self.rate < self.most_rate
        gentler = self.standing.profile is not self.network.profile
        return slower or gentler or self.standing.paused_until is not None or bool(row and row.never)

    @property
    def never(self) -> tuple[str, ...]:
        """The addresses left out here."""
        return tuple(self.narrowing.never.split()) if self.narrowing is not None else ()


@dataclass(frozen=True, slots=True)
class NetworkPage:
    """One network's page.

    Attributes:
        profiles: those that may be chosen: the configured one and the gentler.
        changed_by: who changed it last.
    """

    row: Narrowed
    profiles: tuple[Profile, ...]
    changed_by: str | None
    scans: tuple[Scan, ...]


def next_night(bounds: Bounds, standing: Standing, taken: date | None) -> datetime | None:
    """The next nightly scan; None for a network that is left alone for good. Pure.

    Args:
        bounds: now, and the hour of the nights.
        standing: the network as it stands.
        taken: the latest local date whose night was run or taken.
    """
    if standing.profile is Profile.NEVER:
        return None
    day = bounds.today
    if bounds.now.astimezone(bounds.zone).time().replace(tzinfo=None) >= bounds.at or taken == day:
        day += timedelta(days=1)
    if standing.paused_until is not None:
        day = max(day, standing.paused_until + timedelta(days=1))
    return datetime.combine(day, bounds.at, bounds.zone).astimezone(UTC)


def _rate(standing: Standing, row: NetworkNarrowing | None, most: int) -> int:
    limits = [most]
    if row is not None and row.rate is not None:
        limits.append(row.rate)
    if standing.profile is not Profile.FULL:
        limits.append(GENTLE_RATE)
    return min(limits)


def _narrowed(session: Session, network: Network, row: NetworkNarrowing | None, bounds: Bounds) -> Narrowed:
    standing = standing_of(network, row, bounds.today)
    most = bounds.most(network)
    night = session.exec(
        select(Night).where(Night.network_id == network.id).order_by(col(Night.local_date).desc())
    ).first()
    taken = night.local_date if night is not None else None
    site = session.get(Site, network.site_id) if network.site_id is not None else None
    latest = session.exec(
        select(Scan).where(Scan.network_id == network.id).order_by(col(Scan.id).desc()).limit(1)
    ).first()
    return Narrowed(
        network=network,
        site=site.name if site is not None else None,
        narrowing=row,
        standing=standing,
        most_rate=most,
        rate=_rate(standing, row, most),
        next_night=next_night(bounds, standing, taken),
        latest=latest,
    )


def networks(session: Session, viewer: Viewer, bounds: Bounds) -> tuple[Narrowed, ...]:
    """Every configured network by name.

    Raises:
        NotFoundError: not for this viewer.
    """
    if not viewer.may(Permission.NETWORK_EDIT):
        raise NotFoundError
    rows = {row.network_id: row for row in session.exec(select(NetworkNarrowing))}
    found = session.exec(
        select(Network).where(col(Network.is_configured).is_(True)).order_by(col(Network.name))
    ).all()
    return tuple(_narrowed(session, one, rows.get(one.id or 0), bounds) for one in found)


def network_page(session: Session, viewer: Viewer, network_id: int, bounds: Bounds) -> NetworkPage:
    """One configured network.

    Raises:
        NotFoundError: it is not there, or not for this viewer.
    """
    network = network_for(session, network_id, viewer)
    row = row_of(session, network_id)
    user = session.get(User, row.changed_by_id) if row is not None and row.changed_by_id else None
    order = FROM_HARD_TO_GENTLE
    profiles = tuple(Profile(word) for word in order[order.index(network.profile.value) :])
    scans = session.exec(
        select(Scan).where(Scan.network_id == network_id).order_by(col(Scan.id).desc()).limit(LAST)
    ).all()
    return NetworkPage(
        row=_narrowed(session, network, row, bounds),
        profiles=profiles,
        changed_by=user.name if user is not None else None,
        scans=tuple(scans),
    )
