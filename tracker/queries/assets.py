"""The asset list, by pages of keys, and the asset's own page with its history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from discovery.sighting import DeviceClass
from tracker.errors import NotFoundError
from tracker.names import shown_name
from tracker.queries.by_words import Held, by_words
from tracker.queries.narrowing import PAGE, Page, cursor_of, one_of, paged, sees_all, within
from tracker.tables import (
    Asset,
    AssetIdentifier,
    DeviceModel,
    Person,
    Site,
    Unit,
)
from tracker.words import AssetStatus, IdentifierKind, Language, Permission

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tracker.roles import Viewer

SORTS = ("tag", "-tag")
EXPORTED_AT_ONCE = 500
"""Rows of an export that are held in memory."""


@dataclass(frozen=True, slots=True)
class AssetFilter:
    """What a link to the list says; unknown values are refused, not ignored."""

    text: str = ""
    status: str | None = None
    site: str | None = None
    device_class: str | None = None
    sort: str = "tag"
    cursor: str | None = None
    tag: str | None = None
    identifier: tuple[IdentifierKind, str] | None = None
    size: int = PAGE
    is_exact: bool = False
    """Whether what holds the words is counted to the last row."""


@dataclass(frozen=True, slots=True)
class AssetRow:
    """One row of the list."""

    id: int
    tag: str
    status: AssetStatus
    model: str
    device_class: DeviceClass
    unit: str
    site: str
    holder: str | None
    support_ends: date | None


def _choices(chosen: AssetFilter) -> list[sa.ColumnElement[bool]]:
    """What the filter's choices say, without its words."""
    status = one_of(chosen.status, [s.value for s in AssetStatus], "status")
    kind = one_of(chosen.device_class, [c.value for c in DeviceClass], "device_class")
    found: list[sa.ColumnElement[bool]] = []
    if status:
        found.append(col(Asset.status) == AssetStatus(status))
    if kind:
        models = sa.select(col(DeviceModel.id)).where(col(DeviceModel.device_class) == DeviceClass(kind))
        found.append(col(Asset.model_id).in_(models))
    if chosen.tag:
        found.append(col(Asset.tag) == chosen.tag)
    if chosen.identifier:
        kind_of, value = chosen.identifier
        owners = sa.select(col(AssetIdentifier.asset_id)).where(
            col(AssetIdentifier.kind) == kind_of, col(AssetIdentifier.value) == value
        )
        found.append(col(Asset.id).in_(owners))
    if chosen.site:
        found.append(col(Asset.site_id).in_(sa.select(col(Site.id)).where(col(Site.name) == chosen.site)))
    return found


_HOLDERS = aliased(Unit)


def rows_statement() -> Any:
    """Every row of the list. Columns, not objects: a list makes fifty rows and an export a hundred thousand."""
    return (
        sa.select(
            col(Asset.id),
            col(Asset.tag),
            col(Asset.status),
            col(Asset.sort_key),
            sa.func.coalesce(col(Asset.support_ends), col(DeviceModel.support_ends)).label("support_ends"),
            col(DeviceModel.vendor),
            col(DeviceModel.name).label("model"),
            col(DeviceModel.device_class),
            col(Unit.name).label("unit"),
            col(Site.name).label("site"),
            col(Person.name),
            col(Person.is_protected),
            col(_HOLDERS.path).label("path"),
        )
        .select_from(Asset)
        .join(Unit, col(Asset.unit_id) == col(Unit.id))
        .join(DeviceModel, col(Asset.model_id) == col(DeviceModel.id), isouter=True)
        .join(Site, col(Asset.site_id) == col(Site.id), isouter=True)
        .join(Person, col(Asset.holder_id) == col(Person.id), isouter=True)
        .join(_HOLDERS, col(Person.unit_id) == col(_HOLDERS.id), isouter=True)
    )


def row_of(found: Any, viewer: Viewer, language: Language) -> AssetRow:
    """A row of `rows_statement` as this viewer may see it."""
    # The row itself has the person's name and whether it is protected, which is all that a name is shown by.
    holder = shown_name(found, found.path or "", viewer, language) if found.name is not None else None
    return AssetRow(
        id=found.id,
        tag=found.tag,
        status=found.status,
        model=f"{found.vendor} {found.model}".strip() if found.model is not None else "",
        device_class=found.device_class or DeviceClass.UNKNOWN,
        unit=found.unit,
        site=found.site or "",
        holder=holder,
        support_ends=found.support_ends,
    )


def _order(*, descending: bool) -> tuple[Any, Any]:
    key, number = col(Asset.sort_key), col(Asset.id)
    return (key.desc(), number.desc()) if descending else (key, number)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the list is asked for, as conditions: the viewer's rows, the filter's choices, its words."""

    mine: sa.ColumnElement[bool]
    choices: list[sa.ColumnElement[bool]]
    held: Held | None

    @property
    def conditions(self) -> list[sa.ColumnElement[bool]]:
        return [self.mine, *self.choices, *([self.held.condition] if self.held else [])]


def _asked(session: Session, viewer: Viewer, chosen: AssetFilter) -> _Asked:
    mine = within(viewer, Permission.ASSET_VIEW, col(Asset.unit_id))
    held = by_words(session, Asset, chosen.text) if chosen.text.strip() else None
    return _Asked(mine, _choices(chosen), held)


def _counts(session: Session, asked: _Asked, *, is_exact: bool) -> tuple[int | None, int]:
    """How many rows the filter has, None where counting costs more than it tells, and how many there are without it."""
    rows = sa.select(sa.func.count()).select_from(Asset)
    whole = session.execute(rows.where(asked.mine)).scalar_one()
    if not asked.choices and asked.held is None:
        return whole, whole
    if asked.held is not None and asked.held.is_costly and not is_exact:
        return None, whole
    return session.execute(rows.where(*asked.conditions)).scalar_one(), whole


def _led(session: Session, asked: _Asked, *, is_common: bool) -> list[sa.ColumnElement[bool]]:
    """The conditions with a hint for SQLite, which has no figures of its own to choose a way by.

    Rows that are common are met soonest along the list's own order; rare ones are gathered and then put in order.
    """
    if not is_common or asked.held is not None or session.get_bind().dialect.name != "sqlite":
        return asked.conditions
    return [asked.mine, *(sa.func.likely(one) for one in asked.choices)]


def list_assets(session: Session, viewer: Viewer, chosen: AssetFilter, language: Language) -> Page[AssetRow]:
    """One page of the list."""
    sort = one_of(chosen.sort, SORTS, "sort") or "tag"
    backwards, key, number = cursor_of(chosen.cursor)
    descending = sort.startswith("-") != backwards
    asked = _asked(session, viewer, chosen)
    total, whole = _counts(session, asked, is_exact=chosen.is_exact)
    is_common = sees_all(viewer, Permission.ASSET_VIEW) and (total or 0) ** 2 > whole * chosen.size
    statement = (
        rows_statement()
        .where(*_led(session, asked, is_common=is_common))
        .order_by(*_order(descending=descending))
        .limit(chosen.size + 1)
    )
    if key is not None:
        place = sa.tuple_(col(Asset.sort_key), col(Asset.id))
        here = sa.tuple_(sa.literal(key), sa.literal(number))
        statement = statement.where(place < here if descending else place > here)
    found = session.execute(statement).all()
    rows = [row_of(one, viewer, language) for one in found]
    cursors = [f"{one.sort_key}|{one.id}" for one in found]
    kept, following, previous = paged(rows, cursors, before=backwards, cursor=chosen.cursor, size=chosen.size)
    is_more = total is None and bool(following or previous)
    counted = total if total is not None else (chosen.size if is_more else len(kept))
    return Page(kept, following, previous, counted, whole, is_more=is_more)


def every_asset(
    session: Session, viewer: Viewer, chosen: AssetFilter, language: Language
) -> Iterator[AssetRow]:
    """All rows of the list, for export, read in pieces."""
    sort = one_of(chosen.sort, SORTS, "sort") or "tag"
    statement = (
        rows_statement()
        .where(*_asked(session, viewer, chosen).conditions)
        .order_by(*_order(descending=sort.startswith("-")))
    )
    for found in session.execute(statement.execution_options(yield_per=EXPORTED_AT_ONCE)):
        yield row_of(found, viewer, language)


def count_assets(session: Session, viewer: Viewer, chosen: AssetFilter) -> int:
    """How many rows the filter has."""
    return session.exec(
        select(sa.func.count()).select_from(Asset).where(*_asked(session, viewer, chosen).conditions)
    ).one()


def slice_ids(session: Session, viewer: Viewer, chosen: AssetFilter, *, offset: int, limit: int) -> list[int]:
    """The ids of so many rows from a place on, for scripts that count their pages."""
    sort = one_of(chosen.sort, SORTS, "sort") or "tag"
    order = _order(descending=sort.startswith("-"))
    statement = select(Asset.id).where(*_asked(session, viewer, chosen).conditions).order_by(*order)
    return [number or 0 for number in session.exec(statement.offset(offset).limit(limit))]


def sites(session: Session, viewer: Viewer) -> tuple[str, ...]:
    """Sites that the viewer has assets at, for the filter."""
    here = sa.select(col(Asset.site_id)).where(within(viewer, Permission.ASSET_VIEW, col(Asset.unit_id)))
    has_any = (
        here.where(col(Asset.site_id) == col(Site.id)).exists()  # the first asset of a site settles it
        if sees_all(viewer, Permission.ASSET_VIEW)
        else col(Site.id).in_(here)
    )
    rows = session.exec(select(Site).where(has_any).order_by(col(Site.sort_key))).all()
    return tuple(site.name for site in rows)


def id_of_tag(session: Session, viewer: Viewer, tag: str) -> int:
    """The asset a label's short link names.

    Raises:
        NotFoundError: none, or not for this viewer.
    """
    mine = within(viewer, Permission.ASSET_VIEW, col(Asset.unit_id))
    found = session.exec(select(Asset.id).where(Asset.tag == tag, mine)).first()
    if found is None:
        raise NotFoundError
    return found
