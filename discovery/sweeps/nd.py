"""IPv6 on the own link: who answers an echo request to everybody, and which of the devices met have the address their MAC gives.

Neighbour discovery is RFC 4861, the echo RFC 4443, addresses made of MACs RFC 4291 (appendix A). Needs CAP_NET_RAW. No group
is queried (MLD): the querier with the lowest address takes over a link, and a scanner must not.
"""

from __future__ import annotations

import os
import struct
import time
from collections import Counter
from ipaddress import IPv6Address, IPv6Network
from typing import TYPE_CHECKING

from discovery.address import normalise_mac
from discovery.coverage import Method, MethodState
from discovery.pacing import Beat
from discovery.sweeps import Answer, Stop, Swept
from discovery.sweeps.figures import ND_ROUNDS
from discovery.sweeps.icmp import checksum
from discovery.sweeps.raw import RawLink

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from discovery.interfaces import Link

ETH_P_IPV6 = 0x86DD
LINK_LOCAL = IPv6Network("fe80::/64")
EVERYBODY = IPv6Address("ff02::1")
_EVERYBODY_MAC = bytes.fromhex("333300000001")
_ETHERNET, _IP = 14, 40
_ICMP = 58
_ECHO, _ECHO_REPLY, _SOLICITATION, _ADVERTISEMENT = 128, 129, 135, 136
_HOPS = 255
"""Neighbour discovery's hop limit: what has passed a router has less (RFC 4861, 7.1)."""
_SOURCE_LINK, _TARGET_LINK = 1, 2
_PAYLOAD = b"enhetskoll"
LINGER = 0.5
"""Seconds an address gets to answer before it is asked again or given up."""
MOST_A_MAC = 16
"""Addresses believed of one MAC: a device has a few, one that claims all of a /64 has its first."""
MOST = 131_072
_CHUNK = 64


def of_mac(mac: str, prefix: IPv6Network) -> IPv6Address:
    """The address that a device with this MAC gives itself in a /64, where it makes it of the MAC (RFC 4291, appendix A)."""
    raw = bytes.fromhex(mac.replace(":", ""))
    made = bytes((raw[0] ^ 0x02, *raw[1:3], 0xFF, 0xFE, *raw[3:]))
    return IPv6Address(prefix.network_address.packed[:8] + made)


def _packet(ends: tuple[IPv6Address, IPv6Address], message: bytes) -> bytes:
    source, target = (end.packed for end in ends)
    pseudo = source + target + struct.pack("!II", len(message), _ICMP)
    summed = message[:2] + struct.pack("!H", checksum(pseudo + message)) + message[4:]
    return struct.pack("!IHBB", 6 << 28, len(message), _ICMP, _HOPS) + source + target + summed


def echo(own: bytes, source: IPv6Address, identifier: int) -> bytes:
    """The frame that asks everybody on the link; who answers chooses an address like the one it is asked from (RFC 6724)."""
    message = struct.pack("!BBHHH", _ECHO, 0, 0, identifier, 1) + _PAYLOAD
    return _EVERYBODY_MAC + own + struct.pack("!H", ETH_P_IPV6) + _packet((source, EVERYBODY), message)


def solicitation(own: bytes, source: IPv6Address, mac: str, target: IPv6Address) -> bytes:
    """The frame that asks one device whether an address is its own, sent to it alone (RFC 4861, 7.2.2 and 7.3.3)."""
    told = struct.pack("!BB", _SOURCE_LINK, 1) + own
    message = struct.pack("!BBHI", _SOLICITATION, 0, 0, 0) + target.packed + told
    head = bytes.fromhex(mac.replace(":", "")) + own + struct.pack("!H", ETH_P_IPV6)
    return head + _packet((source, target), message)


def _advertised(message: bytes, sender: bytes) -> tuple[bytes, bytes] | None:
    """(address, MAC) of an advertisement; the MAC is the option's where there is one."""
    if len(message) < 24:  # noqa: PLR2004 -- RFC 4861, 7.1.2
        return None
    target, options = message[8:24], message[24:]
    while len(options) >= 8:  # noqa: PLR2004 -- an option of a MAC has eight octets
        kind, length = options[0], options[1] * 8
        if not length:
            return None
        if kind == _TARGET_LINK and length == 8:  # noqa: PLR2004
            sender = options[2:8]
        options = options[length:]
    return target, sender


def told(frame: bytes, identifier: int) -> tuple[IPv6Address, str] | None:
    """(address, MAC) out of an answer to us, else None. Pure; any bytes may come."""
    if len(frame) < _ETHERNET + _IP + 8 or frame[12:14] != b"\x86\xdd":
        return None
    _, length, following, hops = struct.unpack_from("!IHBB", frame, _ETHERNET)
    message = frame[_ETHERNET + _IP :][:length]
    if following != _ICMP or len(message) < 8 or message[1]:  # noqa: PLR2004 -- the shortest of both
        return None
    source, sender = frame[_ETHERNET + 8 : _ETHERNET + 24], frame[6:12]
    ends = source + frame[_ETHERNET + 24 : _ETHERNET + _IP]
    if checksum(ends + struct.pack("!II", len(message), _ICMP) + message):
        return None
    found: tuple[bytes, bytes] | None = None
    if message[0] == _ECHO_REPLY and message[4:6] == struct.pack("!H", identifier):
        found = (source, sender) if message[8:].startswith(_PAYLOAD) else None
    elif message[0] == _ADVERTISEMENT and hops == _HOPS:
        found = _advertised(message, sender)
    if found is None:
        return None
    address, mac = IPv6Address(found[0]), normalise_mac(found[1].hex(":"))
    is_a_hosts = not (address.is_multicast or address.is_unspecified or address.is_loopback)
    return (address, mac) if is_a_hosts and mac is not None and not found[1][0] & 1 else None


class _Discovery:
    def __init__(self, link: Link, raw: RawLink, stop: Stop, never: Collection[IPv6Network]) -> None:
        self._raw = raw
        self._stop = stop
        self._never = never
        self._own = bytes.fromhex(link.mac.replace(":", ""))
        self._own_addresses = frozenset(one.ip for one in link.addresses)
        self._identifier = os.getpid() & 0xFFFF
        self._prefixes = link.prefixes
        self.found: dict[IPv6Address, str] = {}
        self._of_mac: Counter[str] = Counter()
        self.packets = 0

    def may_be(self, address: IPv6Address) -> bool:
        """Whether an address is one of this link's, somebody else's, and not to be touched."""
        is_here = any(address in prefix for prefix in self._prefixes)
        return (
            is_here and address not in self._own_addresses and not any(address in one for one in self._never)
        )

    def _drain(self, wait: float) -> None:
        for frame in self._raw.frames(wait):
            answer = told(frame, self._identifier) if frame[:6] == self._own else None
            if answer is None or answer[0] in self.found or not self.may_be(answer[0]):
                continue
            if self._of_mac[answer[1]] < MOST_A_MAC and len(self.found) < MOST:
                self._of_mac[answer[1]] += 1
                self.found[answer[0]] = answer[1]

    def send(self, frames: Sequence[bytes], beat: Beat, tell: Callable[[int, int], None]) -> None:
        """One frame after the other, answers taken in on the way; then time for the last to answer."""
        at = 0
        while at < len(frames) and not self._stop.asked:
            due = beat.due(min(_CHUNK, len(frames) - at))
            for frame in frames[at : at + due]:
                self._raw.send(frame, self._drain)
                self.packets += 1
            at += due
            tell(at, len(frames))
            self._drain(min(beat.until_next(), 0.05))
        end = time.monotonic() + LINGER if frames else 0.0
        while not self._stop.asked and (left := end - time.monotonic()) > 0:
            self._drain(min(left, 0.1))

    def to_everybody(self, sources: Iterable[IPv6Address]) -> list[bytes]:
        """An echo request from each own address."""
        return [echo(self._own, source, self._identifier) for source in sources]

    def to_each(self, macs: Iterable[str], sources: Collection[IPv6Address]) -> list[bytes]:
        """To each MAC a question for every address it may have made of itself and has not told yet."""
        asked = (
            (mac, source, of_mac(mac, IPv6Network((source.packed[:8] + bytes(8), 64))))
            for mac in macs
            for source in sources
        )
        return [
            solicitation(self._own, source, mac, target)
            for mac, source, target in asked
            if target not in self.found and self.may_be(target)
        ]


def sources_of(link: Link) -> list[IPv6Address]:
    """One own address of each /64, the link-local first: whoever is asked answers out of the same."""
    by_prefix = {one.network: one.ip for one in link.addresses if one.network in link.prefixes}
    return [by_prefix[prefix] for prefix in sorted(by_prefix, key=lambda one: (one != LINK_LOCAL, one))]


def sweep(  # noqa: PLR0913 -- what a sweep is told, each by its name
    link: Link,
    macs: Collection[str],
    rate: float,
    stop: Stop,
    told_of: Callable[[int, int], None] = lambda _done, _total: None,
    *,
    never: Collection[IPv6Network] = (),
    everybody: bool = True,
) -> Swept:
    """Find the IPv6 addresses of those on a link.

    Args:
        link: where to ask.
        macs: those who have answered in another way already.
        rate: packets per second, kept exactly.
        stop: ends it at once; the answers so far are given, the state is partial.
        told_of: called with (done, total) as it goes.
        never: addresses that are neither asked nor told.
        everybody: whether an echo request may go to all at once; else only the MACs are asked.

    Returns:
        an answer for each address, with its MAC; the method's targets are the MACs asked, its answered those with an address.

    Raises:
        NotPermittedError: no CAP_NET_RAW.
    """
    sources = sources_of(link)
    with RawLink(link.name, ETH_P_IPV6) as raw:
        run, beat = _Discovery(link, raw, stop, never), Beat(rate)
        for _ in range(ND_ROUNDS if everybody else 0):
            run.send(run.to_everybody(sources), beat, lambda _done, _total: None)
        asked = sorted({*macs, *run.found.values()} - {link.mac})
        for _ in range(ND_ROUNDS):
            run.send(run.to_each(asked, sources), beat, told_of)
    answers = tuple(Answer(str(ip), mac) for ip, mac in run.found.items())
    state = MethodState.PARTIAL if stop.asked else MethodState.DONE
    reason = stop.said or (None if everybody else "not-everybody")
    return Swept(Method("nd", state, len(asked), len(set(run.found.values())), reason), answers, run.packets)
