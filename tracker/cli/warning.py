"""What is said at the start of the services and hinders nothing: a database with a known fault, a proxy that anybody can pass by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from tracker.cli.running import language
from tracker.clock import utc_now
from tracker.db import sqlite_warning, writing
from tracker.tables import Setting
from tracker.texts import text

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tracker.config import Config

SAID_OF_SQLITE = "said_of_sqlite"
"""The row of `Setting` that holds the version last warned of; no page sets it."""


def _is_new(engine: Engine, version: str) -> bool:
    """Whether the register has not heard of this version; from now on it has."""
    with writing(engine) as session:
        said = session.get(Setting, SAID_OF_SQLITE)
        if said is not None and said.value == version:
            return False
        said = said or Setting(key=SAID_OF_SQLITE, changed_at=utc_now())
        said.value, said.changed_at = version, utc_now()
        session.add(said)
    return True


def warn_of_sqlite(config: Config, engine: Engine) -> None:
    """Say once for each version that this SQLite has a known fault; the system page goes on saying it."""
    version = sqlite_warning()
    if version and config.database_url.startswith("sqlite") and _is_new(engine, version):
        fault = text("system.sqlite_fault", language(), version=version)
        typer.echo(f"{fault} {text('cli.said_once', language())}", err=True)


def warn_of_proxy(config: Config) -> None:
    """Say that who reaches the port without the proxy is believed as the proxy is.

    Not refused: a proxy in another container reaches the pages in no other way, and its address may be known to the
    network's own rules only. Where it is named (`web.proxies`) nobody else is answered, and nothing need be said.
    """
    if config.web.is_open_beside_proxy:
        said = text("cli.open_beside_proxy", language(), host=config.web.host, port=config.web.port)
        typer.echo(said, err=True)
