"""Who answers? One method a file. Each takes addresses that are already in scope and says which of them live."""

from __future__ import annotations

from dataclasses import dataclass, field

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
    """A switch that ends a sweep at once; sweeps look at it between packets."""

    asked: bool = False
    reason: str = "stopped"


@dataclass(slots=True)
class Tally:
    """Counts while a sweep runs; `done` of `total` for the progress line."""

    total: int = 0
    done: int = 0
    answers: dict[str, Answer] = field(default_factory=dict)
