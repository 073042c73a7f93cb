"""What a probe is given: the host to look at, and the wire, the one door for packets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

STANDARD_PORTS: dict[str, int] = {
    "snmp": 161,
    "http": 80,
    "https": 443,
    "mdns": 5353,
    "ssdp": 1900,
    "ssh": 22,
    "nbns": 137,
    "ftp": 21,
    "telnet": 23,
    "smtp": 25,
    "ntp": 123,
    "ldap": 389,
    "smb": 445,
    "modbus": 502,
    "rtsp": 554,
    "ipp": 631,
    "mqtt": 1883,
    "knx": 3671,
    "wsd": 3702,
    "sip": 5060,
    "coap": 5683,
    "airplay": 7000,
    "cast": 8008,
    "bacnet": 47808,
}
"""Service names as a network's ``ports`` may map them."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One kind of question a probe would send, for the plan.

    Attributes:
        service: name in `STANDARD_PORTS`, so that a network may map it.
        packets: what one host is sent at most, acknowledgements included.
        per_login: and this many for each login that is tried.
    """

    service: str
    transport: Literal["udp", "tcp"]
    packets: int
    per_login: int = 0


@dataclass(frozen=True, slots=True)
class SnmpLogin:
    """One way to log in to an SNMP agent; what is secret is not shown.

    Attributes:
        name: the community (v1, v2c) or the user (v3).
        auth_protocol, priv_protocol: as in the configuration; None for none.
        reeder: an AES key longer than the digest is stretched as Cisco does it, else as net-snmp does.
    """

    version: Literal["1", "2c", "3"]
    name: str = field(repr=False)
    auth_protocol: str | None = None
    auth_key: str | None = field(default=None, repr=False)
    priv_protocol: str | None = None
    priv_key: str | None = field(default=None, repr=False)
    reeder: bool = False

    def stretched_otherwise(self) -> SnmpLogin:
        """The same login with the other way of stretching a short key."""
        return replace(self, reeder=not self.reeder)


@dataclass(frozen=True, slots=True)
class Host:
    """One address that answered a sweep.

    Attributes:
        ip: textual address; every connection goes to it, never to a name.
        network: the configured network's name; `site` its site.
        mac: from ARP when on-link, else None.
        ports: the network's port mapping, service name to port.
        open_ports: TCP ports known to be open; None when no TCP sweep ran.
        logins: SNMP logins that may be tried, in order.
        is_fragile: whether it is known from before to be a device that is to be asked gently.
    """

    ip: str
    network: str
    site: str | None = None
    mac: str | None = None
    ports: Mapping[str, int] = field(default_factory=dict)
    open_ports: frozenset[int] | None = None
    logins: tuple[SnmpLogin, ...] = ()
    is_fragile: bool = False

    def port(self, service: str) -> int:
        """The port to ask for a service: mapped, else the standard one."""
        return self.ports.get(service, STANDARD_PORTS[service])

    def may_be_open(self, port: int) -> bool:
        """Whether a TCP connection is worth a packet."""
        return self.open_ports is None or port in self.open_ports


class Conversation(Protocol):
    """One TCP connection, perhaps with TLS, under one deadline and one byte cap."""

    async def send(self, data: bytes) -> None:
        """Send everything."""

    async def receive(self) -> bytes:
        """The next bytes; empty at the end, at the cap and at the deadline."""

    def certificate(self) -> bytes | None:
        """The peer's certificate as DER when TLS was spoken (never verified: it is evidence)."""


class SnmpTalk(Protocol):
    """One SNMP session with one host under one login."""

    async def engine(self) -> str:
        """The agent's engine id as hex (RFC 3411), v3 only; empty when nothing that speaks v3 answers in time."""

    async def get(self, oids: list[str]) -> dict[str, str | int | bytes]:
        """Values of the OIDs that exist; empty when nothing answers in time."""

    async def walk(self, oid: str, most: int) -> list[tuple[str, str | int | bytes]]:
        """At most `most` values below the OID, in order."""


class Wire(Protocol):
    """The one door: checks address, port and pace, counts, caps, and never lets a device hold it.

    Every call raises OutOfScopeError before a packet leaves; none raises for what a device does: an
    unreachable, silent, slow or lying device gives an empty answer.
    """

    async def ask(
        self, host: Host, port: int, payload: bytes, *, wait: float = 1.0, most: int = 1
    ) -> list[bytes]:
        """Send one UDP datagram; up to `most` datagrams that come back from the host within `wait` seconds."""

    def converse(
        self, host: Host, port: int, *, tls: bool = False, deadline: float = 5.0, cap: int = 65_536
    ) -> AbstractAsyncContextManager[Conversation | None]:
        """A TCP connection, or None when it does not open. `deadline` bounds all of it, `cap` the bytes read."""

    def snmp(
        self, host: Host, port: int, login: SnmpLogin, *, deadline: float = 5.0
    ) -> AbstractAsyncContextManager[SnmpTalk]:
        """An SNMP session; every request is paced and checked, and the login goes to the host's address only."""
