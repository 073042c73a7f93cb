"""config.toml into one frozen Config; every complaint at once, each with its key, line and sentence."""

from __future__ import annotations

import difflib
import os
import re
import stat
import tomllib
from datetime import time
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, Field, ValidationError, field_validator, model_validator
from pydantic_core import PydanticCustomError

from discovery.scope import complaints as scope_complaints
from discovery.settings import (
    MAX_CONFIG,
    Cidr,
    DiscoverySettings,
    Settings,
    resolve,
)
from tracker.config_lines import line_of
from tracker.errors import Complaint, ConfigError

DEFAULT = Path("config.toml")
VARIABLE = "ENHETSKOLL_CONFIG"
SECRET_SECTIONS = frozenset({"snmp"})
SECRET_KEYS = frozenset({("database", "url"), ("web", "metrics_token")})
"""Where a secret may stand: a complaint does not repeat the value."""
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


class DatabaseSettings(Settings):
    """Where the register is; a relative SQLite path is relative to the configuration's folder."""

    url: str = Field(
        default="sqlite:///enhetskoll.db",
        pattern=r"^(sqlite:///|postgresql://|postgresql\+psycopg://)",
        repr=False,
    )


class ScheduleSettings(Settings):
    """When the nightly scan runs, as the clock on the wall says there."""

    nightly: str = "03:15"
    timezone: str = "Europe/Stockholm"

    @field_validator("nightly")
    @classmethod
    def _clock(cls, value: str) -> str:
        if not _CLOCK.fullmatch(value):
            raise ValueError("a time is written 03:15")
        return value

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError("no such time zone") from error
        return value

    @property
    def zone(self) -> ZoneInfo:
        """The time zone."""
        return ZoneInfo(self.timezone)

    @property
    def at(self) -> time:
        """The local time of the nightly scan."""
        return time.fromisoformat(self.nightly)


class BackupSettings(Settings):
    """The daily copy of the register.

    Attributes:
        folder: where it goes, relative to the configuration's folder; None for no copy.
        at: the local time from which the day's copy is made.
        keep: how many are kept.
    """

    folder: Path | None = None
    at: str = Field(default="05:00", pattern=_CLOCK.pattern + "$")
    keep: int = Field(default=14, ge=1, le=1000)

    @property
    def time(self) -> time:
        """The local time of the copy."""
        return time.fromisoformat(self.at)


class WebSettings(Settings):
    """Where the pages are served.

    Attributes:
        certificate, key: PEM files; needed on any address but loopback, unless `behind_proxy`.
        behind_proxy: a reverse proxy with TLS stands in front and sets X-Forwarded-For and -Proto.
        proxies: addresses and networks of such proxies on other machines; then nobody else but this machine is answered.
        hosts: names the pages answer to, beside localhost.
        base_url: how labels and receipts write links.
        metrics_token: who shows it may read ``/metrics``; None for nobody.
    """

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=1, le=65_535)
    certificate: Path | None = None
    key: Path | None = None
    behind_proxy: bool = False
    proxies: tuple[Cidr, ...] = ()
    hosts: tuple[str, ...] = ()
    base_url: str | None = Field(default=None, pattern=r"^https?://[^\s/]+(/.*)?$")
    metrics_token: str | None = Field(default=None, min_length=20, repr=False)

    @model_validator(mode="after")
    def _pair(self) -> WebSettings:
        if bool(self.certificate) != bool(self.key):
            raise PydanticCustomError("key_pair", "a certificate needs its key and a key its certificate")
        return self

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the pages."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def is_exposed(self) -> bool:
        """Whether passwords would cross a network in clear text."""
        return not (self.is_loopback or self.behind_proxy or (self.certificate and self.key))

    @property
    def is_open_beside_proxy(self) -> bool:
        """Whether others than the proxy may reach the port, and so give any X-Forwarded-For as theirs."""
        return self.behind_proxy and not self.is_loopback and not self.proxies


class Config(DiscoverySettings):
    """The whole configuration: discovery's sections and the register's."""

    database: DatabaseSettings = DatabaseSettings()
    schedule: ScheduleSettings = ScheduleSettings()
    backup: BackupSettings = BackupSettings()
    web: WebSettings = WebSettings()
    path: Path = Field(default=DEFAULT, exclude=True)

    @property
    def discovery(self) -> DiscoverySettings:
        """The part that decides where packets go."""
        return DiscoverySettings(**{name: getattr(self, name) for name in DiscoverySettings.model_fields})

    def beside(self, file: Path) -> Path:
        """A path of the configuration, relative to its folder."""
        return (self.path.parent / file).resolve()

    @property
    def database_url(self) -> str:
        """The database's URL with a relative SQLite path made absolute."""
        prefix = "sqlite:///"
        if not self.database.url.startswith(prefix):
            return self.database.url
        return prefix + str(self.beside(Path(self.database.url.removeprefix(prefix))))


def _dotted(location: tuple[int | str, ...]) -> str:
    key = ""
    for part in location:
        key += f"[{part}]" if isinstance(part, int) else f"{'.' if key else ''}{part}"
    return key


def _known_keys(location: tuple[int | str, ...]) -> list[str]:
    """The keys that may stand where an unknown one stood."""
    model: Any = Config
    for part in location[:-1]:
        if isinstance(part, str) and part in getattr(model, "model_fields", {}):
            annotation = model.model_fields[part].annotation
            inner = [a for a in getattr(annotation, "__args__", (annotation,)) if isinstance(a, type)]
            model = next((a for a in inner if issubclass(a, BaseModel)), model)
    return [name for name in model.model_fields if name != "path"]


_OWN = frozenset(
    {
        "bad_network",
        "host_bits",
        "key_pair",
        "snmp_pair",
        "snmp_short",
        "snmp_priv",
        "harvest_key",
        "harvest_needs",
        "no_zone",
    }
)
"""Kinds of mistakes that the models themselves find; each has its sentence."""


def _shown(location: tuple[int | str, ...], value: str) -> str:
    """A value as a complaint may repeat it: of what may be a secret nothing, of a database's address its kind."""
    if location[0] in SECRET_SECTIONS or location in SECRET_KEYS:
        kind, separator, _ = value.partition("://")
        return f"{kind[:20]}{separator}…" if separator and location[0] == "database" else "***"
    return value[:80]


def _complaint(error: dict[str, Any], source: str) -> Complaint:
    location = tuple(error["loc"])
    key = _dotted(location)
    line = line_of(source, key)
    if error["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(location[-1]), _known_keys(location), n=1)
        if near:
            return Complaint(key, "config.unknown_key_near", (("key", key), ("near", near[0])), line)
        return Complaint(key, "config.unknown_key", (("key", key),), line)
    if error["type"] == "missing":
        return Complaint(key, "config.missing_key", (("key", key.replace(".cidrs", ".cidr")),), line)
    if error["type"] in _OWN:
        return Complaint(key, f"config.{error['type']}", (("key", key), *error.get("ctx", {}).items()), line)
    if error["type"] == "tuple_type" and isinstance(error.get("input"), dict):
        return Complaint(key, "config.not_list", (("key", key),), line)
    # Complaints end up in logs.
    value = _shown(location, str(error.get("input")))
    return Complaint(key, "config.wrong_value", (("key", key), ("value", value)), line)


def _outermost_dropped(found: list[Complaint]) -> list[Complaint]:
    """Without complaints about a list that follow from one about an item in it."""
    return [c for c in found if not any(other.key.startswith(f"{c.key}[") for other in found)]


def _secrets_too_open(document: dict[str, Any], folder: Path) -> list[Complaint]:
    found: list[Complaint] = []
    for section, body in document.items():
        for item in body if isinstance(body, list) else [body]:
            for name, value in item.items() if isinstance(item, dict) else ():
                if not (name.endswith("_file") and isinstance(value, str)):
                    continue
                key, path = f"{section}.{name}", folder / value
                data = (("key", key), ("file", str(path)))
                if not path.is_file():
                    found.append(Complaint(key, "config.no_secret_file", data))
                elif path.stat().st_mode & (stat.S_IRWXO):
                    found.append(Complaint(key, "config.open_secret_file", data))
    return found


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError([Complaint("", "config.unreadable", (("path", str(path)),))], str(path)) from error
    for wrong, code in (
        (len(data) > MAX_CONFIG, "config.too_large"),
        (b"\x00" in data, "config.not_text"),
        (data.startswith(b"\xef\xbb\xbf"), "config.bom"),
    ):
        if wrong:
            raise ConfigError([Complaint("", code, (("path", str(path)),))], str(path))
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError([Complaint("", "config.not_text", (("path", str(path)),))], str(path)) from error


def parse(source: str, path: Path) -> Config:
    """A configuration out of its text.

    Raises:
        ConfigError: with every complaint.
    """
    try:
        document = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        at = int(line.group(1)) if line else None
        raise ConfigError(
            [Complaint("", "config.not_toml", (("said", str(error)),), at)], str(path)
        ) from error
    found = _secrets_too_open(document, path.parent)
    if found:
        raise ConfigError(found, str(path))
    try:
        config = Config.model_validate({**resolve(document, path), "path": path})
    except ValidationError as error:
        complaints = [_complaint(dict(e), source) for e in error.errors()]
        raise ConfigError(_outermost_dropped(list(dict.fromkeys(complaints))), str(path)) from error
    if "path" in document:
        raise ConfigError(
            [Complaint("path", "config.unknown_key", (("key", "path"),), line_of(source, "path"))]
        )
    wrong = [
        Complaint(
            c.key,
            f"config.scope.{c.code.replace('-', '_')}",
            (("key", c.key), *c.data),
            line_of(source, c.key),
        )
        for c in scope_complaints(config.discovery)
    ]
    if wrong:
        raise ConfigError(wrong, str(path))
    return config


def chosen_path(path: Path | None) -> Path:
    """The configuration's file: as given, else the environment's, else ``config.toml`` here."""
    return path or Path(os.environ.get(VARIABLE, str(DEFAULT)))


def load(path: Path | None = None) -> Config:
    """Read and check the configuration.

    Raises:
        ConfigError: with every complaint.
    """
    file = chosen_path(path)
    return parse(_text(file), file)
