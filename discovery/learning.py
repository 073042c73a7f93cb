"""What a survey of one network has learnt so far: who was seen, how each method went, what was sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from discovery.clock import Clock
from discovery.coverage import Method, MethodState
from discovery.evidence import Evidence
from discovery.lines import Line, Progress
from discovery.settings import DiscoverySettings
from discovery.sweeps import Stop, Swept

if TYPE_CHECKING:
    from discovery.settings import NetworkSettings


@dataclass(frozen=True, slots=True)
class Run:
    """What every network of one survey shares.

    Attributes:
        fragile: MACs and IP addresses of devices that the register knows to be fragile.
    """

    settings: DiscoverySettings
    survey: str
    observer: str
    clock: Clock
    stop: Stop
    emit: Callable[[Line], None]
    fragile: frozenset[str] = frozenset()


@dataclass(slots=True)
class Seen:
    """What is known of one address so far.

    Attributes:
        via: the router that alone knows it, None for one that answered.
    """

    source: str
    mac: str | None = None
    via: str | None = None
    open_ports: frozenset[int] = frozenset()
    evidence: list[Evidence] = field(default_factory=list)


class Learning:
    """The book that the parts of one network's survey write in.

    Attributes:
        seen: by address.
        packets: what left beside the wires: the raw sweeps'.
    """

    def __init__(self, run: Run, network: NetworkSettings) -> None:
        self.run = run
        self.network = network
        self.methods: list[Method] = []
        self.seen: dict[str, Seen] = {}
        self.packets = 0

    def told(self, step: str) -> Callable[[int, int], None]:
        """What a step calls with (done, total); every fiftieth is passed on."""
        last = -1

        def tell(done: int, total: int) -> None:
            nonlocal last
            share = done * 50 // max(total, 1)
            if share != last:
                last = share
                self.run.emit(Progress(self.network.name, step, done, total))

        return tell

    def told_from_thread(self, step: str) -> Callable[[int, int], None]:
        """The same, for a step that runs beside the loop."""
        tell, loop = self.told(step), asyncio.get_running_loop()

        def from_thread(done: int, total: int) -> None:
            loop.call_soon_threadsafe(tell, done, total)

        return from_thread

    def take(self, swept: Swept) -> None:
        """Take in what a sweep gave."""
        self.methods.append(swept.method)
        self.meet(swept)

    def meet(self, swept: Swept) -> None:
        """Take in who answered, without a word on how the sweep went."""
        for answer in swept.answers:
            seen = self.seen.setdefault(answer.ip, Seen(swept.method.name))
            seen.mac = seen.mac or answer.mac
            seen.open_ports |= answer.open_ports

    def skipped(self, name: str, reason: str) -> None:
        """Say that a method was not used, and why."""
        self.methods.append(Method(name, MethodState.SKIPPED, reason=reason))
