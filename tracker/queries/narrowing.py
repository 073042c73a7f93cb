"""Shared by every query: the viewer's subtrees as a condition, LIKE that means what it says, pages by key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

import sqlalchemy as sa
from sqlmodel import col

from tracker.errors import InvalidError, TrackerError
from tracker.swedish import search_key
from tracker.tables import Unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tracker.roles import Viewer
    from tracker.words import Permission

PAGE = 50
MOST = 2**63 - 1
"""The largest id that either database compares with."""
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Page(Generic[_T]):
    """One page of a list.

    Attributes:
        next_cursor, previous_cursor: what to ask for next; None at an end.
        total: how many rows the filter has; `whole`: how many there are without it.
        is_more: whether the filter has still more rows than `total` says.
    """

    rows: tuple[_T, ...]
    next_cursor: str | None
    previous_cursor: str | None
    total: int
    whole: int
    is_more: bool = False


def sees_all(viewer: Viewer, permission: Permission) -> bool:
    """Whether the permission is held over the root (path ``/1/``; there is one) and so over every unit."""
    return any(path.count("/") == 2 for path in viewer.paths(permission))  # noqa: PLR2004 -- before and after one id


def within(viewer: Viewer, permission: Permission, unit_id: Any) -> sa.ColumnElement[bool]:
    """The rows whose unit lies in a subtree over which the viewer holds the permission."""
    paths = viewer.paths(permission)
    if not paths:
        return sa.false()
    if sees_all(viewer, permission):
        return cast(
            "sa.ColumnElement[bool]", unit_id.is_not(None)
        )  # no look at the tree for each of 100,000 rows
    return sa.and_(
        unit_id.in_(sa.select(col(Unit.id)).where(sa.or_(*(col(Unit.path).startswith(p) for p in paths))))
    )


SHORT = 3
"""A word of fewer letters says little in the midst of another: it is looked for where words begin."""


def _holds(column: Any, word: str) -> sa.ColumnElement[bool]:
    if len(word) >= SHORT:
        return cast("sa.ColumnElement[bool]", column.contains(word, autoescape=True))
    return sa.or_(column.startswith(word, autoescape=True), column.contains(f" {word}", autoescape=True))


def contains(column: Any, text: str) -> sa.ColumnElement[bool]:
    """Rows whose search key holds every word of the text; ``%`` and ``_`` mean themselves."""
    words = search_key(text).split()
    found: sa.ColumnElement[bool] = sa.and_(*(_holds(column, word) for word in words))
    return found if words else sa.true()


def one_of(value: str | None, allowed: Sequence[str], field: str) -> str | None:
    """A filter's value when it is one that exists, None when there is none.

    Raises:
        InvalidError: anything else: a filter is an allow-list.
    """
    if not value:
        return None
    if value not in allowed:
        raise InvalidError({field: TrackerError("error.unknown_filter", value=value[:40])})
    return value


def paged(
    rows: Sequence[_T], cursors: Sequence[str], *, before: bool, cursor: str | None, size: int = PAGE
) -> tuple[tuple[_T, ...], str | None, str | None]:
    """Cut what was read (one more than a page, in reading order) into a page with its cursors. Pure."""
    more = len(rows) > size
    kept, keys = list(rows[:size]), list(cursors[:size])
    if before:
        kept.reverse()
        keys.reverse()
    if not kept:
        return (), None, None
    has_next = more if not before else True
    has_previous = more if before else cursor is not None
    return (
        tuple(kept),
        (f"after:{keys[-1]}" if has_next else None),
        (f"before:{keys[0]}" if has_previous else None),
    )


def cursor_of(cursor: str | None) -> tuple[bool, str | None, int]:
    """(reading backwards, sort key, id) of a cursor.

    Raises:
        InvalidError: it is none of ours.
    """
    if not cursor:
        return False, None, 0
    direction, _, rest = cursor.partition(":")
    key, _, number = rest.rpartition("|")
    if direction not in {"after", "before"} or not (number.isdecimal() and int(number[:20]) <= MOST):
        raise InvalidError({"cursor": TrackerError("error.unknown_filter", value=cursor[:40])})
    return direction == "before", key, int(number)
