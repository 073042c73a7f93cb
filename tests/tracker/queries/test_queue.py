from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlmodel import Session

from tests.conftest import NOW
from tracker.db import writing
from tracker.queries.findings import SHOWN, QueueFilter, queue
from tracker.tables import Finding
from tracker.words import FindingKind, FindingState, Severity

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tracker.roles import Viewer


def _open(engine: Engine, count: int, severity: Severity, group: str | None = None) -> None:
    with writing(engine) as session:
        for number in range(count):
            session.add(
                Finding(
                    key=f"unregistered:device:{severity.value}-{group}-{number}",
                    kind=FindingKind.UNREGISTERED_DEVICE,
                    rule="REG-01",
                    severity=severity,
                    state=FindingState.OPEN,
                    group_key=group,
                    facts={},
                    since=NOW - timedelta(hours=number),
                    changed_at=NOW,
                )
            )


def test_the_gravest_come_first_however_many_there_are(engine: Engine, anna: Viewer) -> None:
    _open(engine, SHOWN + 20, Severity.LOW)
    _open(engine, 1, Severity.HIGH)
    with Session(engine) as session:
        found = queue(session, anna, QueueFilter())
    assert found.groups[0].first.severity is Severity.HIGH
    assert len(found.groups) == SHOWN
    assert found.is_cut
    assert found.total == found.whole == SHOWN + 21


def test_what_fits_is_shown_whole(engine: Engine, anna: Viewer) -> None:
    _open(engine, 5, Severity.LOW, "alike")
    _open(engine, 2, Severity.MEDIUM)
    with Session(engine) as session:
        found = queue(session, anna, QueueFilter())
    assert [len(group.findings) for group in found.groups] == [1, 1, 5]
    assert not found.is_cut
    assert found.groups[2].key == "alike"
