"""Devices seen on the networks, registered or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from discovery.sighting import DeviceClass
from tracker.errors import NotFoundError
from tracker.queries.narrowing import PAGE, Page, contains, cursor_of, one_of, paged
from tracker.tables import Asset, Device, DeviceChange, DeviceIdentifier, Finding, Network, Sighting
from tracker.words import Permission

if TYPE_CHECKING:
    from tracker.roles import Viewer

STATES = ("unregistered", "registered", "iot")


@dataclass(frozen=True, slots=True)
class DeviceFilter:
    """What a link to the list says."""

    text: str = ""
    state: str | None = None
    network: str | None = None
    device_class: str | None = None
    cursor: str | None = None
    size: int = PAGE


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """One row of the list."""

    device: Device
    network: str
    tag: str | None


@dataclass(frozen=True, slots=True)
class DevicePage:
    """All that a device's page shows.

    Attributes:
        gateway_id: the device at the address that this one stands behind, where it is known.
    """

    row: DeviceRow
    identifiers: tuple[DeviceIdentifier, ...]
    sightings: tuple[tuple[Sighting, str], ...]
    changes: tuple[DeviceChange, ...]
    findings: tuple[Finding, ...]
    gateway_id: int | None = None


def _conditions(viewer: Viewer, chosen: DeviceFilter) -> list[sa.ColumnElement[bool]]:
    if not viewer.may(Permission.DEVICE_VIEW):
        return [sa.false()]
    found: list[sa.ColumnElement[bool]] = []
    state = one_of(chosen.state, STATES, "state")
    kind = one_of(chosen.device_class, [c.value for c in DeviceClass], "device_class")
    if chosen.text.strip():
        found.append(contains(col(Device.search_key), chosen.text))
    if state == "unregistered":
        found.append(col(Device.asset_id).is_(None))
    elif state == "registered":
        found.append(col(Device.asset_id).is_not(None))
    elif state == "iot":
        found.append(col(Device.is_iot).is_(True))
    if kind:
        found.append(col(Device.device_class) == DeviceClass(kind))
    if chosen.network:
        found.append(
            col(Device.network_id).in_(sa.select(col(Network.id)).where(col(Network.name) == chosen.network))
        )
    return found


def list_devices(session: Session, viewer: Viewer, chosen: DeviceFilter) -> Page[DeviceRow]:
    """One page of the list, by name."""
    backwards, key, number = cursor_of(chosen.cursor)
    conditions = _conditions(viewer, chosen)
    statement = (
        select(Device, Network, Asset)
        .join(Network, col(Device.network_id) == col(Network.id), isouter=True)
        .join(Asset, col(Device.asset_id) == col(Asset.id), isouter=True)
        .where(*conditions)
        .limit(chosen.size + 1)
    )
    order = (col(Device.sort_key), col(Device.id))
    statement = statement.order_by(*(c.desc() for c in order)) if backwards else statement.order_by(*order)
    if key is not None:
        here = sa.tuple_(sa.literal(key), sa.literal(number))
        statement = statement.where(sa.tuple_(*order) < here if backwards else sa.tuple_(*order) > here)
    found: Any = session.exec(statement).all()
    rows = [
        DeviceRow(d, n.name if n is not None else "", a.tag if a is not None else None) for d, n, a in found
    ]
    cursors = [f"{d.sort_key}|{d.id}" for d, _, _ in found]
    kept, following, previous = paged(rows, cursors, before=backwards, cursor=chosen.cursor, size=chosen.size)
    total = session.exec(select(sa.func.count()).select_from(Device).where(*conditions)).one()
    whole = session.exec(select(sa.func.count()).select_from(Device)).one()
    return Page(kept, following, previous, total, whole)


def networks(session: Session) -> tuple[str, ...]:
    """The networks' names, for the filter."""
    return tuple(session.exec(select(Network.name).order_by(col(Network.name))))


def _gateway(session: Session, device: Device) -> int | None:
    """The device at the address that this one stands behind; the one seen last."""
    if device.behind is None:
        return None
    there = (col(Device.ip) == device.behind, col(Device.network_id) == device.network_id)
    return session.exec(select(Device.id).where(*there).order_by(col(Device.last_seen).desc())).first()


def device_page(session: Session, viewer: Viewer, device_id: int) -> DevicePage:
    """One device.

    Raises:
        NotFoundError: it is not there, or not for this viewer.
    """
    device = session.get(Device, device_id) if viewer.may(Permission.DEVICE_VIEW) else None
    if device is None:
        raise NotFoundError
    network = session.get(Network, device.network_id) if device.network_id is not None else None
    asset = session.get(Asset, device.asset_id) if device.asset_id is not None else None
    identifiers = session.exec(select(DeviceIdentifier).where(DeviceIdentifier.device_id == device_id)).all()
    seen = session.exec(
        select(Sighting, Network)
        .join(Network, col(Sighting.network_id) == col(Network.id))
        .where(Sighting.device_id == device_id)
        .order_by(col(Sighting.last_seen).desc())
        .limit(100)
    ).all()
    changes = session.exec(
        select(DeviceChange)
        .where(DeviceChange.device_id == device_id)
        .order_by(col(DeviceChange.id).desc())
        .limit(50)
    ).all()
    live = col(Finding.closed_at).is_(None)
    findings = session.exec(select(Finding).where(Finding.device_id == device_id, live)).all()
    return DevicePage(
        DeviceRow(
            device, network.name if network is not None else "", asset.tag if asset is not None else None
        ),
        tuple(identifiers),
        tuple((sighting, place.name) for sighting, place in seen),
        tuple(changes),
        tuple(findings),
        _gateway(session, device),
    )
