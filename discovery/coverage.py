"""Coverage: where a survey looked, and how well. Absence counts only where coverage says we looked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

SWEEPS = frozenset({"arp", "icmp", "tcp"})
HARVESTS = frozenset({"dhcp", "router_arp", "switch_fdb"})
NAMING = frozenset({"rdns", "nmap"})
"""What only tells more of devices that others found: its failing hides nobody."""


MOST_BUSY = 50
"""Hosts whose packets a coverage tells; each device's own are in its sighting."""


class MethodState(StrEnum):
    """How one way of looking went on one network."""

    DONE = "done"
    PARTIAL = "partial"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Method:
    """One sweep, probe or harvest on one network.

    Attributes:
        name: ``arp``, ``icmp``, ``tcp``, ``neighbour``, ``dhcp``, ``router_arp``, ``switch_fdb``, ``rdns``, ``nmap``, ``passive``, or a probe's name.
        targets: addresses asked; `answered`: how many of them did.
        reason: a code such as ``not-permitted`` or ``deadline``, None when done.
    """

    name: str
    state: MethodState
    targets: int = 0
    answered: int = 0
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Coverage:
    """What one survey covered of one network; one line per network.

    Attributes:
        packets: packets sent to the network, as counted by the wire.
        busiest: the `MOST_BUSY` hosts that were sent most, with how many packets, the most first; a raw sweep's are not among them:
            at most two of ARP and two for each IPv6 prefix.
    """

    survey: str
    observer: str
    network: str
    site: str | None
    started_at: datetime
    ended_at: datetime
    methods: tuple[Method, ...] = ()
    packets: int = 0
    busiest: tuple[tuple[str, int], ...] = ()

    @property
    def broken(self) -> bool:
        """Whether something that could have found a device was cut short or failed."""
        short = {MethodState.PARTIAL, MethodState.FAILED}
        return any(m.state in short and m.name not in NAMING for m in self.methods)

    @property
    def looked(self) -> bool:
        """Whether a sweep or a harvest went over the whole network, or everybody on the link was asked."""
        return any(m.name in SWEEPS | HARVESTS | {"nd"} and m.state is MethodState.DONE for m in self.methods)

    @property
    def swept(self) -> bool:
        """Whether every address was asked: a lease file says nothing of who never asked for a lease."""
        return any(m.name in SWEEPS and m.state is MethodState.DONE for m in self.methods)
