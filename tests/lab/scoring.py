"""Holds what the register says after a scan against what is really there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlmodel import select

from tests.lab.night import Score, wanted
from tests.lab.town import TRUTH
from tracker.db import open_engine, reading
from tracker.tables import Asset, Device, DeviceIdentifier, Finding
from tracker.words import FindingState, IdentifierKind

if TYPE_CHECKING:
    from sqlmodel import Session

    from tests.lab.night import Night


def _devices(session: Session) -> dict[str, set[int]]:
    """Device ids by MAC and by serial."""
    rows = session.exec(select(DeviceIdentifier)).all()
    devices: dict[str, set[int]] = {}
    for row in rows:
        if row.kind in {IdentifierKind.MAC, IdentifierKind.SERIAL}:
            devices.setdefault(row.value, set()).add(row.device_id)
    return devices


def _open_findings(session: Session) -> list[tuple[str, str]]:
    """Every open finding as (kind, tag of its asset, else MAC of its device, else its key)."""
    found = []
    for finding in session.exec(select(Finding).where(Finding.state == FindingState.OPEN)).all():
        asset = session.get(Asset, finding.asset_id) if finding.asset_id else None
        device = session.get(Device, finding.device_id) if finding.device_id else None
        about = asset.tag if asset else (device.mac if device and device.mac else finding.key)
        found.append((finding.kind.value, about))
    return found


def score(night: Night) -> Score:
    """Read the night's register and count."""
    engine = open_engine(f"sqlite:///{night.database}")
    with reading(engine) as session:
        devices = _devices(session)
        tags = {asset.id: asset.tag for asset in session.exec(select(Asset)).all()}
        linked = {device.id: tags.get(device.asset_id or 0) for device in session.exec(select(Device)).all()}
        found = matched = 0
        for truth in TRUTH:
            known = devices.get(truth.mac, set()) | devices.get(truth.serial or "", set())
            found += len(known) == 1
            matched += truth.tag is not None and {linked[device] for device in known} == {truth.tag}
        findings = _open_findings(session)
    engine.dispose()
    right = wanted()
    return Score(
        live=len(TRUTH),
        found=found,
        registered=sum(truth.tag is not None for truth in TRUTH),
        matched=matched,
        wanted=len(right),
        got=len(right & set(findings)),
        false=sum(finding not in right for finding in findings),
    )


def said(night: Night, name: str) -> tuple[str, str | None, str | None]:
    """What the register took one of the town's hosts for: class, maker, model."""
    (truth,) = (truth for truth in TRUTH if truth.name == name)
    engine = open_engine(f"sqlite:///{night.database}")
    with reading(engine) as session:
        known = _devices(session)
        (number,) = known.get(truth.mac, set()) | known.get(truth.serial or "", set())
        device = session.get_one(Device, number)
        found = (device.device_class.value, device.vendor, device.model)
    engine.dispose()
    return found
