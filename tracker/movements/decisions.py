"""Decide about findings: not ours, ignore until a day, assign; one or a whole group in one go, and undo."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import update
from sqlmodel import Session, col, select

from tracker import journal
from tracker.errors import InvalidError, NotFoundError, RefusedError, StaleError, TrackerError
from tracker.queries.reach import unit_path
from tracker.requests import once
from tracker.tables import Decision, Finding, User
from tracker.words import DecisionKind, FindingState, Permission

if TYPE_CHECKING:
    from tracker.roles import Viewer


class Decide(BaseModel):
    """One press: the same decision about one or more findings.

    Attributes:
        findings: (id, version) of each, as the page showed it.
        asked: who was asked, for "not ours".
        until: last day an ignored finding stays away, None for good.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    findings: tuple[tuple[int, int], ...] = Field(min_length=1, max_length=2000)
    kind: DecisionKind
    reason: str = Field(default="", max_length=500)
    asked: str = Field(default="", max_length=160)
    until: date | None = None
    request_id: str


def finding_for(session: Session, finding_id: int, by: Viewer) -> Finding:
    """The finding, when the actor may decide about it.

    Raises:
        NotFoundError: it is not there for this actor.
    """
    finding = session.get(Finding, finding_id)
    if finding is None:
        raise NotFoundError
    path = unit_path(session, finding.unit_id)
    if not (by.may(Permission.FINDING_DECIDE, path) if path else by.may(Permission.FINDING_DECIDE)):
        raise NotFoundError
    return finding


def set_finding(session: Session, finding: Finding, version: int, now: datetime, **values: Any) -> None:
    """Compare-and-set.

    Raises:
        StaleError: someone else was faster.
    """
    made = session.connection().execute(
        update(Finding)
        .where(col(Finding.id) == finding.id, col(Finding.version) == version)
        .values(version=version + 1, changed_at=now, **values)
    )
    if made.rowcount != 1:
        last = session.exec(
            select(Decision).where(Decision.finding_id == finding.id).order_by(col(Decision.id).desc())
        ).first()
        user = session.get(User, last.decided_by_id) if last is not None else None
        when = last.decided_at if last is not None else finding.changed_at
        raise StaleError(who=user.name if user is not None else "?", when=when.isoformat())
    session.expire(finding)


def _check(command: Decide, today: date) -> None:
    wrong: dict[str, TrackerError] = {}
    if command.kind is DecisionKind.REGISTERED:
        wrong["kind"] = TrackerError("movements.register_instead")
    if command.kind is DecisionKind.IGNORED:
        if command.until is None:
            wrong["until"] = TrackerError("movements.until_missing")
        elif command.until < today:
            wrong["until"] = TrackerError("movements.until_past")
        if not command.reason.strip():
            wrong["reason"] = TrackerError("movements.reason_missing")
    if command.kind is DecisionKind.NOT_OURS and not (command.asked.strip() or command.reason.strip()):
        wrong["asked"] = TrackerError("movements.asked_missing")
    if wrong:
        raise InvalidError(wrong)


def decide(session: Session, command: Decide, *, by: Viewer, now: datetime, today: date) -> int:
    """Record the decision about every finding, or about none; how many.

    Raises:
        InvalidError: the decision lacks its reason or day.
        NotFoundError, StaleError: a finding is not there, or someone was faster.
    """

    def act() -> dict[str, Any]:
        _check(command, today)
        for finding_id, version in command.findings:
            finding = finding_for(session, finding_id, by)
            if finding.closed_at is not None:
                raise RefusedError("movements.finding_closed")
            key = finding.key
            set_finding(session, finding, version, now, state=FindingState.DECIDED)
            session.add(
                Decision(
                    key=key,
                    finding_id=finding_id,
                    kind=command.kind,
                    reason=command.reason.strip() or None,
                    asked=command.asked.strip() or None,
                    until=command.until,
                    batch=command.request_id,
                    decided_by_id=by.user_id or 0,
                    decided_at=now,
                )
            )
        ids = [finding_id for finding_id, _ in command.findings]
        facts = {"kind": command.kind.value, "findings": ids, "until": str(command.until or "")}
        personal = {"reason": command.reason, "asked": command.asked}
        journal.record(
            session,
            "finding:decision:record",
            f"finding:{ids[0]}",
            by=by,
            now=now,
            facts=facts,
            personal=personal,
        )
        return {"decided": len(ids)}

    return int(once(session, command.request_id, by=by, what="decide", now=now, act=act)["decided"])


def undo(session: Session, batch: str, *, by: Viewer, now: datetime) -> list[int]:
    """Take back everything one press decided; the findings that are open again."""
    rows = session.exec(
        select(Decision).where(Decision.batch == batch, col(Decision.revoked_at).is_(None))
    ).all()
    if not rows:
        raise NotFoundError
    reopened: list[int] = []
    for decision in rows:
        finding = finding_for(session, decision.finding_id, by)
        decision.revoked_at = now
        session.add(decision)
        if finding.closed_at is None:
            finding.state = FindingState.OPEN
            finding.version += 1
            finding.changed_at = now
            session.add(finding)
            reopened.append(finding.id or 0)
    facts = {"findings": [decision.finding_id for decision in rows]}
    journal.record(
        session, "finding:decision:undo", f"finding:{rows[0].finding_id}", by=by, now=now, facts=facts
    )
    return reopened


def assign(
    session: Session, finding_id: int, version: int, user_id: int | None, *, by: Viewer, now: datetime
) -> None:
    """Say who takes care of a finding; None for nobody."""
    finding = finding_for(session, finding_id, by)
    if user_id is not None and session.get(User, user_id) is None:
        raise NotFoundError
    set_finding(session, finding, version, now, assigned_to_id=user_id)
    journal.record(
        session, "finding:assignment:record", f"finding:{finding_id}", by=by, now=now, facts={"to": user_id}
    )
