"""From tables to facts: everything reconciliation looks at, read in a handful of queries."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sqlalchemy import func
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
from tracker.words import FindingKind, IdentifierKind, ScanState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from discovery.sighting import Sighting


def _identifiers(rows: Iterable[tuple[int, Identifier]]) -> dict[int, set[Identifier]]:
    found: dict[int, set[Identifier]] = defaultdict(set)
    for owner, identifier in rows:
        found[owner].add(identifier)
    return found


def _assets(session: Session, model_id: int | None = None) -> tuple[KnownAsset, ...]:
    """Every asset, or every one of a model."""
    rows = select(AssetIdentifier.asset_id, AssetIdentifier.kind, AssetIdentifier.value)
    chosen = select(Asset)
    if model_id is not None:
        chosen = chosen.where(Asset.model_id == model_id)
        rows = rows.join(Asset).where(Asset.model_id == model_id)
    found = session.exec(rows)
    identifiers = _identifiers((owner, (IdentifierKind(kind), value)) for owner, kind, value in found)
    models = {model.id: model for model in session.exec(select(DeviceModel))}
    known = []
    homes = Homes(session)
    for asset in session.exec(chosen):
        model = models.get(asset.model_id)
        device_class = model.device_class if model else DeviceClass.UNKNOWN
        home = homes.of(asset, is_carried=device_class in CARRIED)
        known.append(
            KnownAsset(
                id=asset.id or 0,
                tag=asset.tag,
                status=asset.status,
                unit_id=asset.unit_id,
                site_id=asset.site_id,
                vendor=model.vendor if model else None,
                model=model.name if model else None,
                device_class=device_class,
                support_ends=asset.support_ends or (model.support_ends if model else None),
                support_basis=model.support_basis if model and not asset.support_ends else None,
                expected_online=asset.expected_online,
                identifiers=frozenset(identifiers[asset.id or 0]),
                created_at=asset.created_at,
                status_since=asset.changed_at,
                homes=home[0],
                home=home[1],
            )
        )
    return tuple(known)


def _stale(shown: Mapping[Identifier, datetime], seen: datetime) -> frozenset[Identifier]:
    return frozenset(identifier for identifier, last in shown.items() if seen - last > AT_ONCE)


def _devices(session: Session) -> tuple[KnownDevice, ...]:
    seen = places(session)
    rows = session.exec(
        select(
            DeviceIdentifier.device_id,
            DeviceIdentifier.kind,
            DeviceIdentifier.value,
            DeviceIdentifier.last_seen,
        )
    )
    shown: dict[int, dict[Identifier, datetime]] = defaultdict(dict)
    for owner, kind, value, last in rows:
        shown[owner][IdentifierKind(kind), value] = last
    return tuple(
        KnownDevice(
            ref=device.id or 0,
            asset_id=device.asset_id,
            identifiers=frozenset(shown[device.id or 0]),
            stale=_stale(shown[device.id or 0], device.last_seen),
            network_id=device.network_id,
            ip=device.ip,
            mac=device.mac,
            name=device.name,
            device_class=device.device_class,
            vendor=device.vendor,
            model=device.model,
            is_iot=device.is_iot,
            sector=device.sector,
            confidence=device.confidence,
            first_seen=device.first_seen,
            last_seen=device.last_seen,
            places=tuple(seen.get(device.id or 0, ())),
        )
        for device in session.exec(select(Device))
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


def _findings(session: Session) -> tuple[LiveFinding, ...]:
    rows = session.exec(select(Finding).where(col(Finding.closed_at).is_(None)))
    return tuple(LiveFinding(f.id or 0, f.key, f.kind, f.state, dict(f.facts), f.version) for f in rows)


def _decisions(session: Session) -> tuple[StandingDecision, ...]:
    rows = session.exec(select(Decision).where(col(Decision.revoked_at).is_(None)))
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
    assets = _assets(session, model_id)
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
