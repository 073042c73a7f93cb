"""The one search box: tag, serial, MAC, IP, name, label link."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlmodel import Session, col, select

from tracker.makes import make_text
from tracker.queries.by_words import by_words
from tracker.queries.lookup import find_asset
from tracker.queries.narrowing import contains, within
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


def _assets(session: Session, viewer: Viewer, text: str) -> list[SearchHit]:
    rows: Any = session.exec(
        select(Asset, DeviceModel)
        .join(DeviceModel, col(Asset.model_id) == col(DeviceModel.id), isouter=True)
        .where(
            by_words(session, Asset, text).condition,
            within(viewer, Permission.ASSET_VIEW, col(Asset.unit_id)),
        )
        .order_by(col(Asset.sort_key))
        .limit(MOST)
    )
    return [
        SearchHit(
            "asset", asset.id, asset.tag, make_text(model.vendor, model.name) if model is not None else ""
        )
        for asset, model in rows
    ]


def _devices(session: Session, viewer: Viewer, text: str) -> list[SearchHit]:
    if not viewer.may(Permission.DEVICE_VIEW):
        return []
    rows = session.exec(
        select(Device)
        .where(contains(col(Device.search_key), text), col(Device.asset_id).is_(None))
        .order_by(col(Device.sort_key))
        .limit(MOST)
    ).all()
    return [
        SearchHit("device", d.id or 0, d.name or d.model or d.vendor or d.ip or "?", d.ip or d.mac or "")
        for d in rows
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
