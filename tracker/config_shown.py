"""config.toml as it is in force, for a page: what is not known to be harmless is only said to be there. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy.engine import make_url

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tracker.config import Config

HARMLESS = {
    "schedule": ("nightly", "timezone"),
    "limits": ("rate", "host_rate", "deadline_s", "memory_mb"),
    "scope": ("never",),
    "backup": ("folder", "at", "keep"),
    "web": ("host", "port", "certificate", "key", "behind_proxy", "proxies", "hosts", "base_url"),
    "harvest": ("kind", "path", "address", "site"),
}
"""Keys whose values may be read by whoever may change settings. A key that is not here may hold a secret."""
ELSEWHERE = frozenset({"networks", "database"})
"""Sections that are told in another way."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One key: its value, or only whether it is there (`value` None)."""

    key: str
    value: str | None
    is_there: bool


@dataclass(frozen=True, slots=True)
class Section:
    """One section of the file: ``schedule``, or ``harvest`` once for each entry."""

    name: str
    keys: tuple[Shown, ...]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(_text(one) for one in value) if isinstance(value, list | tuple) else str(value)


def _shown(section: str, key: str, value: Any) -> Shown:
    is_there = value not in (None, "", (), [], {})
    if key in HARMLESS.get(section, ()):
        return Shown(key, _text(value) if is_there else None, is_there)
    return Shown(key, None, is_there)


def _section(name: str, body: Mapping[str, Any]) -> Section:
    return Section(name, tuple(_shown(name, key, value) for key, value in body.items()))


def sections(config: Config) -> Iterator[Section]:
    """Every section but the networks, which have a page of their own."""
    url = make_url(config.database.url)
    yield Section(
        "database", (Shown("url", url.set(query={}).render_as_string(hide_password=True), is_there=True),)
    )
    for name in type(config).model_fields:
        body = getattr(config, name)
        if name in ELSEWHERE or name == "path":
            continue
        for one in body if isinstance(body, tuple) else (body,):
            yield _section(name, {key: getattr(one, key) for key in type(one).model_fields})
