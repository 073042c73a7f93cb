"""Rows that hold every word of a text, by the index of three letters where there is one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlmodel import col

from tracker.queries.narrowing import contains
from tracker.swedish import search_key
from tracker.tables.text_index import DUE, SUFFIX

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlmodel import Session

    from tracker.tables import Asset, Person

FEW = 3_000
"""Up to so many are looked up one by one; what more rows hold is sooner met by going through them in order."""
SHORTEST = 3
"""Letters that the index knows (sqlite.org/fts5.html#the_trigram_tokenizer)."""


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


def _looked_up(session: Session, table: str, words: Sequence[str]) -> list[int]:
    """Ids of rows that hold the words or are not indexed yet, one more than `FEW` at most."""
    name = f"{table}{SUFFIX}"
    match = sa.text(
        f"SELECT rowid FROM {name} WHERE {name} MATCH :words UNION ALL SELECT id FROM {table}{DUE} LIMIT :most"  # noqa: S608 -- our tables
    )
    return list(session.execute(match, {"words": _phrases(words), "most": FEW + 1}).scalars())


def by_words(session: Session, table: type[Asset | Person], text: str) -> Held:
    """What is known of the rows that hold every word of the text."""
    condition = contains(col(table.search_key), text)
    words = search_key(text).split()
    known = [word for word in words if len(word) >= SHORTEST and "\0" not in word]
    if session.get_bind().dialect.name != "sqlite":
        return Held(condition)
    if not known:
        return Held(condition, is_costly=bool(words))
    ids = _looked_up(session, str(table.__tablename__), known)
    if len(ids) > FEW:
        return Held(condition, is_costly=True)
    listed: Any = sa.select(sa.column("value")).select_from(sa.func.json_each(json.dumps(ids)))
    return Held(sa.and_(col(table.id).in_(listed), condition))
