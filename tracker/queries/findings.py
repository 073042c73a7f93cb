"""The queue: open findings gathered into groups that one decision settles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import sqlalchemy as sa
from sqlmodel import Session, col, select

from tracker.errors import NotFoundError
from tracker.queries.narrowing import one_of, sees_all, within
from tracker.tables import (
    Asset,
    Finding,
    Network,
    Site,
    User,
)
from tracker.words import FindingKind, FindingState, Permission, Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tracker.roles import Viewer

MOST = 1000
"""So many of a group are settled by one decision."""
SHOWN = 30
"""Groups on one page; when they are settled the next ones take their place."""
LISTED = 20
"""Findings of an open group that are listed one by one."""
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


class Marked(Protocol):
    """What a decision needs to know of a finding."""

    id: int | None
    version: int


def mark(finding: Marked) -> str:
    """A finding as a decision about it names it: its id and the version that was seen."""
    return f"{finding.id}:{finding.version}"


@dataclass(slots=True)
class Brief:
    """As much of a finding as a list says."""

    id: int | None
    version: int
    kind: FindingKind
    rule: str
    severity: Severity
    since: datetime
    facts: dict[str, Any]


_BRIEF = (
    col(Finding.id),
    col(Finding.version),
    col(Finding.kind),
    col(Finding.rule),
    col(Finding.severity),
    col(Finding.since),
    col(Finding.facts),
)


@dataclass(frozen=True, slots=True)
class Group:
    """Findings that belong together and are as grave; one alone is a group of one.

    Attributes:
        first: the one that stands for the group.
        marks: all of them (see `mark`).
    """

    key: str
    first: Brief
    marks: tuple[str, ...]

    def has(self, finding_id: int) -> bool:
        """Whether the finding is one of them."""
        return any(one.startswith(f"{finding_id}:") for one in self.marks)


@dataclass(frozen=True, slots=True)
class Queue:
    """The open findings.

    Attributes:
        groups: in the order to work them.
        total: findings in them; `whole`: without the filter.
        is_cut: whether there are more groups than are shown.
    """

    groups: tuple[Group, ...]
    total: int
    whole: int
    is_cut: bool = False


def visible(viewer: Viewer, permission: Permission = Permission.FINDING_VIEW) -> sa.ColumnElement[bool]:
    """The findings of the units over which the viewer holds the permission."""
    return sa.true() if sees_all(viewer, permission) else within(viewer, permission, col(Finding.unit_id))


def _conditions(viewer: Viewer, chosen: QueueFilter) -> list[sa.ColumnElement[bool]]:
    kind = one_of(chosen.kind, [k.value for k in FindingKind], "kind")
    state = one_of(chosen.state, [FindingState.OPEN.value, FindingState.DECIDED.value], "state")
    found = [
        visible(viewer),
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


class _Heap(NamedTuple):
    """Findings of one key and severity, as many as there are: the newest of them gives it its place."""

    key: str | None
    first: int
    last: int
    size: int
    newest: datetime


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a queue asks the register, built once for a viewer and a filter: building costs as much as the answers.

    Attributes:
        heaps: of a ``severity``, the first ``most`` of those with a key and of those without.
        marks: of a ``severity``, by the ``keys`` of groups.
        count: how many findings the filter has.
    """

    heaps: Any
    marks: Any
    count: Any


def _heaps(conditions: Sequence[sa.ColumnElement[bool]]) -> Any:
    number, since, key = col(Finding.id), col(Finding.since), col(Finding.group_key)
    newest, first = sa.func.max(since), sa.func.min(number)
    keyed = sa.select(key, first, sa.func.max(number), sa.func.count(), newest).where(key.is_not(None))
    lone = sa.select(key, number, number, sa.literal(1), since).where(key.is_(None))
    ways = (keyed.group_by(key).order_by(newest.desc(), first), lone.order_by(since.desc(), number))
    # Each way is cut before they are put together, in the order that its index has.
    most = sa.bindparam("most", type_=sa.Integer)
    cut = [way.where(*conditions).limit(most).subquery() for way in ways]
    return sa.union_all(*(sa.select(way) for way in cut))


def _marks(conditions: Sequence[sa.ColumnElement[bool]]) -> Any:
    said = sa.cast(col(Finding.id), sa.String) + ":" + sa.cast(col(Finding.version), sa.String)
    keys = col(Finding.group_key).in_(sa.bindparam("keys", expanding=True))
    marks = sa.select(col(Finding.group_key), sa.func.aggregate_strings(said, " "))
    return marks.where(*conditions, keys).group_by(col(Finding.group_key))


def _counting(conditions: Sequence[sa.ColumnElement[bool]]) -> Any:
    return sa.select(sa.func.count()).select_from(Finding).where(*conditions)


@lru_cache(maxsize=256)
def _asked(viewer: Viewer, chosen: QueueFilter) -> _Asked:
    conditions = _conditions(viewer, chosen)
    alike = (*conditions, col(Finding.severity) == sa.bindparam("severity"))
    return _Asked(_heaps(alike), _marks(alike), _counting(conditions))


_BRIEFS = sa.select(*_BRIEF).where(col(Finding.id).in_(sa.bindparam("numbers", expanding=True)))


def _parted(heaps: Sequence[_Heap]) -> list[tuple[str | None, int]]:
    """Each group's key and first finding; too few for a group stand alone beside each other. Pure."""
    found: list[tuple[str | None, int]] = []
    for heap in heaps:
        if heap.size >= GROUP_FROM:
            found.append((heap.key, heap.first))
        else:
            found += [(None, one) for one in sorted({heap.first, heap.last})]
    return found


def _of_severity(session: Session, asked: _Asked, severity: Severity, most: int) -> list[Group]:
    found = [_Heap(*row) for row in session.execute(asked.heaps, {"severity": severity, "most": most})]
    top = _parted(sorted(found, key=lambda heap: (-heap.newest.timestamp(), heap.first)))[:most]
    if not top:
        return []
    rows = session.execute(_BRIEFS, {"numbers": [number for _, number in top]})
    briefs = {row.id: Brief(*row) for row in rows}
    keys = [key for key, _ in top if key]
    of_groups = session.execute(asked.marks, {"severity": severity, "keys": keys}) if keys else ()
    marks = {key: tuple(said.split()[:MOST]) for key, said in of_groups}
    return [
        Group(key or f"#{number}", briefs[number], marks[key] if key else (mark(briefs[number]),))
        for key, number in top
    ]


def _groups(session: Session, asked: _Asked, most: int) -> tuple[tuple[Group, ...], bool]:
    """The first groups, and whether there are more."""
    # One severity after the other: most days the gravest fill the page, and the rest is not looked at.
    found: list[Group] = []
    for severity in sorted(_WEIGHT, key=_WEIGHT.__getitem__):
        if len(found) <= most:
            found += _of_severity(session, asked, severity, most + 1 - len(found))
    return tuple(found[:most]), len(found) > most


def _live(viewer: Viewer) -> tuple[sa.ColumnElement[bool], ...]:
    return (visible(viewer), col(Finding.closed_at).is_(None), col(Finding.state) == FindingState.OPEN)


def kinds(session: Session, viewer: Viewer) -> dict[FindingKind, int]:
    """How many open findings there are of each kind."""
    counted = sa.select(col(Finding.kind), sa.func.count()).where(*_live(viewer)).group_by(col(Finding.kind))
    return {FindingKind(kind): count for kind, count in session.execute(counted)}


def queue(session: Session, viewer: Viewer, chosen: QueueFilter, *, most: int = SHOWN) -> Queue:
    """The findings to work, gravest first, newest first within; so many groups at most."""
    asked, unfiltered = _asked(viewer, chosen), QueueFilter()
    groups, is_cut = _groups(session, asked, most)
    whole = int(session.execute(_asked(viewer, unfiltered).count).scalar_one())
    total = whole if chosen == unfiltered else int(session.execute(asked.count).scalar_one())
    return Queue(groups, total, whole, is_cut=is_cut)


def members(
    session: Session, viewer: Viewer, chosen: QueueFilter, finding_id: int
) -> tuple[tuple[Brief, ...], int]:
    """The first of those that are alike to a finding, and how many they are.

    Raises:
        NotFoundError: it is not there, or not for this viewer.
    """
    this = (col(Finding.id) == finding_id, visible(viewer))
    one = session.execute(sa.select(col(Finding.group_key), col(Finding.severity)).where(*this)).first()
    if one is None:
        raise NotFoundError
    same = (col(Finding.group_key) == one.group_key) if one.group_key else this[0]
    alike = [*_conditions(viewer, chosen), same, col(Finding.severity) == one.severity]
    rows = session.execute(sa.select(*_BRIEF).where(*alike).order_by(col(Finding.id)).limit(LISTED))
    return tuple(Brief(*row) for row in rows), int(session.execute(_counting(alike)).scalar_one())


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


@lru_cache(maxsize=256)
def _sites(viewer: Viewer) -> Any:
    here = sa.select(col(Finding.id)).where(
        visible(viewer), col(Finding.closed_at).is_(None), col(Finding.network_id) == col(Network.id)
    )
    has_any = sa.select(col(Network.id)).where(col(Network.site_id) == col(Site.id), here.exists())
    return sa.select(col(Site.name)).where(has_any.exists()).order_by(col(Site.sort_key))


def sites(session: Session, viewer: Viewer) -> tuple[str, ...]:
    """Sites that have open findings, for the filter."""
    return tuple(session.execute(_sites(viewer)).scalars())


_DECIDERS = (
    sa.select(col(User.id), col(User.name)).where(col(User.is_active).is_(True)).order_by(col(User.name))
)


def deciders(session: Session) -> tuple[tuple[int, str], ...]:
    """Users a finding can be assigned to."""
    return tuple((number, name) for number, name in session.execute(_DECIDERS))
