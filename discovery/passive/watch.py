"""Listen for a while, then tell: sightings and a coverage of its own, by the door every survey goes through.

Coverage says ``passive``, which is neither a sweep nor a harvest: who was not heard is not absent.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from discovery.coverage import Coverage, Method, MethodState
from discovery.merge import sightings
from discovery.passive.ear import Ear

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from discovery.lines import Line
    from discovery.passive.listening import Listening
    from discovery.sweeps import Stop

METHOD = "passive"
_LOOK_UP = 0.2
"""Seconds between two looks at the switch."""


def watch(interface: str, seconds: float, listening: Listening, stop: Stop) -> None:
    """Hear the interface for so long, or until stopped.

    Raises:
        NotPermittedError: no CAP_NET_RAW.
        OSError: there is no such interface, or it went away.
    """
    end = time.monotonic() + seconds
    with Ear(interface) as ear:
        while not stop.asked and (left := end - time.monotonic()) > 0:
            frame = ear.hear(min(left, _LOOK_UP))
            if frame is not None:
                listening.take(frame, time.monotonic())


def tell(
    listening: Listening,
    survey: str,
    observer: str,
    started: datetime,
    ended: datetime,
    emit: Callable[[Line], None],
) -> None:
    """Emit what was heard, and for how long each network was listened to."""
    count = listening.count()
    for sighting in sightings(listening.found(), survey=survey, observer=observer, seen_at=ended):
        emit(sighting)
    state = MethodState.PARTIAL if listening.dropped else MethodState.DONE
    reason = f"too-many:{listening.dropped}" if listening.dropped else None
    for network in listening.networks():
        method = Method(METHOD, state, count[network.name], count[network.name], reason)
        emit(Coverage(survey, observer, network.name, network.site, started, ended, (method,)))
