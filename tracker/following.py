"""A person changed an asset: the findings about it follow at once, without waiting for the next scan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracker.applying import changing
from tracker.reconcile import reconcile
from tracker.register import read_asset_world
from tracker.settling import Settling
from tracker.words import FindingKind

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from sqlmodel import Session

    from tracker.facts import FindingStep, World

_JUDGED = frozenset({FindingKind.END_OF_LIFE, FindingKind.MOVED})
"""What is decided by the asset and its own devices alone."""


def _steps(world: World) -> list[FindingStep]:
    """Of a night's steps those that need no look at the rest of the register."""
    kinds = {finding.id: finding.kind for finding in world.findings}
    is_missed = {finding.id for finding in world.findings if finding.kind is FindingKind.NOT_SEEN}
    # Whether silence is one asset's or its whole site's takes all assets to tell; that none is expected does not.
    is_spared = any(not asset.expected_online for asset in world.assets)
    steps = []
    for step in reconcile(world).steps:
        kind = step.wanted.kind if step.wanted is not None else kinds.get(step.finding_id or 0)
        if kind in _JUDGED or (is_spared and step.act == "close" and step.finding_id in is_missed):
            steps.append(step)
    return steps


def follow_asset(session: Session, asset_id: int, now: datetime, zone: ZoneInfo) -> None:
    """Open, keep and close the findings that an asset's own fields decide.

    The same judgement as a night's. It belongs to the caller's transaction: the change and what follows from it are one.
    """
    session.flush()
    world = read_asset_world(session, asset_id, now, zone)
    live: dict[int, dict[str, object]] = {finding.id: finding.facts for finding in world.findings}
    Settling({}, now).take(session, changing(_steps(world), live))
    session.expire_all()  # the findings were set past the session's own copies
