"""A model's support dates changed: the findings about its assets follow at once, without waiting for the next scan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracker.applying import Applied, apply
from tracker.db import reading
from tracker.facts import Plan
from tracker.reconcile import reconcile
from tracker.register import read_model_world
from tracker.words import FindingKind

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from sqlalchemy import Engine


def follow(engine: Engine, model_id: int, now: datetime, zone: ZoneInfo) -> Applied:
    """Open, keep and close the findings about the end of a model's support; how many of each.

    The same reconciliation as a night's, over the model's assets and with nothing seen; the other rules' answers are left to
    the next scan, which sees all they ask for.
    """
    with reading(engine) as session:
        world = read_model_world(session, model_id, now, zone)
    kind = FindingKind.END_OF_LIFE
    steps = tuple(s for s in reconcile(world).steps if s.wanted is None or s.wanted.kind is kind)
    live: dict[int, dict[str, object]] = {finding.id: finding.facts for finding in world.findings}
    return apply(engine, Plan((), (), steps), scan_id=None, now=now, live=live)
