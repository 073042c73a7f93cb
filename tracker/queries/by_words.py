"""Rows that hold every word of a text, by the index of three letters where there is one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import sqlalchemy as sa
from sqlmodel import col

from tracker.queries.narrowing import SHORT, contains
from tracker.swedish import search_key
from tracker.tables import Device
from tracker.tables.text_index import DUE, SUFFIX

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlmodel import Session

    from tracker.tables import Asset, Person

FEW = 2_000
"""Up to so many are looked up one by one; what more rows hold is sooner met by going through them in order."""


@dataclass(frozen=True, slots=True)
class Held:
    """What a text comes to.

    Attributes:
        condition: that a row's search key holds every word of the text; ``%`` and ``_`` mean themselves.
        is_costly: whether all rows must be gone through to count those that hold it.
    """

    condition: sa.ColumnElement[bool]
    is_costly: bool = False


def _pieces(word: str) -> tuple[str, str]:
    """Two times three letters of the word that tell much: of one with figures its end (a tag, a serial), else its beginning.

    As a whole word the index would compare the places of all its letters in each row, and the row is read anyway.
    """
    is_long = len(word) >= 2 * SHORT
    if any(map(str.isdigit, word)):
        return word[-SHORT:], word[-2 * SHORT : -SHORT] if is_long else word[:SHORT]
    return word[:SHORT], word[SHORT : 2 * SHORT] if is_long else word[-SHORT:]


def _matching(words: Sequence[str]) -> str:
    """What FTS5 is asked for: each piece a string, a quotation mark in it doubled."""
    pieces = dict.fromkeys(piece for word in words for piece in _pieces(word))
    return " AND ".join('"{}"'.format(piece.replace('"', '""')) for piece in pieces)


def _looked_up(session: Session, table: str, words: Sequence[str]) -> str | None:
    """A JSON list of the ids of rows that hold the pieces or are not indexed yet; None when they are more than `FEW`."""
    name = f"{table}{SUFFIX}"
    # Names of our own tables; what is looked for is a parameter.
    held = f"SELECT rowid FROM {name} WHERE {name} MATCH :words"  # noqa: S608 -- see above
    some = f"{held} UNION ALL SELECT id FROM {table}{DUE} LIMIT :most"  # noqa: S608 -- see above
    match = sa.text(f"SELECT count(*), json_group_array(rowid) FROM ({some})")  # noqa: S608 -- see above
    count, ids = session.execute(match, {"words": _matching(words), "most": FEW + 1}).one()
    return None if count > FEW else ids


def _indexed(words: Sequence[str]) -> list[str]:
    """The words as the index knows them: short ones with the space before them, the shortest not at all."""
    spaced = [word if len(word) >= SHORT else f" {word}" for word in words if "\0" not in word]
    return [word for word in spaced if len(word) >= SHORT]


def _on_sqlite(column: Any, words: Iterable[tuple[Any, bool]]) -> sa.ColumnElement[bool]:
    """`contains`, letter for letter: SQLite's LIKE folds A to Z for each row anew, and the keys are folded already.

    Each word says whether it is short; a short one comes with the space before it.
    """
    key = sa.literal(" ") + column
    return sa.and_(
        sa.true(), *(sa.func.instr(key if is_short else column, word) > 0 for word, is_short in words)
    )


def _spaced(words: Iterable[str]) -> list[tuple[str, bool]]:
    return [(word, False) if len(word) >= SHORT else (f" {word}", True) for word in words]


def _candidates(session: Session, table: str, words: Sequence[str]) -> str | None:
    """Ids of few rows among which all are that hold the words; None when the two that tell most leave too many."""
    # A figure tells more rows apart than a word (a room, a tag, a model); of words the long ones do.
    first, *others = sorted(words, key=lambda one: (any(map(str.isdigit, one)), len(one)), reverse=True)
    ids = _looked_up(session, table, [first])
    return ids if ids is not None or not others else _looked_up(session, table, [first, others[0]])


def _ids_of(session: Session, table: type[Asset | Person], words: Sequence[str]) -> str | None:
    known = _indexed(words)
    return _candidates(session, str(table.__tablename__), known) if known else None


def _listed(table: type[Asset | Person], ids: Any) -> sa.ColumnElement[bool]:
    listed: Any = sa.select(sa.column("value")).select_from(sa.func.json_each(ids))
    return col(table.id).in_(listed)


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


def by_words(session: Session, table: type[Asset | Person], text: str) -> Held:
    """What is known of the rows that hold every word of the text."""
    words = search_key(text).split()
    if not _is_sqlite(session) or not words:
        return Held(contains(col(table.search_key), text))
    condition = _on_sqlite(col(table.search_key), _spaced(words))
    ids = _ids_of(session, table, words)
    return Held(condition, is_costly=True) if ids is None else Held(sa.and_(_listed(table, ids), condition))


class Shape(NamedTuple):
    """All of a text that a statement depends on, so that one statement is built for all texts of a shape.

    Attributes:
        short: for each word whether it is short.
        is_listed: whether the ids of all rows that may hold the words are given.
    """

    is_sqlite: bool
    short: tuple[bool, ...]
    is_listed: bool = False


def _like(word: str) -> str:
    """The word as LIKE takes it, every sign meaning itself."""
    return re.sub(r"([/%_])", r"/\1", word)


def shaped(
    session: Session, text: str, table: type[Asset | Person] | None = None
) -> tuple[Shape, dict[str, Any]]:
    """The shape of a text and what a statement of that shape is run with; of a table with an index its ids too."""
    words = search_key(text).split()
    spaced = _spaced(words)
    short = tuple(is_short for _, is_short in spaced)
    if not _is_sqlite(session):
        patterns = {f"word_{n}": f"%{_like(word)}%" for n, (word, _) in enumerate(spaced)}
        begun = {f"begun_{n}": f"{_like(word)}%" for n, word in enumerate(words) if short[n]}
        return Shape(is_sqlite=False, short=short), patterns | begun
    values: dict[str, Any] = {f"word_{n}": word for n, (word, _) in enumerate(spaced)}
    ids = _ids_of(session, table, words) if table is not None else None
    if ids is not None:
        values["ids"] = ids
    return Shape(is_sqlite=True, short=short, is_listed=ids is not None), values


def _matched(column: Any, number: int, *, is_short: bool) -> sa.ColumnElement[bool]:
    held: sa.ColumnElement[bool] = column.like(sa.bindparam(f"word_{number}"), escape="/")
    return sa.or_(held, column.like(sa.bindparam(f"begun_{number}"), escape="/")) if is_short else held


def holds(table: type[Asset | Person | Device], shape: Shape) -> sa.ColumnElement[bool]:
    """That a row's search key holds every word; what `shaped` gave beside the shape are its parameters."""
    column = col(table.search_key)
    if not shape.is_sqlite:
        return sa.and_(sa.true(), *(_matched(column, n, is_short=one) for n, one in enumerate(shape.short)))
    condition = _on_sqlite(column, ((sa.bindparam(f"word_{n}"), one) for n, one in enumerate(shape.short)))
    if not shape.is_listed or table is Device:
        return condition
    return sa.and_(_listed(cast("type[Asset | Person]", table), sa.bindparam("ids")), condition)
