"""Sighting: a device as one survey saw it. Part of the published language (JSON lines)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from discovery.evidence import Evidence

VERSION = 1
"""The ``v`` of every JSON line."""


class DeviceClass(StrEnum):
    """What a device is, coarsely. The words are a contract (DESIGN section 3)."""

    COMPUTER = "computer"
    CHROMEBOOK = "chromebook"
    PHONE = "phone"
    TABLET = "tablet"
    NETWORK = "network"
    SERVER = "server"
    PRINTER = "printer"
    CAMERA = "camera"
    ACCESS_CONTROL = "access-control"
    BUILDING_AUTOMATION = "building-automation"
    AV = "av"
    VOIP = "voip"
    POWER = "power"
    IOT_SENSOR = "iot-sensor"
    STORAGE = "storage"
    MEDICAL = "medical"
    OTHER = "other"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class SeenAddress:
    """An address a device answered on, or was listed under.

    Attributes:
        ip: textual IPv4 or IPv6 address, or None when only the MAC is known.
        mac: ``aa:bb:cc:dd:ee:ff`` or None.
        via: address of the router or gateway it was learnt through; None when on-link or directly answered.
    """

    ip: str | None
    mac: str | None = None
    via: str | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """What the evidence says the device is. Unknown is None or ``unknown``, never a guess."""

    device_class: DeviceClass = DeviceClass.UNKNOWN
    vendor: str | None = None
    model: str | None = None
    os: str | None = None
    serial: str | None = None
    macs: tuple[str, ...] = ()
    is_iot: bool | None = None
    sector: str | None = None
    confidence: float = 0.0
    because: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sighting:
    """One device as seen once.

    Attributes:
        id: unique within the survey.
        survey: id of the run that saw it.
        observer: which probe machine looked.
        seen_at: aware UTC moment.
        source: what the sighting rests on first: arp icmp tcp neighbour dhcp ...
        network: the configured network's name; `site` its site.
        attributes: further facts under the protocol's own names (sysName, ports ...); JSON values.
    """

    id: str
    survey: str
    observer: str
    seen_at: datetime
    source: str
    site: str | None = None
    network: str | None = None
    addresses: tuple[SeenAddress, ...] = ()
    names: tuple[str, ...] = ()
    serials: tuple[str, ...] = ()
    uuids: tuple[str, ...] = ()
    mdm_ids: tuple[str, ...] = ()
    attributes: dict[str, object] = field(default_factory=dict)
    identity: Identity | None = None
    evidence: tuple[Evidence, ...] = ()


_PORT_NUMBER = re.compile(r"(\d+)$")


def port_number(port: str) -> str:
    """The last number of a port's name, as people call it: ``14`` of ``GigabitEthernet1/0/14``. Pure."""
    found = _PORT_NUMBER.search(port)
    return found[1] if found else port
