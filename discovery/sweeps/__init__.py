"""Who answers? One method a file. Each takes addresses that are already in scope and says which of them live."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from discovery.coverage import Method


@dataclass(frozen=True, slots=True)
class Answer:
    """One address that answered.

    Attributes:
        open_ports: TCP ports found open; empty for sweeps that open none.
    """

    ip: str
    mac: str | None = None
    open_ports: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep of one network gave: its answers and how it went."""

    method: Method
    answers: tuple[Answer, ...] = ()
    packets: int = 0


@dataclass(slots=True)
class Stop:
    """A switch that ends a sweep at once; sweeps look at it between packets.

    Attributes:
        reason: why, None until someone asks.
        wider: the switch of the whole survey, which ends this network's sweeps too.
    """

    reason: str | None = None
    wider: Stop | None = None

    @property
    def asked(self) -> bool:
        """Whether to end now."""
        return self.said is not None

    @property
    def said(self) -> str | None:
        """The reason, the wider one first."""
        return (self.wider.said if self.wider else None) or self.reason

    def ask(self, reason: str) -> None:
        """End now; the first reason stands."""
        self.reason = self.reason or reason


_LOOK_UP = 0.1
"""Seconds between two looks at the switch."""


async def until_stopped(working: asyncio.Future[list[None]], stop: Stop) -> None:
    """Wait for work, but neither for a slow device nor for a packet's turn once the switch is set."""
    while not working.done():
        if stop.asked:
            working.cancel()
        await asyncio.wait([working], timeout=_LOOK_UP)
    # A gathering that was cancelled ends with the error instead of being cancelled itself.
    with suppress(asyncio.CancelledError):
        working.result()
