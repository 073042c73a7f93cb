"""The one search box: tag, serial, MAC, IP, name, label link."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlmodel import Session, col

from tracker.makes import make_text
from tracker.queries.by_words import Shape, holds, shaped
from tracker.queries.lookup import find_asset
from tracker.queries.narrowing import within
from tracker.queries.people import search as search_people
from tracker.tables import Asset, Device, DeviceModel
from tracker.words import Language, Permission

if TYPE_CHECKING:
    from tracker.roles import Viewer

MOST = 8


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One suggestion. `kind`: ``asset``, ``device`` or ``person``; `id` of that kind."""

    kind: str
    id: int
    title: str
    detail: str


@lru_cache(maxsize=256)
def _assets_like(viewer: Viewer, shape: Shape) -> Any:
    # Put in order first, joined then: many may hold the words, and few are said.
    first = (
        sa.select(col(Asset.id))
        .where(holds(Asset, shape), within(viewer, Permission.ASSET_VIEW, col(Asset.unit_id)))
        .order_by(col(Asset.sort_key))
        .limit(MOST)
    )
    return (
        sa.select(col(Asset.id), col(Asset.tag), col(DeviceModel.vendor), col(DeviceModel.name))
        .join(DeviceModel, col(Asset.model_id) == col(DeviceModel.id), isouter=True)
        .where(col(Asset.id).in_(first))
        .order_by(col(Asset.sort_key))
    )


def _assets(session: Session, viewer: Viewer, text: str) -> list[SearchHit]:
    shape, words = shaped(session, text, Asset)
    return [
        SearchHit("asset", number, tag, make_text(vendor, name) if name is not None else "")
        for number, tag, vendor, name in session.execute(_assets_like(viewer, shape), words)
    ]


@lru_cache(maxsize=64)
def _devices_like(shape: Shape) -> Any:
    # Rows are wide, for they hold what was said to the probes: few are read whole.
    first = (
        sa.select(col(Device.id))
        .where(holds(Device, shape), col(Device.asset_id).is_(None))
        .order_by(col(Device.sort_key))
        .limit(MOST)
    )
    said = (Device.name, Device.model, Device.vendor, Device.ip, Device.mac, Device.behind)
    return (
        sa.select(col(Device.id), *map(col, said))
        .where(col(Device.id).in_(first))
        .order_by(col(Device.sort_key))
    )


def _devices(session: Session, viewer: Viewer, text: str) -> list[SearchHit]:
    if not viewer.may(Permission.DEVICE_VIEW):
        return []
    shape, words = shaped(session, text)
    return [
        SearchHit(
            "device",
            d.id,
            d.name or d.model or d.vendor or d.ip or d.behind or "?",
            d.ip or d.mac or d.behind or "",
        )
        for d in session.execute(_devices_like(shape), words)
    ]


def search(
    session: Session, viewer: Viewer, text: str, language: Language, *, with_people: bool = True
) -> tuple[SearchHit, ...]:
    """What the text might mean, an exact code first."""
    if not text.strip():
        return ()
    found = find_asset(session, viewer, text, near=False)
    hits: list[SearchHit] = []
    if found.hit is not None:
        hits.append(SearchHit("asset", found.hit.asset_id, found.hit.tag, ""))
    hits += [hit for hit in _assets(session, viewer, text) if not hits or hit.id != hits[0].id]
    hits += _devices(session, viewer, text)
    people = search_people(session, viewer, text, language) if with_people else ()
    hits += [SearchHit("person", person.id, person.name, person.unit) for person in people]
    return tuple(hits[:MOST])
