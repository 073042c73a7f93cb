"""Which status may follow which, by the step that people take. Pure."""

from __future__ import annotations

from tracker.words import AssetStatus as Status

HAND_OUT = "hand_out"
TAKE_BACK = "take_back"

FROM: dict[str, frozenset[Status]] = {
    HAND_OUT: frozenset({Status.IN_STOCK, Status.RESERVED, Status.RETURNED}),
    TAKE_BACK: frozenset({Status.HANDED_OUT, Status.IN_USE, Status.LOST, Status.STOLEN}),
}
"""From which statuses a step may be taken. A lost or stolen unit that turns up is taken back."""

TO: dict[str, Status] = {HAND_OUT: Status.HANDED_OUT, TAKE_BACK: Status.RETURNED}


def may(step: str, status: Status) -> bool:
    """Whether a step may be taken from a status."""
    return status in FROM[step]


REGISTRABLE = frozenset({Status.IN_USE, Status.IN_STOCK, Status.HANDED_OUT, Status.RESERVED})
"""Statuses in which a unit found on the network may enter the register."""
