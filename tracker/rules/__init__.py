"""What is wrong? One finding kind a file; each quotes the policy duty it stands for. No rule knows another.

A rule is ``check(world) -> Iterator[Wanted]``: what should be open now. Reconciliation opens, keeps and closes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracker.rules import (
    conflicting,
    end_of_life,
    gone_but_seen,
    moved,
    not_seen,
    site_silent,
    unregistered_device,
    unregistered_iot,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tracker.facts import Judged, Wanted

RULES: tuple[Callable[[Judged], Iterator[Wanted]], ...] = (
    unregistered_iot.check,
    unregistered_device.check,
    end_of_life.check,
    not_seen.check,
    gone_but_seen.check,
    site_silent.check,
    moved.check,
    conflicting.check,
)
"""The registry: one line a rule."""
