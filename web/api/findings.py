"""Findings: the list, one, deciding and taking a decision back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracker.clock import local_date
from tracker.findings_text import sentence
from tracker.movements import answers, decisions, placing
from tracker.queries import findings as queries
from tracker.queries.finding_page import finding_page
from tracker.words import DecisionKind, Permission
from web import doors
from web.api import shapes
from web.api.calling import Call, following, operation

if TYPE_CHECKING:
    from tracker.tables import Finding


def _told(finding: Finding, call: Call) -> shapes.FindingTold:
    return shapes.FindingTold(
        id=finding.id or 0,
        version=finding.version,
        kind=finding.kind,
        rule=finding.rule,
        severity=finding.severity,
        state=finding.state,
        asset=finding.asset_id,
        device=finding.device_id,
        network=finding.network_id,
        since=finding.since,
        closed_at=finding.closed_at,
        said=sentence(finding, call.language, doors.doors().zone),
        facts=finding.facts,
    )


@operation("GET", "/findings", Permission.FINDING_VIEW, shapes.FindingPage, query=shapes.FindingQuery)
def list_findings(call: Call) -> shapes.FindingPage:
    """Findings that stand, the oldest first, a page at a time."""
    asked: shapes.FindingQuery = call.asked
    chosen = queries.QueueFilter(kind=asked.kind, state=asked.state, site=asked.site)
    rows, total, more = queries.list_findings(
        call.session, call.viewer, chosen, after=asked.after, limit=asked.limit
    )
    return shapes.FindingPage(
        rows=[_told(row, call) for row in rows],
        total=total,
        next=following(after=rows[-1].id) if more else None,
    )


@operation("GET", "/findings/<int:finding_id>", Permission.FINDING_VIEW, shapes.FindingTold)
def show_finding(call: Call, finding_id: int) -> shapes.FindingTold:
    """One finding with its sentence."""
    return _told(finding_page(call.session, call.viewer, finding_id).finding, call)


@operation(
    "POST",
    "/findings/<int:finding_id>/decide",
    Permission.FINDING_DECIDE,
    shapes.DecisionMade,
    content=shapes.DecisionNew,
)
def decide(call: Call, finding_id: int) -> shapes.DecisionMade:
    """Decide about a finding."""
    new: shapes.DecisionNew = call.content
    command = decisions.Decide(
        findings=((finding_id, new.version),),
        kind=DecisionKind(new.kind),
        reason=new.reason,
        asked=new.asked,
        until=new.until,
        request_id=call.key,
    )
    today = local_date(call.now, doors.doors().zone)
    decisions.decide(call.session, command, by=call.viewer, now=call.now, today=today)
    return shapes.DecisionMade(batch=call.key)


@operation(
    "POST",
    "/findings/<int:finding_id>/correct-place",
    Permission.FINDING_DECIDE,
    shapes.DecisionMade,
    content=shapes.CorrectionNew,
)
def correct_place(call: Call, finding_id: int) -> shapes.DecisionMade:
    """Register the finding's asset where it was seen; asset.edit is needed too."""
    command = placing.CorrectPlace(findings=((finding_id, call.content.version),), request_id=call.key)
    placing.correct_place(call.session, command, by=call.viewer, now=call.now)
    return shapes.DecisionMade(batch=call.key)


@operation("POST", "/decisions/undo", Permission.FINDING_DECIDE, shapes.Undone, content=shapes.UndoNew)
def undo(call: Call) -> shapes.Undone:
    """Take a decision or a correction back."""
    batch = call.content.batch
    return shapes.Undone(findings=answers.undo(call.session, batch, by=call.viewer, now=call.now))
