"""Rows that hold every word of a text, by the index of three letters where there is one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlmodel import col

from tracker.queries.narrowing import SHORT, contains
from tracker.swedish import search_key
from tracker.tables.text_index import DUE, SUFFIX

if TYPE_CHECKING:
    from collections.abc import Sequence

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


def _phrases(words: Sequence[str]) -> str:
    """The words as FTS5 wants them: each a string, a quotation mark in it doubled."""
    return " ".join('"{}"'.format(word.replace('"', '""')) for word in words)


def _looked_up(session: Session, table: str, words: Sequence[str]) -> str | None:
    """A JSON list of the ids of rows that hold the words or are not indexed yet; None when they are more than `FEW`."""
    name = f"{table}{SUFFIX}"
    # Names of our own tables; what is looked for is a parameter.
    held = f"SELECT rowid FROM {name} WHERE {name} MATCH :words"  # noqa: S608 -- see above
    some = f"{held} UNION ALL SELECT id FROM {table}{DUE} LIMIT :most"  # noqa: S608 -- see above
    match = sa.text(f"SELECT count(*), json_group_array(rowid) FROM ({some})")  # noqa: S608 -- see above
    count, ids = session.execute(match, {"words": _phrases(words), "most": FEW + 1}).one()
    return None if count > FEW else ids


def _indexed(words: Sequence[str]) -> list[str]:
    """The words as the index knows them: short ones with the space before them, the shortest not at all."""
    spaced = [word if len(word) >= SHORT else f" {word}" for word in words if "\0" not in word]
    return [word for word in spaced if len(word) >= SHORT]


def _on_sqlite(column: Any, words: Sequence[str]) -> sa.ColumnElement[bool]:
    """`contains`, letter for letter: SQLite's LIKE folds A to Z for each row anew, and the keys are folded already."""
    key = sa.literal(" ") + column
    held = (
        sa.func.instr(column, word) if len(word) >= SHORT else sa.func.instr(key, f" {word}")
        for word in words
    )
    return sa.and_(*(found > 0 for found in held))


def _candidates(session: Session, table: str, words: Sequence[str]) -> str | None:
    """Ids of few rows among which all are that hold the words: what one word leaves, or else what all leave."""
    # A figure tells more rows apart than a word (a room, a tag, a model); of words the long ones do.
    for word in sorted(words, key=lambda one: (any(map(str.isdigit, one)), len(one)), reverse=True):
        ids = _looked_up(session, table, [word])
        if ids is not None:
            return ids
    return _looked_up(session, table, words) if len(words) > 1 else None


def by_words(session: Session, table: type[Asset | Person], text: str) -> Held:
    """What is known of the rows that hold every word of the text."""
    words = search_key(text).split()
    if session.get_bind().dialect.name != "sqlite" or not words:
        return Held(contains(col(table.search_key), text))
    condition = _on_sqlite(col(table.search_key), words)
    known = _indexed(words)
    ids = _candidates(session, str(table.__tablename__), known) if known else None
    if ids is None:
        return Held(condition, is_costly=True)
    listed: Any = sa.select(sa.column("value")).select_from(sa.func.json_each(ids))
    return Held(sa.and_(col(table.id).in_(listed), condition))
