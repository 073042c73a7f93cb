"""Time for the survey, passed in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The real clock, UTC."""
    return datetime.now(UTC)  # noqa: TID251 -- the one place
