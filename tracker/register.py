"""From tables to facts: everything reconciliation looks at, read in a handful of queries.

Column by column, not object by object: the ORM takes longer over 100,000 assets than all the deciding together.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import func
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from discovery.coverage import SWEEPS, MethodState
from discovery.sighting import DeviceClass
from tracker import settings
from tracker.clock import STOCKHOLM, local_date
from tracker.contradicting import AT_ONCE
from tracker.facts import (
    Identifier,
    KnownAsset,
    KnownDevice,
    LiveFinding,
    NetworkFact,
    StandingDecision,
    World,
)
from tracker.reconcile import ONE_SURVEY
from tracker.silence import CARRIED
from tracker.tables import (
    Asset,
    AssetIdentifier,
    Decision,
    Device,
    DeviceIdentifier,
    DeviceModel,
    Finding,
    Network,
    NetworkNarrowing,
    Scan,
    ScanMethod,
    Site,
)
from tracker.whereabouts import Homes, places
from tracker.words import FindingKind, ScanState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from sqlalchemy import ColumnElement

    from discovery.sighting import Sighting
    from tracker.whereabouts import Home


_OF_DEVICE = (
    "asset_id",
    "flags",
    "plugged",
    "behind",
    "network_id",
    "ip",
    "mac",
    "name",
    "device_class",
    "vendor",
    "model",
    "is_iot",
    "sector",
    "confidence",
    "first_seen",
    "last_seen",
)
"""Columns of a device that are facts of the same name."""


_OF_ASSET = (
    "id",
    "tag",
    "status",
    "unit_id",
    "site_id",
    "holder_id",
    "model_id",
    "support_ends",
    "expected_online",
    "created_at",
    "changed_at",
)


def _asset(row: Any, model: DeviceModel | None, home: Home, identifiers: Sequence[Identifier]) -> KnownAsset:
    return KnownAsset(
        id=row.id,
        tag=row.tag,
        status=row.status,
        unit_id=row.unit_id,
        site_id=row.site_id,
        vendor=model.vendor if model else None,
        model=model.name if model else None,
        device_class=model.device_class if model else DeviceClass.UNKNOWN,
        support_ends=row.support_ends or (model.support_ends if model else None),
        support_basis=model.support_basis if model and not row.support_ends else None,
        expected_online=row.expected_online,
        identifiers=frozenset(identifiers),
        created_at=row.created_at,
        status_since=row.changed_at,
        homes=home[0],
        home=home[1],
    )


def _assets(session: Session, *which: ColumnElement[bool]) -> tuple[KnownAsset, ...]:
    """Every asset, or those for which a condition on their table holds."""
    rows = columns(col(AssetIdentifier.asset_id), col(AssetIdentifier.kind), col(AssetIdentifier.value))
    chosen = columns(*(getattr(Asset, name) for name in _OF_ASSET)).where(*which)
    if which:
        rows = rows.join(Asset).where(*which)
    identifiers: dict[int, list[Identifier]] = defaultdict(list)
    for owner, kind, value in session.connection().execute(rows):
        identifiers[owner].append((kind, value))
    models = {model.id: model for model in session.exec(select(DeviceModel))}
    homes = Homes(session)
    known = []
    for row in session.connection().execute(chosen):
        model = models.get(row.model_id)
        is_carried = model is None or model.device_class in CARRIED
        home = homes.at(row.unit_id, row.holder_id, row.site_id, is_carried=is_carried)
        known.append(_asset(row, model, home, identifiers.get(row.id, ())))
    return tuple(known)


def _stale(shown: Mapping[Identifier, datetime]) -> frozenset[Identifier]:
    """What the device showed no more when it last showed who it is; a ping says nothing of that."""
    newest = max(shown.values(), default=None)
    return frozenset(one for one, last in shown.items() if newest is not None and newest - last > AT_ONCE)


def _latest(shown: Mapping[Identifier, datetime]) -> frozenset[Identifier]:
    newest = max(shown.values(), default=None)
    return frozenset(one for one, last in shown.items() if newest is not None and newest - last <= ONE_SURVEY)


def _devices(session: Session, asset_id: int | None = None) -> tuple[KnownDevice, ...]:
    """Every device, or those that an asset is."""
    seen = places(session, asset_id)
    rows = columns(
        col(DeviceIdentifier.device_id),
        col(DeviceIdentifier.kind),
        col(DeviceIdentifier.value),
        col(DeviceIdentifier.last_seen),
    )
    chosen = columns(col(Device.id), *(getattr(Device, name) for name in _OF_DEVICE))
    if asset_id is not None:
        chosen = chosen.where(col(Device.asset_id) == asset_id)
        rows = rows.join(Device).where(col(Device.asset_id) == asset_id)
    shown: dict[int, dict[Identifier, datetime]] = defaultdict(dict)
    for owner, kind, value, last in session.connection().execute(rows):
        shown[owner][kind, value] = last
    return tuple(
        KnownDevice(
            ref=number,
            identifiers=frozenset(shown[number]),
            stale=_stale(shown[number]),
            latest=_latest(shown[number]),
            shown_at=max(shown[number].values(), default=None),
            places=tuple(seen.get(number, ())),
            **dict(zip(_OF_DEVICE, said, strict=True)),
        )
        for number, *said in session.connection().execute(chosen)
    )


def _networks(session: Session, looked: Mapping[int, datetime]) -> tuple[NetworkFact, ...]:
    swept = select(ScanMethod.scan_id).where(
        col(ScanMethod.name).in_(SWEEPS), ScanMethod.state == MethodState.DONE.value
    )
    covered = dict(
        session.exec(
            select(Scan.network_id, func.max(Scan.ended_at))
            .where(Scan.state == ScanState.DONE, col(Scan.id).in_(swept))
            .group_by(Scan.network_id)  # type: ignore[arg-type]
        ).all()
    )
    sites = {site.id: site for site in session.exec(select(Site))}
    never = dict(session.exec(select(NetworkNarrowing.network_id, NetworkNarrowing.never)).all())
    found = []
    for network in session.exec(select(Network)):
        site = sites.get(network.site_id)
        found.append(
            NetworkFact(
                id=network.id or 0,
                name=network.name,
                purpose=network.purpose,
                site_id=network.site_id,
                site=site.name if site is not None else None,
                unit_id=site.unit_id if site is not None else None,
                cidrs=tuple(network.cidrs.split()),
                covered_at=looked.get(network.id or 0) or covered.get(network.id or 0),
                left_alone=tuple(never.get(network.id or 0, "").split()),
            )
        )
    return tuple(found)


def _findings(session: Session, *which: ColumnElement[bool]) -> tuple[LiveFinding, ...]:
    live = columns(
        col(Finding.id),
        col(Finding.key),
        col(Finding.kind),
        col(Finding.state),
        col(Finding.facts),
        col(Finding.version),
    ).where(col(Finding.closed_at).is_(None), *which)
    return tuple(LiveFinding(*row) for row in session.connection().execute(live))


def _decisions(session: Session, *which: ColumnElement[bool]) -> tuple[StandingDecision, ...]:
    rows = session.exec(select(Decision).where(col(Decision.revoked_at).is_(None), *which))
    return tuple(StandingDecision(d.key, d.kind, d.until, d.decided_at) for d in rows)


def read_world(
    session: Session,
    sightings: Sequence[Sighting],
    now: datetime,
    zone: ZoneInfo = STOCKHOLM,
    looked: Mapping[int, datetime] | None = None,
) -> World:
    """Everything reconciliation looks at, as it stands now.

    `looked` gives, by network id, when the scan that is being digested ended there, if it looked everywhere: its own
    row does not say so until the plan is applied.
    """
    return World(
        assets=_assets(session),
        devices=_devices(session),
        networks=_networks(session, looked or {}),
        sightings=tuple(sightings),
        findings=_findings(session),
        decisions=_decisions(session),
        now=now,
        today=local_date(now, zone),
        patience=settings.read(session).patience,
    )


def read_model_world(session: Session, model_id: int, now: datetime, zone: ZoneInfo = STOCKHOLM) -> World:
    """What the end of a model's support concerns: its assets, and the findings of that kind about them."""
    assets = _assets(session, col(Asset.model_id) == model_id)
    keys = {f"{FindingKind.END_OF_LIFE.value}:asset:{asset.id}" for asset in assets}
    return World(
        assets=assets,
        devices=(),
        networks=_networks(session, {}),
        sightings=(),
        findings=tuple(finding for finding in _findings(session) if finding.key in keys),
        decisions=tuple(decision for decision in _decisions(session) if decision.key in keys),
        now=now,
        today=local_date(now, zone),
        patience=settings.read(session).patience,
    )


def read_asset_world(session: Session, asset_id: int, now: datetime, zone: ZoneInfo = STOCKHOLM) -> World:
    """What concerns one asset: the devices that it is, and the findings about it."""
    keys = [f"{kind.value}:asset:{asset_id}" for kind in FindingKind]
    return World(
        assets=_assets(session, col(Asset.id) == asset_id),
        devices=_devices(session, asset_id),
        networks=_networks(session, {}),
        sightings=(),
        findings=_findings(session, col(Finding.asset_id) == asset_id, col(Finding.key).in_(keys)),
        decisions=_decisions(session, col(Decision.key).in_(keys)),
        now=now,
        today=local_date(now, zone),
        patience=settings.read(session).patience,
    )
