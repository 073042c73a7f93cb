"""Sightings into devices, identifiers and places: a few at a time, read by a handful of queries and written by another.

A night of thousands of devices passes through here while people work in the register: a statement a device would hold the
database ten times as long.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, select, update
from sqlmodel import Session, col

from tracker.inserting import insert_numbered
from tracker.swedish import search_key, sort_key
from tracker.tables import Device, DeviceChange, DeviceIdentifier, Sighting

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from tracker.facts import DeviceRef, Identifier, KnownDevice, Match

Values = dict[str, Any]

_MOST_EVIDENCE = 60
_MOST_VALUE = 160
_WATCHED = ("ip", "device_class", "vendor", "model", "os", "asset_id")
_SEEN = ("asset_id", "match_because", "network_id", "ip", "mac", "device_class", "vendor", "model", "is_iot", "sector",
         "name", "flags", "plugged", "behind", "last_seen", "search_key", "sort_key")  # fmt: skip
"""What every sighting says of a device."""
_IDENTIFIED = ("os", "confidence", "because", "evidence")
"""What a sighting with an identity of its own says besides."""
_UNKNOWN: Values = {"os": None, "confidence": 0.0, "because": [], "evidence": []}


def _set(table: Any, names: Sequence[str]) -> Any:
    """A statement for many rows: these columns of the row whose id is ``of``."""
    return update(table).where(table.id == bindparam("of")).values({name: bindparam(name) for name in names})


_SET_SEEN, _SET_IDENTIFIED = _set(Device, _SEEN), _set(Device, (*_SEEN, *_IDENTIFIED))


def _picked(values: Values, names: Iterable[str]) -> Values:
    return {name: values[name] for name in names}


def _run(connection: Connection, statement: Any, rows: list[Values]) -> None:
    if rows:
        connection.execute(statement, rows)


def _seen(known: KnownDevice, match: Match) -> Values:
    """The columns that a sighting sets, as the plan has the device."""
    words = (
        known.name,
        known.vendor,
        known.model,
        known.ip,
        known.mac,
        *(value for _, value in sorted(known.identifiers)),
    )
    return {
        "asset_id": known.asset_id,
        "match_because": json.dumps(list(match.because)),
        "network_id": known.network_id,
        "ip": known.ip,
        "mac": known.mac,
        "device_class": known.device_class,
        "vendor": known.vendor,
        "model": known.model,
        "is_iot": known.is_iot,
        "sector": known.sector,
        "name": known.name,
        "flags": list(match.flags),
        "plugged": list(known.plugged),
        "behind": known.behind,
        "search_key": search_key(*dict.fromkeys(words))[:800],
        "sort_key": sort_key(known.name or known.model or known.vendor or known.ip or "")[:320],
    }


def _identified(match: Match, os: str | None) -> Values:
    """The columns that its identity sets; none when it has none of its own. `os` is what was known."""
    identity = match.sighting.identity
    if identity is None or match.keeps_identity:
        return {}
    return {
        "os": identity.os or os,
        "confidence": identity.confidence,
        "because": list(identity.because),
        "evidence": [
            {"probe": e.probe, "key": e.key, "value": e.value}
            for e in match.sighting.evidence[:_MOST_EVIDENCE]
        ],
    }


class _Shown:
    """Rows of a table that say of devices when something was first and last seen."""

    def __init__(self, table: Any, names: tuple[str, ...], said: tuple[str, ...] = ()) -> None:
        """Args: names: columns that tell a device's rows apart; said: columns besides the moments."""
        self._table = table
        self._names = names
        self._said = said
        self._rows: dict[tuple[Any, ...], Values] = {}
        self._due: dict[tuple[Any, ...], Values] = {}

    def read(self, connection: Connection, device_ids: Sequence[int]) -> None:
        names = ("id", "device_id", *self._names, "last_seen", *self._said)
        columns = [getattr(self._table, name) for name in names]
        for row in connection.execute(
            select(*columns).where(self._table.device_id.in_(device_ids))
        ).mappings():
            self._rows[row["device_id"], *(row[name] for name in self._names)] = dict(row)

    def note(self, key: tuple[Any, ...], at: datetime, **said: Any) -> None:
        """That it was seen; an older moment than is known says nothing new."""
        row = self._rows.get(key)
        if row is not None and at <= row["last_seen"]:
            return
        if "times" in self._said:
            said["times"] = row["times"] + 1 if row is not None else 1
        self._due[key] = self._rows[key] = {"first_seen": at, **(row or {}), **said, "last_seen": at}

    def write(self, connection: Connection, made: dict[DeviceRef, int]) -> None:
        """Store what is new or newer; `made` are the ids of devices that had none."""
        names = ("last_seen", *self._said)
        known = [_picked(row, names) | {"of": row["id"]} for row in self._due.values() if "id" in row]
        _run(connection, _set(self._table, names), known)
        fresh = [
            _picked(row, ("first_seen", *names))
            | {"device_id": made.get(ref, ref)}
            | dict(zip(self._names, rest, strict=True))
            for (ref, *rest), row in self._due.items()
            if "id" not in row
        ]
        _run(connection, insert(self._table), fresh)


class Taken:
    """What a few sightings touch, as it stands in the register and as it is to be; `write` stores it."""

    def __init__(self, session: Session, device_ids: Iterable[int]) -> None:
        """Read, and on PostgreSQL lock, the devices: nobody links one to an asset until the transaction ends."""
        self._connection = session.connection()
        self._devices: dict[DeviceRef, Values] = {}
        self._fresh: dict[DeviceRef, Values] = {}
        self._due: dict[DeviceRef, Sequence[str]] = {}
        self._changes: list[tuple[DeviceRef, Values]] = []
        self._identifiers = _Shown(DeviceIdentifier, ("kind", "value"))
        self._places = _Shown(Sighting, ("network_id", "ip", "mac"), ("source", "times"))
        ids = sorted(set(device_ids))
        if not ids:
            return
        columns = [getattr(Device, name) for name in ("id", *_WATCHED, "last_seen")]
        chosen = select(*columns).where(col(Device.id).in_(ids)).order_by(col(Device.id)).with_for_update()
        self._devices |= {row["id"]: dict(row) for row in self._connection.execute(chosen).mappings()}
        self._identifiers.read(self._connection, ids)
        self._places.read(self._connection, ids)

    def device(self, ref: DeviceRef) -> Values | None:
        """The device's columns so far, None when it is not yet made."""
        return self._devices.get(ref)

    def fill(self, ref: DeviceRef, known: KnownDevice, match: Match, scan_id: int | None) -> None:
        """The device made or brought up to date; what changed about it is written down."""
        at, was = match.sighting.seen_at, self._devices.get(ref)
        identity = _identified(match, was["os"] if was is not None else None)
        values = _seen(known, match) | identity
        if was is None:
            moments = {"first_seen": known.first_seen or at, "last_seen": at}
            self._devices[ref] = self._fresh[ref] = _UNKNOWN | values | moments
            return
        values["last_seen"] = max(at, was["last_seen"])
        for name in _WATCHED:
            old, new = was[name], values.get(name, was[name])
            if old is not None and new != old:
                after = None if new is None else str(new)[:200]
                change = {"at": at, "field": name, "before": str(old)[:200], "after": after}
                self._changes.append((ref, change | {"scan_id": scan_id}))
        was |= values
        if ref not in self._fresh:
            self._due[ref] = _IDENTIFIED if identity else self._due.get(ref, ())

    def identify(self, ref: DeviceRef, identifiers: Iterable[Identifier], at: datetime) -> None:
        """What the device is known by."""
        for kind, value in sorted(identifiers):
            self._identifiers.note((ref, kind, value[:_MOST_VALUE]), at)

    def sum_up(self, ref: DeviceRef, match: Match, network_id: int | None) -> None:
        """One row for as long as a device stays at an address; a re-run counts nothing twice."""
        if network_id is None:
            return
        sighting = match.sighting
        for address in sighting.addresses:
            key = (ref, network_id, address.ip or "", address.mac or "")
            self._places.note(key, sighting.seen_at, source=sighting.source)

    def write(self) -> dict[DeviceRef, int]:
        """Store it; the ids of the devices that were made."""
        numbers = insert_numbered(self._connection, Device, list(self._fresh.values()))
        made = dict(zip(self._fresh, numbers, strict=True))
        for statement, more in ((_SET_SEEN, ()), (_SET_IDENTIFIED, _IDENTIFIED)):
            refs = [ref for ref, due in self._due.items() if due == more]
            rows = [_picked(self._devices[ref], (*_SEEN, *more)) | {"of": ref} for ref in refs]
            _run(self._connection, statement, rows)
        changes = [values | {"device_id": made.get(ref, ref)} for ref, values in self._changes]
        _run(self._connection, insert(DeviceChange), changes)
        self._identifiers.write(self._connection, made)
        self._places.write(self._connection, made)
        return made
