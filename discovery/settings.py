"""The part of config.toml that discovery reads: networks, scope, credentials, harvests, limits.

The tracker's configuration is made of the same models, so there is one set of rules for where packets may go.
"""

from __future__ import annotations

import tomllib
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, IPvAnyAddress, model_validator
from pydantic_core import PydanticCustomError

IPNetwork = IPv4Network | IPv6Network


def _network(given: Any) -> Any:
    """A CIDR as a network, with one sentence about what is wrong with it."""
    if isinstance(given, IPv4Network | IPv6Network):
        return given
    if not isinstance(given, str):  # a number would be read as an address, and true as 0.0.0.1
        raise PydanticCustomError("bad_network", "{value} is no network", {"value": str(given)[:80]})
    try:
        return ip_network(given)
    except ValueError as error:
        try:
            near = str(ip_network(given, strict=False))
        except ValueError:
            raise PydanticCustomError("bad_network", "{value} is no network", {"value": given}) from error
        raise PydanticCustomError(
            "host_bits", "{value} is an address in {near}, not a network", {"value": given, "near": near}
        ) from error


Cidr = Annotated[IPNetwork, BeforeValidator(_network)]
MAX_CONFIG = 1_000_000
"""Bytes of configuration read at most."""
LEAST_KEY = 8
"""Characters an SNMP v3 key has at least (RFC 3414, 11.2)."""


class Settings(BaseModel):
    """Frozen, and a misspelt key is a complaint instead of a silent default."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class NetworkSettings(Settings):
    """One network that may be scanned.

    Attributes:
        cidrs: what it consists of; the file may say ``cidr = "..."`` for one.
        rate: packets per second at most, below the overall limit.
        ports: service name to port, where a service does not listen on its standard port.
    """

    name: str = Field(min_length=1, max_length=80)
    cidrs: tuple[Cidr, ...] = Field(min_length=1)
    site: str | None = Field(default=None, max_length=120)
    purpose: Literal["office", "school", "server", "control", "guest"] = "office"
    profile: Literal["full", "gentle", "harvest-only", "never"] = "full"
    rate: int | None = Field(default=None, ge=1, le=100_000)
    ports: dict[str, int] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _one_cidr(cls, given: Any) -> Any:
        if isinstance(given, dict) and "cidr" in given and "cidrs" not in given:
            given = dict(given)
            given["cidrs"] = [given.pop("cidr")]
        return given


class ScopeSettings(Settings):
    """What no packet may go to, whatever the networks say."""

    never: tuple[Cidr, ...] = ()


class SnmpUser(Settings):
    """One SNMP v3 user (RFC 3414; SHA-2 is RFC 7860, AES is RFC 3826)."""

    user: str = Field(min_length=1)
    auth_protocol: Literal["MD5", "SHA", "SHA-224", "SHA-256", "SHA-384", "SHA-512"] | None = None
    auth_key: str | None = Field(default=None, repr=False)
    priv_protocol: Literal["DES", "AES-128", "AES-192", "AES-256"] | None = None
    priv_key: str | None = Field(default=None, repr=False)

    @model_validator(mode="after")
    def _whole(self) -> SnmpUser:
        for protocol, key in (("auth_protocol", "auth_key"), ("priv_protocol", "priv_key")):
            chosen, secret = getattr(self, protocol), getattr(self, key)
            if bool(chosen) != bool(secret):
                data = {"given": protocol if chosen else key, "missing": key if chosen else protocol}
                raise PydanticCustomError("snmp_pair", "{given} needs {missing}", data)
            if secret and len(secret) < LEAST_KEY:
                data = {"name": key, "least": str(LEAST_KEY)}
                raise PydanticCustomError("snmp_short", "{name} is shorter than {least} characters", data)
        if self.priv_protocol and not self.auth_protocol:
            raise PydanticCustomError("snmp_priv", "encryption needs auth_protocol and auth_key as well")
        return self


class SnmpSettings(Settings):
    """SNMP credentials, tried in order."""

    communities: tuple[str, ...] = Field(default=(), repr=False)
    users: tuple[SnmpUser, ...] = ()


FILE_KINDS = frozenset({"dnsmasq", "kea", "isc", "windows-dhcp"})
"""Sources that are a file on this machine; the others are asked over the network."""


class HarvestSettings(Settings):
    """Someone who already knows what is on the networks.

    Attributes:
        kind: who wrote the file, or who is asked: a ``router`` for its ARP tables, a ``switch`` for its bridge tables and neighbours.
        path: the file; of the kinds that are one.
        address: whom to ask, by SNMP with the logins of ``[snmp]``; of the kinds that are asked. It may lie outside the networks.
        port: where the agent listens.
        rooms: what hangs on which of the switch's ports, a CSV file of ``switch;port;room``.
        timezone: the local time of ``windows-dhcp``, whose export does not say; of no other kind.
    """

    kind: Literal["dnsmasq", "kea", "isc", "windows-dhcp", "router", "switch"]
    path: Path | None = None
    address: IPvAnyAddress | None = None
    port: int = Field(default=161, ge=1, le=65_535)
    rooms: Path | None = None
    site: str | None = None
    timezone: str = "Europe/Stockholm"

    @model_validator(mode="after")
    def _fitting(self) -> HarvestSettings:
        is_file = self.kind in FILE_KINDS
        foreign = {
            "timezone": self.kind != "windows-dhcp",
            "path": not is_file,
            "address": is_file,
            "port": is_file,
            "rooms": self.kind != "switch",
        }
        for name, is_foreign in foreign.items():
            if is_foreign and name in self.model_fields_set:
                data = {"name": name, "kind": self.kind}
                raise PydanticCustomError("harvest_key", "{name} does not belong to {kind}", data)
        needed = "path" if is_file else "address"
        if getattr(self, needed) is None:
            data = {"name": needed, "kind": self.kind}
            raise PydanticCustomError("harvest_needs", "{kind} needs {name}", data)
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            data = {"zone": self.timezone}
            raise PydanticCustomError("no_zone", "there is no time zone {zone}", data) from error
        return self

    @property
    def file(self) -> Path:
        """The path, which a source that is a file always has."""
        if self.path is None:
            raise TypeError(f"a {self.kind} is no file")
        return self.path


class DnsSettings(Settings):
    """Name servers that are asked for the names of addresses in scope.

    Attributes:
        servers: tried in order; none: nobody is asked.
        port: where they listen.
    """

    servers: tuple[IPvAnyAddress, ...] = Field(default=(), max_length=4)
    port: int = Field(default=53, ge=1, le=65_535)


class NmapSettings(Settings):
    """nmap as the last step for what is still unknown.

    Attributes:
        path: the program's name or path.
    """

    enabled: bool = False
    path: str = Field(default="nmap", min_length=1, max_length=400)


class LimitsSettings(Settings):
    """How hard a survey may work.

    Attributes:
        rate: packets per second in all; `host_rate` to one host.
        deadline_s: seconds one survey of one network may take.
        memory_mb: address space of the survey's process.
    """

    rate: int = Field(default=1000, ge=1, le=100_000)
    host_rate: int = Field(default=40, ge=1, le=1000)
    deadline_s: int = Field(default=3600, ge=5)
    memory_mb: int = Field(default=1024, ge=256)


class DiscoverySettings(Settings):
    """All that discovery needs to know."""

    networks: tuple[NetworkSettings, ...] = ()
    scope: ScopeSettings = ScopeSettings()
    snmp: SnmpSettings = SnmpSettings()
    harvest: tuple[HarvestSettings, ...] = ()
    limits: LimitsSettings = LimitsSettings()
    dns: DnsSettings = DnsSettings()
    nmap: NmapSettings = NmapSettings()

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> DiscoverySettings:
        """Pick discovery's sections out of a whole config.toml."""
        return cls.model_validate({key: document[key] for key in cls.model_fields if key in document})


def _with_secrets(node: Any, folder: Path) -> Any:
    if isinstance(node, list):
        return [_with_secrets(item, folder) for item in node]
    if not isinstance(node, dict):
        return node
    made: dict[str, Any] = {}
    for key, value in node.items():
        if key.endswith("_file") and isinstance(value, str):
            made[key.removesuffix("_file")] = (folder / value).read_text(encoding="utf-8").strip()
        else:
            made[key] = _with_secrets(value, folder)
    return made


def resolve(document: dict[str, Any], path: Path) -> dict[str, Any]:
    """Read what ``NAME_file`` keys point to, and make harvest paths relative to the file's folder."""
    made: dict[str, Any] = _with_secrets(document, path.parent)
    for harvest in made.get("harvest", []):
        for key in ("path", "rooms") if isinstance(harvest, dict) else ():
            if isinstance(harvest.get(key), str):
                harvest[key] = str(path.parent / harvest[key])
    return made


def read_toml(path: Path) -> dict[str, Any]:
    """The file as a document, its ``NAME_file`` secrets read.

    Raises:
        OSError, ValueError: the file cannot be read or is not TOML.
    """
    data = path.read_bytes()
    if len(data) > MAX_CONFIG:
        raise ValueError(f"{path} is larger than {MAX_CONFIG} bytes")
    return resolve(tomllib.loads(data.decode("utf-8")), path)
