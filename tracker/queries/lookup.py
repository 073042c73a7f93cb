"""The scan box: which asset a code is. An exact hit, or near misses that are offered and never taken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from tracker.codes import CodeKind, is_near, read_code
from tracker.queries.narrowing import within
from tracker.tables import Asset, AssetIdentifier
from tracker.words import IdentifierKind, Permission

if TYPE_CHECKING:
    from tracker.roles import Viewer

MOST_NEAR = 5
_SAME_BEGINNING = 3


@dataclass(frozen=True, slots=True)
class Hit:
    """An asset that a code is, or might be."""

    asset_id: int
    tag: str


@dataclass(frozen=True, slots=True)
class Lookup:
    """What a code found."""

    kind: CodeKind
    value: str
    hit: Hit | None
    near_misses: tuple[Hit, ...] = ()
    asset: Asset | None = None
    """The hit itself, of the session that looked."""


_VALUES: Any = sa.bindparam("values", expanding=True)
_TAGGED = sa.select(Asset).where(col(Asset.tag).in_(_VALUES))
_IDENTIFIED = (
    sa.select(col(AssetIdentifier.asset_id))
    .where(
        col(AssetIdentifier.value).in_(_VALUES),
        col(AssetIdentifier.kind).in_([IdentifierKind.SERIAL, IdentifierKind.MAC, IdentifierKind.DOCK_MAC]),
    )
    .distinct()
    .limit(2)
)


def _by_identifier(session: Session, values: tuple[str, ...]) -> Asset | None:
    wanted = [*values, *(value.upper() for value in values)]
    rows = session.execute(_IDENTIFIED, {"values": wanted}).scalars().all()
    return session.get(Asset, rows[0]) if len(rows) == 1 else None


def _near(session: Session, viewer: Viewer | None, value: str) -> tuple[Hit, ...]:
    if viewer is None or len(value) <= _SAME_BEGINNING:
        return ()
    # Same beginning or same ending: one look along an index instead of all tags.
    may_see = within(viewer, Permission.ASSET_VIEW, col(Asset.unit_id))
    beginning = col(Asset.tag).startswith(value[:_SAME_BEGINNING], autoescape=True)
    ending = col(Asset.tag).endswith(value[-_SAME_BEGINNING:], autoescape=True)
    tags = session.exec(select(Asset.id, Asset.tag).where(beginning | ending, may_see).limit(2000)).all()
    hits = [Hit(asset_id, tag) for asset_id, tag in tags if asset_id is not None and is_near(value, tag)]
    return tuple(hits[:MOST_NEAR])


def find_asset(session: Session, viewer: Viewer | None, text: str, *, near: bool = True) -> Lookup:
    """The asset a scanned or typed text is. With a viewer, only among what the viewer may see.

    Tag first, as it is written, then serial and MAC; two assets with one identifier are no hit. Without `near` no
    near misses are looked for.
    """
    code = read_code(text)
    tagged = session.execute(_TAGGED, {"values": code.values}).scalars().all() if code.values else ()
    asset = min(tagged, key=lambda one: code.values.index(one.tag), default=None)
    if asset is None and code.values:
        asset = _by_identifier(session, code.values)
    if asset is not None and viewer is not None:
        may_see = within(viewer, Permission.ASSET_VIEW, col(Asset.unit_id))
        asset = session.exec(select(Asset).where(Asset.id == asset.id, may_see)).first()
    if asset is not None and asset.id is not None:
        return Lookup(code.kind, code.value, Hit(asset.id, asset.tag), asset=asset)
    return Lookup(code.kind, code.value, None, _near(session, viewer, code.value) if near else ())
