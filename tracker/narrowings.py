"""How networks are scanned less than config.toml allows: what stands on a day, read from the register."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from ipaddress import ip_network
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlmodel import Session, col, select

from discovery.narrowing import FRAGILE, MOST_FRAGILE, Narrowing, gentler, to_document
from tracker.clock import local_date
from tracker.db import reading
from tracker.errors import NotFoundError
from tracker.tables import Asset, AssetIdentifier, Device, DeviceModel, Network, NetworkNarrowing
from tracker.words import IdentifierKind, Permission, Profile

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

    from sqlalchemy import Engine

    from tracker.clock import Clock
    from tracker.roles import Viewer


@dataclass(frozen=True, slots=True)
class Standing:
    """A network as it stands on a day: the gentler of the two profiles, and its pause while that lasts."""

    profile: Profile
    paused_until: date | None = None

    @property
    def is_left_alone(self) -> bool:
        """Whether no scan may run."""
        return self.paused_until is not None or self.profile is Profile.NEVER


def _pause(row: NetworkNarrowing, today: date) -> date | None:
    return row.paused_until if row.paused_until is not None and row.paused_until >= today else None


def standing_of(network: Network, row: NetworkNarrowing | None, today: date) -> Standing:
    """The network under its narrowing, if it has one. Pure."""
    if row is None:
        return Standing(network.profile)
    asked = row.profile or network.profile
    return Standing(Profile(gentler(network.profile.value, asked.value)), _pause(row, today))


def as_handed(network: Network, row: NetworkNarrowing, today: date) -> Narrowing:
    """The narrowing as the scanner is told it: one that is paused is to be left alone. Pure."""
    never = tuple(ip_network(one) for one in row.never.split())
    if _pause(row, today) is not None:
        return Narrowing(network=network.name, profile="never", never=never)
    profile = row.profile.value if row.profile is not None else None
    return Narrowing(network=network.name, profile=profile, rate=row.rate, never=never)


def _rows(session: Session) -> list[tuple[Network, NetworkNarrowing]]:
    statement = select(Network, NetworkNarrowing).join(NetworkNarrowing)
    return list(session.exec(statement).all())


def standings(session: Session, today: date) -> dict[int, Standing]:
    """Every network by id, as it stands on the day."""
    rows = {row.network_id: row for row in session.exec(select(NetworkNarrowing))}
    return {
        network.id or 0: standing_of(network, rows.get(network.id or 0), today)
        for network in session.exec(select(Network))
    }


def pauses(session: Session, today: date) -> dict[str, date]:
    """The networks that are paused on the day, by name: until when."""
    found = ((network.name, _pause(row, today)) for network, row in _rows(session))
    return {name: until for name, until in found if until is not None}


def handed(session: Session, today: date) -> tuple[Narrowing, ...]:
    """Every narrowing that says anything, for the scanner."""
    found = (as_handed(network, row, today) for network, row in _rows(session))
    return tuple(one for one in found if one != Narrowing(network=one.network))


def fragile(session: Session) -> tuple[str, ...]:
    """MACs and addresses of devices that are to be asked gently: those last seen first, then what is only registered."""
    model_is = col(DeviceModel.device_class).in_(FRAGILE)
    seen = session.execute(
        sa.select(col(Device.mac), col(Device.ip))
        .join(Asset, col(Device.asset_id) == col(Asset.id), isouter=True)
        .join(DeviceModel, col(Asset.model_id) == col(DeviceModel.id), isouter=True)
        .where(sa.or_(col(Device.device_class).in_(FRAGILE), model_is))
        .order_by(col(Device.last_seen).desc())
        .limit(MOST_FRAGILE)
    )
    registered = session.execute(
        sa.select(col(AssetIdentifier.value))
        .join(Asset, col(AssetIdentifier.asset_id) == col(Asset.id))
        .join(DeviceModel, col(Asset.model_id) == col(DeviceModel.id))
        .where(col(AssetIdentifier.kind) == IdentifierKind.MAC, model_is)
        .order_by(col(Asset.id).desc())
        .limit(MOST_FRAGILE)
    )
    known = [*(one for row in seen for one in row if one), *registered.scalars()]
    return tuple(dict.fromkeys(known))[:MOST_FRAGILE]


def document(engine: Engine, clock: Clock, zone: ZoneInfo) -> Callable[[], str]:
    """What gives the scanner's document as the register stands when it is asked."""

    def read() -> str:
        with reading(engine) as session:
            return to_document(handed(session, local_date(clock(), zone)), fragile(session))

    return read


def network_for(session: Session, network_id: int, by: Viewer) -> Network:
    """A network that the configuration holds, for whoever may narrow networks.

    Raises:
        NotFoundError: it is not there, not configured, or not for this actor.
    """
    network = session.get(Network, network_id) if by.may(Permission.NETWORK_EDIT) else None
    if network is None or not network.is_configured:
        raise NotFoundError
    return network


def row_of(session: Session, network_id: int) -> NetworkNarrowing | None:
    """The network's narrowing, None when it never had one."""
    return session.exec(select(NetworkNarrowing).where(NetworkNarrowing.network_id == network_id)).first()
