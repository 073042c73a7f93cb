"""Long computing out of the way of the people at the pages: at a lower priority, and without combing through its own facts."""

from __future__ import annotations

import gc
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LOWER = 10
"""How far the priority is lowered: beside a busy web process it then gets about a tenth of a core that both want (sched(7))."""

_T = TypeVar("_T")


def _lower() -> None:
    """Lower this thread's own priority, which Linux keeps by thread (setpriority(2)); it ends with the thread."""
    with suppress(OSError):  # a sandbox may forbid it: slower pages, not a failed night
        os.setpriority(os.PRIO_PROCESS, 0, os.getpriority(os.PRIO_PROCESS, 0) + LOWER)


@contextmanager
def uncollected() -> Iterator[None]:
    """A stretch of work without Python's collector.

    It looks through all objects again and again while they grow by the million, and finds nothing: facts hold no cycles. Reading
    100,000 assets takes two thirds of the time without it, storing 40,000 rows nine tenths (each measured both ways).
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def aside(work: Callable[[], _T]) -> _T:
    """What `work` answers; it must hold no write transaction, for whoever waits for that would wait for the lowly."""
    with uncollected(), ThreadPoolExecutor(1, "aside", initializer=_lower) as thread:
        return thread.submit(work).result()
