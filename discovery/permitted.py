"""The rights of this process, found out by opening what a sweep sends by, and sending nothing."""

from __future__ import annotations

from discovery.rights import Rights
from discovery.sweeps import icmp, raw


def rights() -> Rights:
    """Those of now."""
    return Rights(raw.is_permitted(), icmp.is_permitted())
