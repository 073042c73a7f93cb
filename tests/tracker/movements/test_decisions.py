from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlmodel import select

from tests.conftest import NOW, viewer_of
from tracker.db import reading, writing
from tracker.errors import InvalidError, NotFoundError, RefusedError, StaleError
from tracker.movements.decisions import Decide, assign, decide, undo
from tracker.tables import Decision, Finding, Unit, User
from tracker.words import DecisionKind, FindingKind, FindingState, Severity

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tracker.roles import Viewer

TODAY = date(2026, 11, 23)


def _findings(engine: Engine, count: int = 1, unit: str = "Ekbackaskolan") -> list[int]:
    with writing(engine) as session:
        unit_id = session.exec(select(Unit.id).where(Unit.name == unit)).one()
        rows = [
            Finding(
                key=f"unregistered:device:{n}",
                kind=FindingKind.UNREGISTERED_IOT,
                rule="REG-01",
                severity=Severity.HIGH,
                state=FindingState.OPEN,
                unit_id=unit_id,
                group_key="g",
                facts={},
                since=NOW,
                changed_at=NOW,
            )
            for n in range(count)
        ]
        session.add_all(rows)
        session.flush()
        return [row.id or 0 for row in rows]


def _decide(engine: Engine, by: Viewer, ids: list[int], **more: Any) -> int:
    with writing(engine) as session:
        versions = {f.id: f.version for f in session.exec(select(Finding))}
        seen = more.pop("version", None)
        pairs = tuple((i, seen or versions[i]) for i in ids)
        given = {"kind": DecisionKind.NOT_OURS, "asked": "Vaktmästaren", "request_id": "r1", **more}
        return decide(session, Decide(findings=pairs, **given), by=by, now=NOW, today=TODAY)


def _states(engine: Engine) -> list[FindingState]:
    with reading(engine) as session:
        return list(session.exec(select(Finding.state).order_by(Finding.id)))  # type: ignore[arg-type]


def test_one_decision_settles_a_group_and_one_undo_opens_it(migrated: Engine, technician: Viewer) -> None:
    ids = _findings(migrated, 14)
    assert _decide(migrated, technician, ids) == 14
    assert set(_states(migrated)) == {FindingState.DECIDED}
    with writing(migrated) as session:
        assert sorted(undo(session, "r1", by=technician, now=NOW)) == ids
    assert set(_states(migrated)) == {FindingState.OPEN}
    with reading(migrated) as session:
        assert all(d.revoked_at for d in session.exec(select(Decision)))
    with pytest.raises(NotFoundError), writing(migrated) as session:
        undo(session, "r1", by=technician, now=NOW)


def test_the_decision_is_keyed_to_the_device(migrated: Engine, technician: Viewer) -> None:
    (one,) = _findings(migrated)
    until = TODAY + timedelta(days=30)
    _decide(
        migrated, technician, [one], kind=DecisionKind.IGNORED, until=until, reason="Byts i vår", asked=""
    )
    with reading(migrated) as session:
        decision = session.exec(select(Decision)).one()
    assert (decision.key, decision.kind, decision.until) == (
        "unregistered:device:0",
        DecisionKind.IGNORED,
        until,
    )


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({"asked": ""}, {"asked"}),
        ({"kind": DecisionKind.IGNORED, "reason": "x"}, {"until"}),
        ({"kind": DecisionKind.IGNORED, "until": TODAY}, {"reason"}),
        ({"kind": DecisionKind.IGNORED, "until": TODAY - timedelta(days=1), "reason": "x"}, {"until"}),
        ({"kind": DecisionKind.REGISTERED}, {"kind"}),
    ],
)
def test_a_decision_without_its_reason_or_day_is_refused(
    migrated: Engine, technician: Viewer, given: dict[str, Any], fields: set[str]
) -> None:
    ids = _findings(migrated)
    with pytest.raises(InvalidError) as caught:
        _decide(migrated, technician, ids, **given)
    assert set(caught.value.fields) == fields
    assert _states(migrated) == [FindingState.OPEN]


def test_a_group_of_which_one_has_moved_on_is_left_whole(migrated: Engine, technician: Viewer) -> None:
    ids = _findings(migrated, 3)
    _decide(migrated, technician, [ids[1]], request_id="first")
    with pytest.raises(StaleError) as caught:
        _decide(migrated, technician, ids, version=1, request_id="second")
    assert caught.value.data["who"] == "Anna Ek"
    assert _states(migrated) == [FindingState.OPEN, FindingState.DECIDED, FindingState.OPEN]


def test_a_closed_finding_is_past_deciding(migrated: Engine, technician: Viewer) -> None:
    ids = _findings(migrated)
    with writing(migrated) as session:
        session.exec(select(Finding)).one().closed_at = NOW
    with pytest.raises(RefusedError):
        _decide(migrated, technician, ids)


@pytest.mark.parametrize("who", ["bjorn", "david", "cecilia"])
def test_who_may_not_decide_finds_nothing_to_decide(migrated: Engine, who: str) -> None:
    ids = _findings(migrated)
    with pytest.raises(NotFoundError):
        _decide(migrated, viewer_of(migrated, who), ids)


def test_a_finding_is_assigned_to_somebody_who_is_there(migrated: Engine, technician: Viewer) -> None:
    (one,) = _findings(migrated)
    with writing(migrated) as session:
        cecilia = session.exec(select(User.id).where(User.login == "cecilia")).one()
        assign(session, one, 1, cecilia, by=technician, now=NOW)
    with reading(migrated) as session:
        assert session.exec(select(Finding.assigned_to_id)).one() == cecilia
    with pytest.raises(StaleError), writing(migrated) as session:
        assign(session, one, 1, None, by=technician, now=NOW)
    with pytest.raises(NotFoundError), writing(migrated) as session:
        assign(session, one, 2, 4711, by=technician, now=NOW)
