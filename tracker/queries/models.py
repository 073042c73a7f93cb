"""Models by pages of keys, one model with those it may be a double of, and what ends when."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from discovery.sighting import DeviceClass
from tracker.errors import NotFoundError
from tracker.queries.narrowing import PAGE, Page, cursor_of, one_of, paged
from tracker.rules.end_of_life import IN_USE
from tracker.swedish import sort_key
from tracker.tables import Asset, DeviceModel
from tracker.words import Permission

if TYPE_CHECKING:
    from tracker.roles import Viewer

SUPPORT = ("passed", "within_year", "later", "no_end", "unasked")
"""Filters by what is known of the end of support."""
YEAR = timedelta(days=365)
HALF_YEARS = 8
"""Half-years that are told one by one, this one among them."""
LIKELY = 25
"""Models offered to merge with."""


@dataclass(frozen=True, slots=True)
class ModelFilter:
    """What a link to the list says; unknown values are refused, not ignored."""

    text: str = ""
    device_class: str | None = None
    support: str | None = None
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One model. `assets`: how many are of it, `in_use` of them."""

    model: DeviceModel
    assets: int
    in_use: int
    support: str


@dataclass(frozen=True, slots=True)
class Ending:
    """Units in use whose support ends in a half-year.

    Attributes:
        year, half: 1 for January to June; None for what has passed and what comes later.
        share: of the largest bar, 0 to 1.
    """

    code: str
    year: int | None
    half: int | None
    count: int
    share: float


@dataclass(frozen=True, slots=True)
class ModelPage:
    """One model, and the others by likeness of their names."""

    row: ModelRow
    likely: tuple[DeviceModel, ...]


def support_code(model: DeviceModel, today: date) -> str:
    """Which of the filters the model falls under. Pure."""
    if model.support_ends is None:
        return "no_end" if model.support_checked_on is not None else "unasked"
    if model.support_ends < today:
        return "passed"
    return "within_year" if model.support_ends < today + YEAR else "later"


def _support(code: str, today: date) -> list[sa.ColumnElement[bool]]:
    ends: Any = col(DeviceModel.support_ends)
    checked: Any = col(DeviceModel.support_checked_on)
    found: dict[str, list[sa.ColumnElement[bool]]] = {
        "passed": [ends < today],
        "within_year": [ends >= today, ends < today + YEAR],
        "later": [ends >= today + YEAR],
        "no_end": [ends.is_(None), checked.is_not(None)],
        "unasked": [ends.is_(None), checked.is_(None)],
    }
    return found[code]


def _has(word: str) -> sa.ColumnElement[bool]:
    """The word in maker or name: by the sort key, which knows å, ä and ö, or as it stands, for part of a number."""
    plain = sa.func.lower(col(DeviceModel.vendor) + " " + col(DeviceModel.name))
    in_key = col(DeviceModel.sort_key).contains(sort_key(word), autoescape=True)
    return sa.or_(in_key, plain.contains(word.casefold(), autoescape=True))


def _conditions(chosen: ModelFilter, today: date) -> list[sa.ColumnElement[bool]]:
    kind = one_of(chosen.device_class, [c.value for c in DeviceClass], "class")
    support = one_of(chosen.support, SUPPORT, "support")
    found = [_has(word) for word in chosen.text.split()]
    if kind:
        found.append(col(DeviceModel.device_class) == DeviceClass(kind))
    if support:
        found.extend(_support(support, today))
    return found


def _counts(session: Session, ids: list[int | None]) -> dict[int | None, tuple[int, int]]:
    used = sa.func.sum(sa.case((col(Asset.status).in_(IN_USE), 1), else_=0))
    rows = session.execute(
        sa.select(Asset.model_id, sa.func.count(), used)  # type: ignore[call-overload]
        .where(col(Asset.model_id).in_(ids))
        .group_by(Asset.model_id)
    ).all()
    return {model_id: (int(count), int(in_use)) for model_id, count, in_use in rows}


def _rows(session: Session, models: list[DeviceModel], today: date) -> list[ModelRow]:
    counts = _counts(session, [model.id for model in models])
    return [ModelRow(one, *counts.get(one.id, (0, 0)), support_code(one, today)) for one in models]


def list_models(session: Session, viewer: Viewer, chosen: ModelFilter, today: date) -> Page[ModelRow]:
    """One page of the list, in Swedish order.

    Raises:
        NotFoundError: not for this viewer.
    """
    if not viewer.may(Permission.MODEL_EDIT):
        raise NotFoundError
    backwards, key, number = cursor_of(chosen.cursor)
    conditions = _conditions(chosen, today)
    columns: tuple[Any, Any] = (col(DeviceModel.sort_key), col(DeviceModel.id))
    order = [column.desc() for column in columns] if backwards else list(columns)
    statement = select(DeviceModel).where(*conditions).order_by(*order).limit(PAGE + 1)
    if key is not None:
        place, here = sa.tuple_(*columns), sa.tuple_(sa.literal(key), sa.literal(number))
        statement = statement.where(place < here if backwards else place > here)
    rows = _rows(session, list(session.exec(statement).all()), today)
    cursors = [f"{row.model.sort_key}|{row.model.id}" for row in rows]
    kept, following, previous = paged(rows, cursors, before=backwards, cursor=chosen.cursor)
    count = select(sa.func.count()).select_from(DeviceModel)
    total, whole = session.exec(count.where(*conditions)).one(), session.exec(count).one()
    return Page(kept, following, previous, total, whole)


def model_page(session: Session, viewer: Viewer, model_id: int, today: date) -> ModelPage:
    """One model.

    Raises:
        NotFoundError: it is not there, or not for this viewer.
    """
    model = session.get(DeviceModel, model_id) if viewer.may(Permission.MODEL_EDIT) else None
    if model is None:
        raise NotFoundError
    (row,) = _rows(session, [model], today)
    others = session.exec(select(DeviceModel).where(DeviceModel.id != model_id)).all()
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(model.sort_key)

    def likeness(other: DeviceModel) -> tuple[float, str]:
        matcher.set_seq1(other.sort_key)
        return (-matcher.ratio(), other.sort_key)

    return ModelPage(row, tuple(sorted(others, key=likeness)[:LIKELY]))


def _half(day: date) -> int:
    """The half-year of a day as one number: twice the year, and one more from July on."""
    return day.year * 2 + (day.month > 6)  # noqa: PLR2004 -- July is the seventh


def _bucket(ends: date, today: date) -> int | str:
    if ends < today:
        return "passed"
    return _half(ends) if _half(ends) < _half(today) + HALF_YEARS else "later"


def endings(session: Session, today: date) -> tuple[Ending, ...]:
    """How many units in use lose their support when; the unit's own date goes before its model's. Empty for none."""
    ends = sa.func.coalesce(col(Asset.support_ends), col(DeviceModel.support_ends))
    rows = session.execute(
        sa.select(ends, sa.func.count())
        .select_from(Asset)
        .join(DeviceModel, col(Asset.model_id) == col(DeviceModel.id), isouter=True)
        .where(col(Asset.status).in_(IN_USE), ends.is_not(None))
        .group_by(ends)
    ).all()
    counts: Counter[int | str] = Counter()
    for day, count in rows:
        counts[_bucket(day if isinstance(day, date) else date.fromisoformat(day), today)] += count
    if not counts:
        return ()
    most = max(counts.values())
    found = [Ending("passed", None, None, counts["passed"], counts["passed"] / most)]
    for number in range(_half(today), _half(today) + HALF_YEARS):
        year, half = divmod(number, 2)
        found.append(Ending("half", year, half + 1, counts[number], counts[number] / most))
    found.append(Ending("later", None, None, counts["later"], counts["later"] / most))
    return tuple(found)
