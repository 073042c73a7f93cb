"""Two device rows that turned out to be one thing: the survivor inherits what the other was seen with and decided about."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import update
from sqlmodel import Session, col, select

from tracker.tables import Decision, Device, DeviceChange, DeviceIdentifier, Finding, Sighting

if TYPE_CHECKING:
    from datetime import datetime

_TOPIC = "unregistered"
_T = TypeVar("_T", Sighting, DeviceIdentifier)


def device_key(device_id: int) -> str:
    """The key of findings and decisions about an unregistered device."""
    return f"{_TOPIC}:device:{device_id}"


def _inherit_sightings(session: Session, gone_id: int, into_id: int) -> None:
    own = {(s.network_id, s.ip, s.mac): s for s in _of(session, Sighting, into_id)}
    for row in _of(session, Sighting, gone_id):
        same = own.get((row.network_id, row.ip, row.mac))
        if same is None:
            row.device_id = into_id
            continue
        same.first_seen = min(same.first_seen, row.first_seen)
        same.last_seen = max(same.last_seen, row.last_seen)
        same.times += row.times
        session.delete(row)


def _inherit_identifiers(session: Session, gone_id: int, into_id: int) -> None:
    own = {(i.kind, i.value): i for i in _of(session, DeviceIdentifier, into_id)}
    for row in _of(session, DeviceIdentifier, gone_id):
        same = own.get((row.kind, row.value))
        if same is None:
            row.device_id = into_id
            continue
        same.first_seen = min(same.first_seen, row.first_seen)
        same.last_seen = max(same.last_seen, row.last_seen)
        session.delete(row)


def _of(session: Session, table: type[_T], device_id: int) -> list[_T]:
    return list(session.exec(select(table).where(col(table.device_id) == device_id)).all())


def absorb(session: Session, gone_id: int, into_id: int, now: datetime) -> None:
    """Make the device `gone_id` a part of `into_id`. Doing it again changes nothing."""
    gone, into = session.get(Device, gone_id), session.get(Device, into_id)
    if gone is None or into is None or gone_id == into_id:
        return
    _inherit_sightings(session, gone_id, into_id)
    _inherit_identifiers(session, gone_id, into_id)
    into.first_seen = min(into.first_seen, gone.first_seen)
    into.asset_id = into.asset_id if into.asset_id is not None else gone.asset_id
    session.flush()
    for table in (DeviceChange, Finding):
        session.connection().execute(
            update(table).where(col(table.device_id) == gone_id).values(device_id=into_id)
        )
    session.connection().execute(
        update(Decision).where(col(Decision.key) == device_key(gone_id)).values(key=device_key(into_id))
    )
    session.add(DeviceChange(device_id=into_id, at=now, field="absorbed", before=str(gone_id)))
    session.flush()
    session.delete(gone)
