"""One blueprint a noun; each module's `bp` is mounted by `web.app`."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Blueprint

NOUNS = (
    "account",
    "administration",
    "asset_edit",
    "assets",
    "devices",
    "findings",
    "handovers",
    "health",
    "imports",
    "metrics",
    "models",
    "networks",
    "people",
    "people_files",
    "receipts",
    "returns",
    "roles",
    "scans",
    "search",
    "settings",
    "sites",
    "start",
    "system",
    "tokens",
    "units",
    "users",
)


def blueprints() -> Iterator[Blueprint]:
    """Every noun's blueprint."""
    for noun in NOUNS:
        yield cast("Blueprint", import_module(f"web.pages.{noun}").bp)
