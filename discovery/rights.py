"""What the operating system lets a process send: the sweeps that need a right. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rights:
    """Which sweeps are allowed.

    Attributes:
        arp: raw frames, by CAP_NET_RAW.
        icmp: echo requests, by CAP_NET_RAW or where ``net.ipv4.ping_group_range`` holds a group of the process (icmp(7)).
    """

    arp: bool = True
    icmp: bool = True
