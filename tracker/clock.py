"""Time, passed in: nothing else in the tracker asks what time it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]
"""Returns an aware moment in UTC."""

STOCKHOLM = ZoneInfo("Europe/Stockholm")


def utc_now() -> datetime:
    """The real clock."""
    return datetime.now(UTC)  # noqa: TID251 -- the one place


def local_date(moment: datetime, zone: ZoneInfo = STOCKHOLM) -> date:
    """The civil date of a moment where the municipality is."""
    return moment.astimezone(zone).date()
