"""ARP sweep: one raw socket, prebuilt frames, replies drained while sending, a retry for those still silent.

RFC 826. Needs CAP_NET_RAW. Works on the own link only; nothing else says the MAC as surely.
"""

from __future__ import annotations

import struct
import time
from collections import Counter
from functools import partial
from ipaddress import IPv4Address
from typing import TYPE_CHECKING

from discovery.coverage import Method, MethodState
from discovery.pacing import Beat
from discovery.sweeps import Answer, Stop, Swept
from discovery.sweeps.figures import ARP_ROUNDS
from discovery.sweeps.raw import RawLink

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from discovery.interfaces import Interface

ETH_P_ARP = 0x0806
_BROADCAST = b"\xff" * 6
_HEADER = struct.Struct("!HHBBH")
_REQUEST = _HEADER.pack(1, 0x0800, 6, 4, 1)
_REPLY = _HEADER.pack(1, 0x0800, 6, 4, 2)
_FRAME = 42
LINGER = 0.5
"""Seconds an address gets to answer before it is asked again or given up."""
_CHUNK = 64


def _reply(frame: bytes) -> tuple[bytes, bytes] | None:
    if len(frame) < _FRAME or frame[12:14] != b"\x08\x06" or frame[14:22] != _REPLY:
        return None
    return frame[28:32], frame[22:28]


def reply(frame: bytes) -> tuple[str, str] | None:
    """(IP, MAC) out of a frame that is an ARP reply, else None. Pure; any bytes may come."""
    packed = _reply(frame)
    return (str(IPv4Address(packed[0])), packed[1].hex(":")) if packed else None


class _Sweep:
    def __init__(self, link: RawLink, interface: Interface, stop: Stop) -> None:
        self._link = link
        self._stop = stop
        self._own = bytes.fromhex(interface.mac.replace(":", ""))
        self._source = interface.ip.ip.packed
        self._head = _BROADCAST + self._own + b"\x08\x06" + _REQUEST + self._own + self._source + b"\x00" * 6
        # Packed, as they come: words are made of those that answered, once the sweep is over.
        self.answers: dict[bytes, bytes] = {}
        self.packets = 0

    def _drain(self, wait: float) -> None:
        for frame in self._link.frames(wait):
            read = _reply(frame)
            if read is not None and frame[:6] == self._own:
                self.answers.setdefault(*read)

    def _send(self, target: bytes) -> None:
        self._link.send(self._head + target, self._drain)
        self.packets += 1

    def round(
        self, targets: Sequence[bytes], beat: Beat, told: Callable[[int], None], *, again: bool
    ) -> None:
        """One request to each target, replies drained on the way; then time for the last to answer."""
        at = 0
        started = time.monotonic()
        while at < len(targets) and not self._stop.asked:
            due = beat.due(min(_CHUNK, len(targets) - at))
            for target in targets[at : at + due]:
                self._send(target)
            at += due
            told(at)
            self._drain(min(beat.until_next(), 0.05))
        # In a long round the first targets have had their time already: only a second round may begin at once.
        end = started + LINGER if again else time.monotonic() + LINGER
        while not self._stop.asked and (left := end - time.monotonic()) > 0:
            self._drain(min(left, 0.1))


PROXY_AT = 8
"""Addresses on one hardware address from which on it is said that a proxy may be answering; the register's own measure."""


def proxied(answers: Iterable[Answer]) -> int:
    """For how many addresses one hardware address answers that answers for too many; 0 when none does. Pure."""
    counted = Counter(answer.mac for answer in answers)
    return sum(count for count in counted.values() if count >= PROXY_AT)


def _tell(told: Callable[[int, int], None], before: int, total: int, done: int) -> None:
    told(before + done, total)


def sweep(
    targets: Iterable[IPv4Address],
    interface: Interface,
    rate: float,
    stop: Stop,
    told: Callable[[int, int], None] = lambda _done, _total: None,
) -> Swept:
    """Ask every target who it is.

    Args:
        targets: addresses in scope and on the interface's link.
        interface: where to send.
        rate: requests per second, kept exactly.
        stop: ends the sweep at once; the answers so far are given, the state is partial.
        told: called with (done, total) as it goes.

    Raises:
        NotPermittedError: no CAP_NET_RAW.
    """
    wanted = [target.packed for target in targets if target != interface.ip.ip]
    silent: Sequence[bytes] = wanted
    with RawLink(interface.name, ETH_P_ARP) as link:
        run = _Sweep(link, interface, stop)
        beat = Beat(rate)
        for number in range(ARP_ROUNDS):
            before = len(wanted) - len(silent)
            run.round(silent, beat, partial(_tell, told, before, len(wanted)), again=number + 1 < ARP_ROUNDS)
            silent = [target for target in silent if target not in run.answers]
            if stop.asked or not silent:
                break
    asked = set(wanted)
    answers = tuple(
        Answer(str(IPv4Address(ip)), mac.hex(":")) for ip, mac in run.answers.items() if ip in asked
    )
    state = MethodState.PARTIAL if stop.asked else MethodState.DONE
    reason = stop.said or (f"proxy-arp:{many}" if (many := proxied(answers)) else None)
    return Swept(Method("arp", state, len(wanted), len(answers), reason), answers, run.packets)
