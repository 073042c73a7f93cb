"""Organisation and places: units in a tree, sites, rooms."""

from __future__ import annotations

from sqlmodel import Field, SQLModel

from tracker.tables.base import words
from tracker.words import UnitKind

PLACE_KEY = 240
"""Characters of the key that a unit or a site is put in order by; a room's are `ROOM_KEY`."""
ROOM_KEY = 160


class Unit(SQLModel, table=True):
    """An organisational unit (förvaltning, verksamhet, skola, klass).

    `path` is the ids from the root, ``/1/4/9/``: a subtree is everything whose path starts with it. Changes of these
    tables are compare-and-set on `version`.
    """

    id: int | None = Field(default=None, primary_key=True)
    version: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    parent_id: int | None = Field(default=None, foreign_key="unit.id", index=True)
    path: str = Field(default="", max_length=200, index=True)
    kind: UnitKind = Field(sa_type=words(UnitKind, check="kind"))
    name: str = Field(max_length=120)
    sort_key: str = Field(max_length=PLACE_KEY, index=True)
    code: str | None = Field(default=None, max_length=40, unique=True)


class Site(SQLModel, table=True):
    """A place with an address: a school, the town hall."""

    id: int | None = Field(default=None, primary_key=True)
    version: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    name: str = Field(max_length=120, unique=True)
    sort_key: str = Field(max_length=PLACE_KEY, index=True)
    unit_id: int = Field(foreign_key="unit.id", index=True)


class Room(SQLModel, table=True):
    """A room at a site."""

    id: int | None = Field(default=None, primary_key=True)
    version: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    site_id: int = Field(foreign_key="site.id", index=True)
    name: str = Field(max_length=80)
    sort_key: str = Field(max_length=ROOM_KEY)
    is_secured: bool = False
