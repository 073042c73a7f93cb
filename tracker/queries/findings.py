"""The queue: open findings gathered into groups that one decision settles, and one finding with its evidence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from tracker.errors import NotFoundError
from tracker.queries.narrowing import one_of, sees_all, within
from tracker.tables import (
    Asset,
    Decision,
    Device,
    DeviceIdentifier,
    Finding,
    Network,
    Sighting,
    Site,
    Unit,
    User,
)
from tracker.words import FindingKind, FindingState, Permission, Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tracker.roles import Viewer

MOST = 1000
SHOWN = 100
"""Groups on one page; when they are settled the next ones take their place."""
GROUP_FROM = 3
"""So many alike make a group."""
_WEIGHT = {Severity.HIGH: 0, Severity.MEDIUM: 1, Severity.LOW: 2}


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """What a link to the queue says."""

    kind: str | None = None
    site: str | None = None
    mine: bool = False
    state: str = "open"


@dataclass(frozen=True, slots=True)
class Group:
    """Findings that belong together; one alone is a group of one."""

    key: str
    findings: tuple[Finding, ...]

    @property
    def first(self) -> Finding:
        """The one that stands for the group."""
        return self.findings[0]


@dataclass(frozen=True, slots=True)
class Queue:
    """The open findings.

    Attributes:
        groups: in the order to work them.
        total: findings in them; `whole`: without the filter.
        kinds: how many there are of each kind, without the filter.
        is_cut: whether there are more groups than are shown.
    """

    groups: tuple[Group, ...]
    total: int
    whole: int
    kinds: dict[FindingKind, int]
    is_cut: bool = False


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


def _visible(viewer: Viewer, permission: Permission = Permission.FINDING_VIEW) -> sa.ColumnElement[bool]:
    mine = within(viewer, permission, col(Finding.unit_id))
    if sees_all(viewer, permission):
        return sa.or_(mine, col(Finding.unit_id).is_(None))
    return mine


def _conditions(viewer: Viewer, chosen: QueueFilter) -> list[sa.ColumnElement[bool]]:
    kind = one_of(chosen.kind, [k.value for k in FindingKind], "kind")
    state = one_of(chosen.state, [FindingState.OPEN.value, FindingState.DECIDED.value], "state")
    found = [
        _visible(viewer),
        col(Finding.closed_at).is_(None),
        col(Finding.state) == FindingState(state or "open"),
    ]
    if kind:
        found.append(col(Finding.kind) == FindingKind(kind))
    if chosen.site:
        networks = sa.select(col(Network.id)).join(Site, col(Network.site_id) == col(Site.id))
        at_site = networks.where(col(Site.name) == chosen.site)
        assets = sa.select(col(Asset.id)).join(Site, col(Asset.site_id) == col(Site.id))
        on_site = assets.where(col(Site.name) == chosen.site)
        found.append(sa.or_(col(Finding.network_id).in_(at_site), col(Finding.asset_id).in_(on_site)))
    if chosen.mine:
        found.append(col(Finding.assigned_to_id) == viewer.user_id)
    return found


def _grouped(rows: Sequence[Any]) -> list[tuple[str, list[int]]]:
    """Keys of groups with their findings' ids, gravest first, newest first within. Pure."""
    by_key: dict[str, list[Any]] = {}
    for row in rows:
        by_key.setdefault(row.group_key or f"#{row.id}", []).append(row)
    groups: list[tuple[str, list[Any]]] = []
    for key, members in by_key.items():
        if len(members) >= GROUP_FROM:
            groups.append((key, members))
        else:
            groups.extend((f"#{one.id}", [one]) for one in members)
    groups.sort(key=lambda g: (_WEIGHT[g[1][0].severity], -g[1][0].since.timestamp(), g[1][0].id))
    return [(key, [one.id for one in members]) for key, members in groups]


def _top(groups: list[tuple[str, list[int]]]) -> list[tuple[str, list[int]]]:
    """As many groups as a page shows, with no more findings than it can hold; the first always."""
    kept: list[tuple[str, list[int]]] = []
    room = MOST
    for key, ids in groups[:SHOWN]:
        if kept and len(ids) > room:
            break
        kept.append((key, ids[:MOST]))
        room -= len(ids)
    return kept


def queue(session: Session, viewer: Viewer, chosen: QueueFilter) -> Queue:
    """The findings to work, gravest first, newest first within."""
    conditions = _conditions(viewer, chosen)
    # All are put in order by four columns; only what is shown is read whole.
    columns = (col(Finding.id), col(Finding.group_key), col(Finding.severity), col(Finding.since))
    rows = session.execute(sa.select(*columns).where(*conditions).order_by(col(Finding.id))).all()
    groups = _grouped(rows)
    top = _top(groups)
    wanted = [one for _, ids in top for one in ids]
    found = {one.id: one for one in session.exec(select(Finding).where(col(Finding.id).in_(wanted)))}
    shown = tuple(Group(key, tuple(found[one] for one in ids)) for key, ids in top)
    live = [_visible(viewer), col(Finding.state) == FindingState.OPEN]
    counted = session.exec(
        select(Finding.kind, sa.func.count()).where(*live).group_by(col(Finding.kind))
    ).all()
    kinds = {FindingKind(kind): count for kind, count in counted}
    return Queue(shown, len(rows), sum(kinds.values()), kinds, is_cut=len(top) < len(groups))


def list_findings(
    session: Session, viewer: Viewer, chosen: QueueFilter, *, after: int, limit: int
) -> tuple[tuple[Finding, ...], int, bool]:
    """Findings by id from one on, for programs: the rows, how many there are, and whether more follow."""
    conditions = _conditions(viewer, chosen)
    rows = session.exec(
        select(Finding).where(*conditions, col(Finding.id) > after).order_by(col(Finding.id)).limit(limit + 1)
    ).all()
    total = session.exec(select(sa.func.count()).select_from(Finding).where(*conditions)).one()
    return tuple(rows[:limit]), total, len(rows) > limit


def group_members(session: Session, viewer: Viewer, group_key: str) -> tuple[Finding, ...]:
    """The open findings of a group, for a decision about all of it."""
    conditions = [*_conditions(viewer, QueueFilter()), col(Finding.group_key) == group_key]
    return tuple(session.exec(select(Finding).where(*conditions).order_by(col(Finding.id)).limit(MOST)))


def _decisions(session: Session, finding: Finding) -> tuple[DecisionRow, ...]:
    rows = session.exec(
        select(Decision, User)
        .join(User, col(Decision.decided_by_id) == col(User.id))
        .where(Decision.key == finding.key)
        .order_by(col(Decision.id).desc())
        .limit(20)
    ).all()
    return tuple(
        DecisionRow(d.kind.value, d.reason, d.asked, d.until, u.name, d.decided_at, d.revoked_at is not None)
        for d, u in rows
    )


def _owner(session: Session, asset: Asset | None, site: Site | None) -> str | None:
    unit = session.get(Unit, asset.unit_id) if asset is not None else None
    host = session.get(Unit, site.unit_id) if site is not None else None
    if unit is None or host is None or unit.path.startswith(host.path) or host.path.startswith(unit.path):
        return None
    return unit.name


def _sightings(session: Session, finding: Finding) -> tuple[Sighting, ...]:
    """Where the finding's device, or else every device that is its asset, was seen of late."""
    of_asset = sa.select(col(Device.id)).where(col(Device.asset_id) == finding.asset_id)
    whose = [finding.device_id] if finding.device_id is not None else of_asset
    seen = select(Sighting).where(col(Sighting.device_id).in_(whose))
    return tuple(session.exec(seen.order_by(col(Sighting.last_seen).desc()).limit(10)))


def finding_page(session: Session, viewer: Viewer, finding_id: int) -> FindingPage:
    """One finding.

    Raises:
        NotFoundError: it is not there, or not for this viewer.
    """
    finding = session.exec(select(Finding).where(Finding.id == finding_id, _visible(viewer))).first()
    if finding is None:
        raise NotFoundError
    device = session.get(Device, finding.device_id) if finding.device_id is not None else None
    network = session.get(Network, finding.network_id) if finding.network_id is not None else None
    asset = session.get(Asset, finding.asset_id) if finding.asset_id is not None else None
    site_id = network.site_id if network is not None else (asset.site_id if asset is not None else None)
    user = session.get(User, finding.assigned_to_id) if finding.assigned_to_id is not None else None
    site = session.get(Site, site_id) if site_id is not None else None
    identifiers: tuple[tuple[str, str], ...] = ()
    if device is not None:
        rows = session.exec(select(DeviceIdentifier).where(DeviceIdentifier.device_id == device.id)).all()
        identifiers = tuple(sorted((row.kind.value, row.value) for row in rows))
    return FindingPage(
        finding=finding,
        device=device,
        asset=asset,
        network=network,
        site=site,
        identifiers=identifiers,
        sightings=_sightings(session, finding),
        decisions=_decisions(session, finding),
        assigned_to=user.name if user is not None else None,
        owner=_owner(session, asset, site),
    )


def sites(session: Session, viewer: Viewer) -> tuple[str, ...]:
    """Sites that have open findings, for the filter."""
    networks = sa.select(col(Finding.network_id)).where(_visible(viewer), col(Finding.closed_at).is_(None))
    rows = session.exec(
        select(Site)
        .join(Network, col(Network.site_id) == col(Site.id))
        .where(col(Network.id).in_(networks))
        .distinct()
        .order_by(col(Site.sort_key))
    ).all()
    return tuple(site.name for site in rows)


def deciders(session: Session) -> tuple[tuple[int, str], ...]:
    """Users a finding can be assigned to."""
    rows = session.exec(select(User).where(col(User.is_active).is_(True)).order_by(col(User.name))).all()
    return tuple((user.id or 0, user.name) for user in rows)
