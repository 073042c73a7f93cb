"""Reverse DNS (RFC 1035, RFC 2317): the configured name servers are asked for the names of addresses in scope.

A name server is no device of the network: it has a scope of its own and shares the network's pace. What it answers may have
been written by a device (dynamic updates), so it is as hostile as all else.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import struct
from ipaddress import ip_address
from typing import TYPE_CHECKING

from zeroconf._dns import DNSPointer
from zeroconf._protocol.incoming import DNSIncoming
from zeroconf.const import _TYPE_CNAME, _TYPE_PTR

from discovery.asking import Host
from discovery.coverage import Method, MethodState
from discovery.errors import MalformedError
from discovery.evidence import Evidence
from discovery.sweeps import until_stopped

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from discovery.asking import Wire
    from discovery.sweeps import Stop

NAME = "rdns"
_HEADER = struct.Struct(">HHHHHH")
_RESPONSE, _RECURSE = 0x8000, 0x0100
_INTERNET = 1
_DATAGRAM = 4096
_MOST_NAME = 253
_MOST_HOPS = 4
"""CNAMEs followed within one answer, as RFC 2317 needs one."""
_AT_ONCE = 8
_OCTETS = 4
_NUMBER = re.compile(r"[0-9]{1,3}")
_WAIT = 1.5
_GIVE_UP = 3
"""Silences in a row after which a server is not asked again."""


def query(ip: str, number: int) -> bytes:
    """The question for an address's name."""
    labels = ip_address(ip).reverse_pointer.split(".")
    asked = b"".join(bytes([len(label)]) + label.encode("ascii") for label in labels)
    return _HEADER.pack(number, _RECURSE, 1, 0, 0, 0) + asked + struct.pack(">xHH", _TYPE_PTR, _INTERNET)


def read(frame: bytes, ip: str, number: int) -> str | None:
    """The name a server tells of an address, None when it knows none. Pure.

    Raises:
        MalformedError: it is no answer to the question.
    """
    if len(frame) < _HEADER.size or not _HEADER.unpack_from(frame)[1] & _RESPONSE:
        raise MalformedError(NAME, frame)
    incoming = DNSIncoming(frame[:_DATAGRAM])
    if not incoming.valid or incoming.id != number:
        raise MalformedError(NAME, frame)
    told = {
        (record.name.lower().rstrip("."), record.type): record.alias
        for record in incoming.answers()
        if isinstance(record, DNSPointer)
    }
    name = ip_address(ip).reverse_pointer
    for _ in range(_MOST_HOPS):
        if found := told.get((name, _TYPE_PTR)):
            return found.rstrip(".")[:_MOST_NAME] or None
        name = told.get((name, _TYPE_CNAME), "").lower().rstrip(".")
    return None


def is_made_of(name: str, ip: str) -> bool:
    """Whether a name says the address over again (``dhcp-10-0-0-5.example``): it is then the place's, not the device's. Pure."""
    octets = ip.split(".")
    if len(octets) != _OCTETS:
        return False
    numbers = [str(int(number)) for number in _NUMBER.findall(name)]
    run = ",".join(numbers) + ","
    # The last three suffice: 10-20-30-5 is often written as 20-30-5 within its zone.
    some = octets[1:], octets[::-1][:-1]
    packed = "".join(f"{int(octet):03}" for octet in octets), "".join(f"{int(octet):02x}" for octet in octets)
    return any(f"{','.join(one)}," in f",{run}" for one in some) or any(one in name.lower() for one in packed)


class NameServers:
    """The servers in order; one that stays silent is left alone after a while."""

    def __init__(self, addresses: Sequence[str], port: int, wire: Wire) -> None:
        """Args: addresses: tried in order; port: where they listen; wire: whose scope is the servers themselves."""
        self._silences = dict.fromkeys(addresses, 0)
        self._port = port
        self._wire = wire

    @property
    def alive(self) -> list[str]:
        """Those that may still answer."""
        return [address for address, silent in self._silences.items() if silent < _GIVE_UP]

    async def name_of(self, ip: str) -> str | None:
        """The address's name from the first server that answers, None when none knows it."""
        for server in self.alive:
            number = secrets.randbits(16)
            got = await self._wire.ask(Host(server, NAME), self._port, query(ip, number), wait=_WAIT)
            try:
                name = read(got[0], ip, number) if got else None
            except MalformedError:
                got = []
                name = None
            if got:
                self._silences[server] = 0
                return name
            self._silences[server] += 1
        return None


async def look_up(
    ips: Sequence[str], servers: NameServers, stop: Stop, tell: Callable[[int, int], None]
) -> tuple[dict[str, Evidence], Method]:
    """The names of the addresses, in one batch, and how it went."""
    found: dict[str, Evidence] = {}
    places = asyncio.Semaphore(_AT_ONCE)
    done = 0

    async def one(ip: str) -> None:
        nonlocal done
        async with places:
            name = await servers.name_of(ip)
        key = "place" if name and is_made_of(name, ip) else "name"
        if name and (evidence := Evidence.of(NAME, key, name)).value:
            found[ip] = evidence
        done += 1
        tell(done, len(ips))

    await until_stopped(asyncio.gather(*(one(ip) for ip in ips)), stop)
    state, reason = MethodState.DONE, None
    if stop.asked:
        state, reason = MethodState.PARTIAL, stop.said
    elif ips and not servers.alive:
        state, reason = MethodState.FAILED, "no-answer"
    return found, Method(NAME, state, len(ips), len(found), reason)
