"""Findings opened, kept, reopened and closed: a few steps at a time, each only from the state that the plan saw."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, select, update
from sqlmodel import Session, col

from tracker.tables import Device, Finding
from tracker.words import FindingState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from tracker.facts import FindingStep, Wanted

Values = dict[str, Any]

_JUDGED = ("kind", "severity", "rule", "facts", "group_key", "network_id", "unit_id")
"""What a rule says of a finding that stands."""


def _set(*names: str) -> Any:
    columns: Values = {name: bindparam(name) for name in (*names, "version", "changed_at")}
    return update(Finding).where(col(Finding.id) == bindparam("of")).values(columns)


_SET = {"keep": _set(*_JUDGED), "reopen": _set(*_JUDGED, "state"), "close": _set("state", "closed_at")}


class Settling:
    """Takes the steps; counts what was opened, again or anew, and what was closed."""

    def __init__(self, ids: dict[str, int], now: datetime) -> None:
        """Args: ids: of the devices that the plan made."""
        self._ids = ids
        self._now = now
        self.opened = 0
        self.closed = 0

    def take(self, session: Session, steps: Sequence[FindingStep]) -> None:
        """Some steps, in the caller's transaction."""
        self._open(session, [step for step in steps if step.act == "open"])
        self._change(session, [step for step in steps if step.act != "open"])

    def _change(self, session: Session, steps: Sequence[FindingStep]) -> None:
        ids = {step.finding_id for step in steps}
        if not ids:
            return
        # Locked on PostgreSQL, so that a person's act in between waits, or is seen and goes before.
        live = (
            select(col(Finding.id), col(Finding.version))
            .where(col(Finding.id).in_(ids), col(Finding.closed_at).is_(None))
            .order_by(col(Finding.id))
            .with_for_update()
        )
        versions: dict[int | None, int] = {row.id: row.version for row in session.connection().execute(live)}
        due = [step for step in steps if step.version == versions.get(step.finding_id, 0)]
        for act, statement in _SET.items():
            rows = [self._changed(step) for step in due if step.act == act]
            if rows:
                session.connection().execute(statement, rows)
        self.opened += sum(step.act == "reopen" for step in due)
        self.closed += sum(step.act == "close" for step in due)

    def _changed(self, step: FindingStep) -> Values:
        values = {"of": step.finding_id, "version": (step.version or 0) + 1, "changed_at": self._now}
        if step.act == "close" or step.wanted is None:
            return values | {"state": FindingState.CLOSED, "closed_at": self._now}
        judged = {name: getattr(step.wanted, name) for name in _JUDGED}
        return values | judged | ({"state": FindingState.OPEN} if step.act == "reopen" else {})

    def _device_id(self, wanted: Wanted) -> int | None:
        return self._ids.get(wanted.device) if isinstance(wanted.device, str) else wanted.device

    def _open(self, session: Session, steps: Sequence[FindingStep]) -> None:
        wanted = {step.wanted.key(self._ids): (step.wanted, step.state) for step in steps if step.wanted}
        if not wanted:
            return
        there = select(col(Finding.key)).where(col(Finding.key).in_(wanted), col(Finding.closed_at).is_(None))
        for key in session.connection().execute(there).scalars().all():
            del wanted[key]
        strangers = self._strangers(session, [one for one, _ in wanted.values()])
        rows = [
            self._opened(key, one, state)
            for key, (one, state) in wanted.items()
            if not _is_strangers(one) or self._device_id(one) in strangers
        ]
        if rows:
            session.connection().execute(insert(Finding), rows)
        self.opened += len(rows)

    def _strangers(self, session: Session, wanted: Sequence[Wanted]) -> set[int | None]:
        """Of the devices that these are about, those that nobody has registered since the plan was drawn up."""
        ids = {self._device_id(one) for one in wanted if _is_strangers(one)} - {None}
        unlinked = select(col(Device.id)).where(col(Device.id).in_(ids), col(Device.asset_id).is_(None))
        return {None, *session.connection().execute(unlinked).scalars()}

    def _opened(self, key: str, wanted: Wanted, state: FindingState) -> Values:
        return {
            **{name: getattr(wanted, name) for name in (*_JUDGED, "asset_id")},
            "key": key,
            "state": state,
            "version": 1,
            "device_id": self._device_id(wanted),
            "since": self._now,
            "changed_at": self._now,
        }


def _is_strangers(wanted: Wanted) -> bool:
    return wanted.asset_id is None and wanted.topic == "unregistered"
