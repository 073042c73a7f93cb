"""One finding with its evidence: the device and the asset behind it, where it was seen, what was decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlmodel import Session, col

from tracker.errors import NotFoundError
from tracker.names import hides_unit
from tracker.queries.findings import visible
from tracker.tables import (
    Asset,
    Decision,
    Device,
    DeviceIdentifier,
    Finding,
    Network,
    Person,
    Sighting,
    Site,
    Unit,
    User,
)

if TYPE_CHECKING:
    from tracker.roles import Viewer


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """A decision as the page tells it."""

    kind: str
    reason: str | None
    asked: str | None
    until: Any
    who: str
    at: datetime
    is_revoked: bool


@dataclass(frozen=True, slots=True)
class FindingPage:
    """One finding with all that stands behind it."""

    finding: Finding
    device: Device | None
    asset: Asset | None
    network: Network | None
    site: Site | None
    identifiers: tuple[tuple[str, str], ...]
    sightings: tuple[Sighting, ...]
    decisions: tuple[DecisionRow, ...]
    assigned_to: str | None
    owner: str | None = None
    """The unit that answers for the asset, where the site is none of its own."""


_DECISIONS = (
    sa.select(Decision, col(User.name))
    .join(User, col(Decision.decided_by_id) == col(User.id))
    .where(col(Decision.key) == sa.bindparam("key"))
    .order_by(col(Decision.id).desc())
    .limit(20)
)
_IDENTIFIERS = sa.select(col(DeviceIdentifier.kind), col(DeviceIdentifier.value)).where(
    col(DeviceIdentifier.device_id) == sa.bindparam("device")
)
_SEEN = sa.select(Sighting).order_by(col(Sighting.last_seen).desc()).limit(10)
_SEEN_DEVICE = _SEEN.where(col(Sighting.device_id) == sa.bindparam("device"))
_SEEN_ASSET = _SEEN.where(
    col(Sighting.device_id).in_(
        sa.select(col(Device.id)).where(col(Device.asset_id) == sa.bindparam("asset"))
    )
)


def _decisions(session: Session, finding: Finding) -> tuple[DecisionRow, ...]:
    rows = session.execute(_DECISIONS, {"key": finding.key})
    return tuple(
        DecisionRow(d.kind.value, d.reason, d.asked, d.until, who, d.decided_at, d.revoked_at is not None)
        for d, who in rows
    )


def _is_told(session: Session, asset: Asset, unit: Unit, viewer: Viewer) -> bool:
    """Whether the asset's unit may be named to this viewer: a class may be where a protected holder belongs."""
    holder = session.get(Person, asset.holder_id) if asset.holder_id is not None else None
    home = session.get(Unit, holder.unit_id) if holder is not None else None
    return holder is None or home is None or not hides_unit(holder, home.path, unit.path, viewer)


def _owner(session: Session, asset: Asset | None, site: Site | None, viewer: Viewer) -> str | None:
    if asset is None or site is None:
        return None
    unit, host = session.get(Unit, asset.unit_id), session.get(Unit, site.unit_id)
    if unit is None or host is None or unit.path.startswith(host.path) or host.path.startswith(unit.path):
        return None
    return unit.name if _is_told(session, asset, unit, viewer) else None


def _sightings(session: Session, finding: Finding) -> tuple[Sighting, ...]:
    """Where the finding's device, or else every device that is its asset, was seen of late; nowhere where it has neither."""
    if finding.device_id is not None:
        return tuple(session.execute(_SEEN_DEVICE, {"device": finding.device_id}).scalars())
    if finding.asset_id is not None:
        return tuple(session.execute(_SEEN_ASSET, {"asset": finding.asset_id}).scalars())
    return ()


_BEHIND = (
    sa.select(Finding, Device, Network, Asset, col(User.name), Site)
    .select_from(Finding)
    .join(Device, col(Finding.device_id) == col(Device.id), isouter=True)
    .join(Network, col(Finding.network_id) == col(Network.id), isouter=True)
    .join(Asset, col(Finding.asset_id) == col(Asset.id), isouter=True)
    .join(User, col(Finding.assigned_to_id) == col(User.id), isouter=True)
    .join(
        Site,
        col(Site.id)
        == sa.case((col(Finding.network_id).is_not(None), col(Network.site_id)), else_=col(Asset.site_id)),
        isouter=True,
    )
    .where(col(Finding.id) == sa.bindparam("finding"))
)
"""A finding with all that stands behind it as one row."""


def finding_page(session: Session, viewer: Viewer, finding_id: int) -> FindingPage:
    """One finding.

    Raises:
        NotFoundError: it is not there, or not for this viewer.
    """
    found = session.execute(_BEHIND.where(visible(viewer)), {"finding": finding_id}).first()
    if found is None:
        raise NotFoundError
    finding, device, network, asset, assigned_to, site = found
    identifiers: tuple[tuple[str, str], ...] = ()
    if device is not None:
        rows = session.execute(_IDENTIFIERS, {"device": device.id})
        identifiers = tuple(sorted((kind.value, value) for kind, value in rows))
    return FindingPage(
        finding=finding,
        device=device,
        asset=asset,
        network=network,
        site=site,
        identifiers=identifiers,
        sightings=_sightings(session, finding),
        decisions=_decisions(session, finding),
        assigned_to=assigned_to,
        owner=_owner(session, asset, site, viewer),
    )
