"""The asset list, by pages of keys, and the asset's own page with its history."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from discovery.sighting import DeviceClass
from tracker.errors import NotFoundError
from tracker.makes import make_text
from tracker.names import hides_unit, shown_name
from tracker.queries.by_words import Held, by_words
from tracker.queries.counting import Counts
from tracker.queries.narrowing import PAGE, Page, cursor_of, one_of, paged, sees_all, within
from tracker.queries.people import masked
from tracker.tables import (
    Asset,
    AssetIdentifier,
    DeviceModel,
    Person,
    Site,
    Unit,
)
from tracker.texts import text
from tracker.words import AssetStatus, IdentifierKind, Language, Permission

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tracker.roles import Viewer

SORTS = ("tag", "-tag")
EXPORTED_AT_ONCE = 500
"""Rows of an export that are held in memory."""


@dataclass(frozen=True, slots=True)
class AssetFilter:
    """What a link to the list says; unknown values are refused, not ignored.

    Attributes:
        unit: the id of a unit, meant with everything below it.
        changed_since: with this moment.
        is_exact: whether what holds the words is counted to the last row.
    """

    text: str = ""
    status: str | None = None
    site: str | None = None
    device_class: str | None = None
    sort: str = "tag"
    cursor: str | None = None
    tag: str | None = None
    identifier: tuple[IdentifierKind, str] | None = None
    asset_id: int | None = None
    unit: int | None = None
    model: int | None = None
    changed_since: datetime | None = None
    size: int = PAGE
    is_exact: bool = False


@dataclass(frozen=True, slots=True)
class AssetRow:
    """One row of the list. `unit_id` None: the unit has a name, but not for this viewer (`tracker.names.hides_unit`)."""

    id: int
    tag: str
    status: AssetStatus
    model: str
    model_id: int | None
    device_class: DeviceClass
    unit: str
    unit_id: int | None
    site: str
    holder: str | None
    support_ends: date | None
    changed_at: datetime


def _by_id(chosen: AssetFilter) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if chosen.asset_id is not None:
        found.append(col(Asset.id) == chosen.asset_id)
    if chosen.model is not None:
        found.append(col(Asset.model_id) == chosen.model)
    return found


def _below(session: Session, unit_id: int | None) -> Any:
    """The ids of the unit and of all below it; None for all units, which need not be asked for."""
    if unit_id is None:
        return None
    unit = session.get(Unit, unit_id)
    if unit is not None and unit.parent_id is None:
        return None
    here = col(Unit.path).startswith(unit.path) if unit is not None else sa.false()
    return sa.select(col(Unit.id)).where(here)


def _choices(chosen: AssetFilter) -> list[sa.ColumnElement[bool]]:
    """What the filter's choices say, without its words."""
    status = one_of(chosen.status, [s.value for s in AssetStatus], "status")
    kind = one_of(chosen.device_class, [c.value for c in DeviceClass], "device_class")
    found = _by_id(chosen)
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
    if chosen.changed_since is not None:
        found.append(col(Asset.changed_at) >= chosen.changed_since)
    if chosen.site:
        found.append(col(Asset.site_id).in_(sa.select(col(Site.id)).where(col(Site.name) == chosen.site)))
    return found


HOLDERS = aliased(Unit)
"""The units of the assets' holders."""


def joined(*columns: Any) -> Any:
    """These columns of every asset, its unit, model, site and holder, where it has them, and the holder's unit."""
    return (
        sa.select(*columns)
        .select_from(Asset)
        .join(Unit, col(Asset.unit_id) == col(Unit.id))
        .join(DeviceModel, col(Asset.model_id) == col(DeviceModel.id), isouter=True)
        .join(Site, col(Asset.site_id) == col(Site.id), isouter=True)
        .join(Person, col(Asset.holder_id) == col(Person.id), isouter=True)
        .join(HOLDERS, col(Person.unit_id) == col(HOLDERS.id), isouter=True)
    )


@cache
def rows_statement() -> Any:
    """Every row of the list, built once. Columns, not objects: a list makes fifty rows and an export a hundred thousand."""
    return joined(
        col(Asset.id),
        col(Asset.tag),
        col(Asset.status),
        col(Asset.sort_key),
        col(Asset.model_id),
        col(Asset.unit_id),
        col(Asset.changed_at),
        sa.func.coalesce(col(Asset.support_ends), col(DeviceModel.support_ends)).label("support_ends"),
        col(DeviceModel.vendor),
        col(DeviceModel.name).label("model"),
        col(DeviceModel.device_class),
        col(Unit.name).label("unit"),
        col(Unit.path).label("unit_path"),
        col(Site.name).label("site"),
        col(Person.name),
        col(Person.is_protected),
        col(HOLDERS.path).label("path"),
    )


def row_of(found: Any, viewer: Viewer, language: Language) -> AssetRow:
    """A row of `rows_statement` as this viewer may see it."""
    # The row itself has the person's name and whether it is protected, which is all that a name is shown by.
    holder = shown_name(found, found.path or "", viewer, language) if found.name is not None else None
    is_hidden = hides_unit(found, found.path or "", found.unit_path, viewer)
    return AssetRow(
        id=found.id,
        tag=found.tag,
        status=found.status,
        model=make_text(found.vendor, found.model) if found.model is not None else "",
        model_id=found.model_id,
        device_class=found.device_class or DeviceClass.UNKNOWN,
        unit=text("person.protected_unit", language) if is_hidden else found.unit,
        unit_id=None if is_hidden else found.unit_id,
        site=found.site or "",
        holder=holder,
        support_ends=found.support_ends,
        changed_at=found.changed_at,
    )


def order(*, descending: bool) -> tuple[Any, Any]:
    """By tag, and by id where two tags sort alike."""
    key, number = col(Asset.sort_key), col(Asset.id)
    return (key.desc(), number.desc()) if descending else (key, number)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the list is asked for, as conditions: the viewer's rows, the filter's choices, its words, its units."""

    mine: list[sa.ColumnElement[bool]]
    choices: list[sa.ColumnElement[bool]]
    held: Held | None
    below: Any

    @property
    def conditions(self) -> list[sa.ColumnElement[bool]]:
        units = [col(Asset.unit_id).in_(self.below)] if self.below is not None else []
        return [*self.mine, *self.choices, *units, *([self.held.condition] if self.held else [])]


def _unless_hidden(unit_id: int | None, viewer: Viewer) -> list[sa.ColumnElement[bool]]:
    """That asking for a unit does not tell which protected persons belong to it, where their assets do not say so."""
    if unit_id is None:
        return []
    whose = sa.select(col(Person.id)).where(col(Person.unit_id) == unit_id, masked(viewer))
    return [
        sa.not_(sa.and_(col(Asset.unit_id) == unit_id, sa.func.coalesce(col(Asset.holder_id), 0).in_(whose)))
    ]


def _asked(session: Session, viewer: Viewer, chosen: AssetFilter) -> _Asked:
    # All rows are counted by the database without a look at any; whatever is asked of them, it must look at each.
    is_all = sees_all(viewer, Permission.ASSET_VIEW)
    mine = [] if is_all else [within(viewer, Permission.ASSET_VIEW, col(Asset.unit_id))]
    held = by_words(session, Asset, chosen.text) if chosen.text.strip() else None
    choices = [*_choices(chosen), *_unless_hidden(chosen.unit, viewer)]
    return _Asked(mine, choices, held, _below(session, chosen.unit))


def conditions(session: Session, viewer: Viewer, chosen: AssetFilter) -> list[sa.ColumnElement[bool]]:
    """The filter, within the viewer's reach.

    Raises:
        InvalidError: a word that there is not.
    """
    return _asked(session, viewer, chosen).conditions


def _count(session: Session, wanted: list[sa.ColumnElement[bool]]) -> int:
    return int(session.execute(sa.select(sa.func.count()).select_from(Asset).where(*wanted)).scalar_one())


def _led(session: Session, asked: _Asked) -> list[sa.ColumnElement[bool]]:
    """The conditions with a hint for SQLite, which has no figures of its own to choose a way by.

    Rows that are common are met soonest along the list's own order; rare ones are gathered and then put in order.
    """
    if session.get_bind().dialect.name != "sqlite":
        return asked.conditions
    # An index on the column itself would be taken, and all rows gathered.
    units = [(col(Asset.unit_id) + 0).in_(asked.below)] if asked.below is not None else []
    return [*asked.mine, *units, *(sa.func.likely(one) for one in asked.choices)]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in the list to read, and which way."""

    descending: bool
    key: str | None
    number: int
    size: int


def _read(session: Session, wanted: list[sa.ColumnElement[bool]], place: _Place) -> Sequence[Any]:
    """The rows of one page and one more."""
    # Put in order by the narrowest look there is; what is shown of a row is joined to those of the page only.
    ids = sa.select(col(Asset.id)).where(*wanted)
    if place.key is not None:
        here = sa.tuple_(sa.literal(place.key), sa.literal(place.number))
        at = sa.tuple_(col(Asset.sort_key), col(Asset.id))
        ids = ids.where(at < here if place.descending else at > here)
    in_order = order(descending=place.descending)
    page = ids.order_by(*in_order).limit(place.size + 1)
    return session.execute(rows_statement().where(col(Asset.id).in_(page)).order_by(*in_order)).all()


def list_assets(session: Session, viewer: Viewer, chosen: AssetFilter, language: Language) -> Page[AssetRow]:
    """One page of the list."""
    sort = one_of(chosen.sort, SORTS, "sort") or "tag"
    backwards, key, number = cursor_of(chosen.cursor)
    place = _Place(sort.startswith("-") != backwards, key, number, chosen.size)
    asked = _asked(session, viewer, chosen)
    counts, reach = Counts(session), viewer.paths(Permission.ASSET_VIEW)
    total = whole = counts.of(("whole", reach), lambda: _count(session, asked.mine))
    wanted = asked.conditions
    if asked.held is None and (asked.choices or asked.below is not None):
        about = (replace(chosen, sort="", cursor=None, size=0), viewer)
        total = counts.of(about, lambda: _count(session, asked.conditions))
        if sees_all(viewer, Permission.ASSET_VIEW) and total**2 > whole * chosen.size:
            wanted = _led(session, asked)
    found = _read(session, wanted, place)
    cursors = [f"{one.sort_key}|{one.id}" for one in found]
    rows = [row_of(one, viewer, language) for one in found]
    kept, following, previous = paged(rows, cursors, before=backwards, cursor=chosen.cursor, size=chosen.size)
    is_more = False
    if asked.held is not None:
        is_cut = following is not None or previous is not None
        # To count what words hold may cost a walk through all rows, for a figure that nobody needs.
        is_more = is_cut and asked.held.is_costly and not chosen.is_exact
        total = _count(session, asked.conditions) if is_cut and not is_more else len(kept)
    return Page(kept, following, previous, total, whole, is_more=is_more)


def every_asset(
    session: Session, viewer: Viewer, chosen: AssetFilter, language: Language
) -> Iterator[AssetRow]:
    """All rows of the list, for export, read in pieces."""
    sort = one_of(chosen.sort, SORTS, "sort") or "tag"
    statement = (
        rows_statement()
        .where(*conditions(session, viewer, chosen))
        .order_by(*order(descending=sort.startswith("-")))
    )
    for found in session.execute(statement.execution_options(yield_per=EXPORTED_AT_ONCE)):
        yield row_of(found, viewer, language)


def count_assets(session: Session, viewer: Viewer, chosen: AssetFilter) -> int:
    """How many rows the filter has."""
    return session.exec(
        select(sa.func.count()).select_from(Asset).where(*conditions(session, viewer, chosen))
    ).one()


def unit_named(session: Session, viewer: Viewer, unit_id: int) -> str:
    """The name of a unit that assets may be asked for by.

    Raises:
        NotFoundError: it is not there, or not for this viewer.
    """
    unit = session.get(Unit, unit_id)
    if unit is None or not viewer.may(Permission.ASSET_VIEW, unit.path):
        raise NotFoundError
    return unit.name


@lru_cache(maxsize=256)
def _sites(viewer: Viewer) -> Any:
    here = sa.select(col(Asset.site_id)).where(within(viewer, Permission.ASSET_VIEW, col(Asset.unit_id)))
    has_any = (
        here.where(col(Asset.site_id) == col(Site.id)).exists()  # the first asset of a site settles it
        if sees_all(viewer, Permission.ASSET_VIEW)
        else col(Site.id).in_(here)
    )
    return select(Site.name).where(has_any).order_by(col(Site.sort_key))


def sites(session: Session, viewer: Viewer) -> tuple[str, ...]:
    """Sites that the viewer has assets at, for the filter."""
    return tuple(session.exec(_sites(viewer)))


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
