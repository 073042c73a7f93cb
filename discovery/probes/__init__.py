"""What is it? One protocol a file; to add one, write the file and its line in `PROBES`.

Each module has ``NAME``, ``ASKS`` (what it would send, for the plan), the coroutine ``look(host, wire)`` that asks, and
pure ``read...`` functions that understand the answer. Nothing a device sends may raise out of a ``read``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from discovery.asking import Ask, Host, Wire
from discovery.probes import (
    airplay,
    bacnet,
    cast,
    coap,
    ftp,
    http,
    ipp,
    knx,
    ldap,
    mdns,
    modbus,
    mqtt,
    nbns,
    ntp,
    rtsp,
    sip,
    smb,
    smtp,
    snmp,
    ssdp,
    ssh,
    telnet,
    wsd,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from discovery.evidence import Evidence


class Probe(Protocol):
    """The shape of a probe module."""

    @property
    def NAME(self) -> str:  # noqa: N802 -- a module's constant
        """The probe's name in evidence and coverage."""

    @property
    def ASKS(self) -> tuple[Ask, ...]:  # noqa: N802 -- a module's constant
        """What it would send."""

    @property
    def look(self) -> Callable[[Host, Wire], Awaitable[list[Evidence]]]:
        """Ask the host; everything learnt."""


PROBES: tuple[Probe, ...] = (
    snmp,
    http,
    mdns,
    ssdp,
    ssh,
    nbns,
    wsd,
    sip,
    bacnet,
    knx,
    coap,
    ntp,
    ipp,
    rtsp,
    smb,
    mqtt,
    modbus,
    ldap,
    cast,
    airplay,
    ftp,
    telnet,
    smtp,
)
"""The registry: one line a probe, in the order they ask."""

__all__ = ["PROBES", "Ask", "Probe"]
