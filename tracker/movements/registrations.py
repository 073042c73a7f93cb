"""Register a unit: by hand, or out of what was seen, so that its finding loses its cause."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session, col, select

from discovery.address import AddressQuality, normalise_mac, normalise_serial, quality
from discovery.sighting import DeviceClass
from tracker import journal
from tracker.errors import InvalidError, NotFoundError, TrackerError
from tracker.lifecycle import REGISTRABLE
from tracker.movements.acting import told_apart
from tracker.requests import once
from tracker.swedish import search_key, sort_key
from tracker.tables import (
    Asset,
    AssetIdentifier,
    Device,
    DeviceIdentifier,
    DeviceModel,
    Finding,
    Movement,
    Site,
    Unit,
)
from tracker.tables.assets import ASSET_KEY
from tracker.words import AssetStatus, FindingState, IdentifierKind, MovementKind, Permission

if TYPE_CHECKING:
    from datetime import datetime

    from tracker.facts import Identifier
    from tracker.roles import Viewer

_TAG = re.compile(r"[\w.\-/]{1,40}")
_SPLIT = re.compile(r"[\s,;]+")


class Register(BaseModel):
    """A unit to register. `device_id` is the device on the network that it is, when it was found there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tag: str = Field(max_length=40)
    vendor: str = Field(default="", max_length=80)
    model: str = Field(default="", max_length=120)
    device_class: DeviceClass = DeviceClass.UNKNOWN
    status: AssetStatus = AssetStatus.IN_USE
    serial: str = Field(default="", max_length=160)
    macs: str = Field(default="", max_length=400)
    unit_id: int
    site_id: int | None = None
    name: str = Field(default="", max_length=120)
    device_id: int | None = None
    request_id: str


def _identifiers(command: Register, wrong: dict[str, TrackerError]) -> set[Identifier]:
    found: set[Identifier] = set()
    if command.serial.strip():
        serial = normalise_serial(command.serial)
        if serial is None:
            wrong["serial"] = TrackerError("movements.junk_serial", value=command.serial)
        else:
            found.add((IdentifierKind.SERIAL, serial))
    for text in _SPLIT.split(command.macs.strip()):
        mac = normalise_mac(text) if text else None
        if mac is not None and quality(mac) is not AddressQuality.JUNK:
            found.add((IdentifierKind.MAC, mac))
        elif text:
            wrong["macs"] = TrackerError("movements.bad_mac", value=text)
    return found


def _taken(session: Session, identifiers: set[Identifier], wrong: dict[str, TrackerError]) -> None:
    for kind, value in identifiers:
        row = session.exec(
            select(AssetIdentifier).where(AssetIdentifier.kind == kind, AssetIdentifier.value == value)
        ).first()
        owner = session.get(Asset, row.asset_id) if row is not None else None
        if owner is not None:
            place = "serial" if kind is IdentifierKind.SERIAL else "macs"
            wrong[place] = TrackerError("movements.taken", value=value, tag=owner.tag)


def _check(session: Session, command: Register, by: Viewer) -> tuple[Unit, set[Identifier]]:
    wrong: dict[str, TrackerError] = {}
    tag = command.tag.strip()
    if not _TAG.fullmatch(tag):
        wrong["tag"] = TrackerError("movements.bad_tag")
    elif session.exec(select(Asset.id).where(Asset.tag == tag)).first() is not None:
        wrong["tag"] = TrackerError("movements.tag_taken", tag=tag)
    if command.status not in REGISTRABLE:
        wrong["status"] = TrackerError("movements.bad_status")
    if command.site_id is not None and session.get(Site, command.site_id) is None:
        wrong["site_id"] = TrackerError("error.not_found")
    identifiers = _identifiers(command, wrong)
    _taken(session, identifiers, wrong)
    if wrong:
        raise InvalidError(wrong)
    unit = session.get(Unit, command.unit_id)
    if unit is None or not by.may(Permission.ASSET_EDIT, unit.path):
        raise NotFoundError
    return unit, identifiers


def _model(session: Session, command: Register) -> DeviceModel | None:
    vendor, name = command.vendor.strip(), command.model.strip()
    if not name:
        # A class is kept with a model; a nameless thing gets its class's own.
        name = command.device_class.value
        if command.device_class is DeviceClass.UNKNOWN and not vendor:
            return None
    found = session.exec(
        select(DeviceModel).where(DeviceModel.vendor == vendor, DeviceModel.name == name)
    ).first()
    if found is None:
        key = sort_key(f"{vendor} {name}".strip())
        found = DeviceModel(vendor=vendor, name=name, sort_key=key, device_class=command.device_class)
        session.add(found)
        session.flush()
    return found


def _from_device(session: Session, device_id: int) -> tuple[Device, set[Identifier]]:
    device = session.get(Device, device_id)
    if device is None:
        raise NotFoundError
    rows = session.exec(select(DeviceIdentifier).where(DeviceIdentifier.device_id == device_id)).all()
    taken = {
        (row.kind, row.value)
        for row in session.exec(
            select(AssetIdentifier).where(col(AssetIdentifier.value).in_([row.value for row in rows]))
        )
    }
    return device, {(row.kind, row.value) for row in rows} - taken


def _settle(session: Session, device_id: int, now: datetime) -> list[int]:
    """The device's finding has lost its cause: close it now, not at the next scan."""
    rows = session.exec(
        select(Finding).where(
            Finding.key == f"unregistered:device:{device_id}", col(Finding.closed_at).is_(None)
        )
    ).all()
    for finding in rows:
        finding.state, finding.closed_at, finding.changed_at = FindingState.CLOSED, now, now
        finding.version += 1
        session.add(finding)
    return [finding.id or 0 for finding in rows]


def _enter(session: Session, command: Register, by: Viewer, now: datetime) -> int:
    unit, identifiers = _check(session, command, by)
    device: Device | None = None
    if command.device_id is not None:
        device, seen = _from_device(session, command.device_id)
        identifiers |= seen
    model = _model(session, command)
    tag = command.tag.strip()
    words = (tag, command.name, command.vendor, command.model, *(v for _, v in sorted(identifiers)))
    asset = Asset(
        tag=tag,
        status=command.status,
        model_id=model.id if model is not None else None,
        unit_id=unit.id or 0,
        site_id=command.site_id,
        name=command.name.strip() or None,
        sort_key=sort_key(tag, ASSET_KEY),
        search_key=search_key(*words)[:800],
        created_at=now,
        changed_at=now,
    )
    session.add(asset)
    session.flush()
    for kind, value in sorted(identifiers):
        session.add(AssetIdentifier(asset_id=asset.id or 0, kind=kind, value=value))
    closed: list[int] = []
    if device is not None and device.id is not None:
        device.asset_id = asset.id
        device.match_because = '["registered"]'
        session.add(device)
        closed = _settle(session, device.id, now)
    session.add(
        Movement(
            asset_id=asset.id,
            kind=MovementKind.REGISTERED,
            at=now,
            by_id=by.user_id,
            unit_id=asset.unit_id,
            after=asset.status,
            facts={"device": command.device_id} if command.device_id is not None else {},
        )
    )
    facts = {"tag": tag, "device": command.device_id, "findings": closed}
    journal.record(session, "asset:registration:record", f"asset:{asset.id}", by=by, now=now, facts=facts)
    return asset.id or 0


def register(session: Session, command: Register, *, by: Viewer, now: datetime) -> int:
    """Enter the unit into the register; its asset id.

    Raises:
        InvalidError: fields that cannot be taken, each with why.
        NotFoundError: the unit or device is not there for this actor.
    """

    def act() -> dict[str, Any]:
        return {"asset_id": told_apart(session, lambda: _enter(session, command, by, now))}

    return int(once(session, command.request_id, by=by, what="register", now=now, act=act)["asset_id"])
