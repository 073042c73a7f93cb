"""What a page needs from outside: the register, the configuration and the time, as the app was given them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast
from zoneinfo import ZoneInfo

from flask import Flask, current_app
from sqlalchemy import Engine

from tracker import db
from tracker.clock import Clock
from tracker.config import Config

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from datetime import datetime

    from sqlmodel import Session


_KEY = "enhetskoll"


@dataclass(frozen=True, slots=True)
class Doors:
    """What `web.create_app` was given."""

    config: Config
    engine: Engine
    clock: Clock
    zone: ZoneInfo


def fit(app: Flask, doors: Doors) -> None:
    """Give the app its doors."""
    app.extensions[_KEY] = doors


def doors() -> Doors:
    """The current app's doors."""
    return cast("Doors", current_app.extensions[_KEY])


def now() -> datetime:
    """The moment, aware, in UTC."""
    return doors().clock()


def reading() -> AbstractContextManager[Session]:
    """A session for queries; see `tracker.db.reading`."""
    return db.reading(doors().engine)


def writing() -> AbstractContextManager[Session]:
    """One short write transaction; see `tracker.db.writing`."""
    return db.writing(doors().engine)
